"""The hook: what a vendor hears, what goes on, and that nobody else gets in."""

import gzip
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from catalogue.sources import source_type
from sluice.edge.acceptance import Rations, accept
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.messages import envelope as envelopes
from sluice.sources.hook import Answer, UndecidedError
from sluice.spec.limits import MAX_HOOK_BYTES
from sluice.workspace.settings import SettingsUnavailableError
from tests import examples
from tests.sources import BODY, NOW, SECRET
from tests.twins import MemoryQueue

STRIPE, SLACK, WEBHOOK = map(source_type, ("stripe", "slack", "webhook"))


def post(path: str, body: bytes, headers: dict[str, str]) -> Request:
    return Request("POST", path, headers=headers, body=body, id="request-1", time_ms=examples.RECEIVED_MS)


def unavailable() -> Any:
    raise SettingsUnavailableError("the secret /sluice/broken/hook cannot be read")


SOURCES = {
    "billing": HookSource(STRIPE, lambda: STRIPE.settings(secret=SECRET)),
    "chat": HookSource(SLACK, lambda: SLACK.settings(secret=SECRET)),
    "acme": HookSource(WEBHOOK, lambda: WEBHOOK.settings(token="t0ken")),
    "broken": HookSource(STRIPE, unavailable),
}


def signed(body: bytes = BODY, source: str = "billing", **changes: Any) -> Request:
    made = hmac.new(SECRET.encode(), f"{NOW}.".encode() + body, hashlib.sha256).hexdigest()
    request = post(f"/v1/sources/{source}/hook", body, {"stripe-signature": f"t={NOW},v1={made}"})
    return replace(request, **changes)


def answered(request: Request) -> Result:
    return collect(request, SOURCES, lambda: NOW)


def test_a_signed_hook_goes_on_with_its_bytes() -> None:
    result = answered(signed())
    assert (result.response.status, result.response.body) == (200, b"")
    assert result.envelope is not None
    assert (result.envelope.kind, result.envelope.source) == ("hook", "billing")
    assert result.envelope.payload(1000) == BODY


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_method_is_the_vendors(method: str) -> None:
    assert answered(signed(method=method)).envelope is not None


def test_a_wrong_signature_is_401_stored_nowhere_and_counted() -> None:
    result = answered(replace(signed(), body=BODY + b" "))
    assert (result.response.status, result.envelope, result.code) == (401, None, "bad_signature")
    assert SECRET not in result.response.body.decode()


def test_a_hook_that_is_replayed_later_is_too_old() -> None:
    assert collect(signed(), SOURCES, lambda: NOW + 301).response.status == 401


@pytest.mark.parametrize(
    "path", ["/v1/sources/nobody/hook", "/v1/sources/billing", "/v1/sources/billing/hook/a/b", "/v1"]
)
def test_where_there_is_no_source_there_is_nothing(path: str) -> None:
    assert answered(signed(path=path)).response.status == 404


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS"])
def test_a_vendor_may_look_whether_somebody_is_there(method: str) -> None:
    result = answered(Request(method, "/v1/sources/billing/hook"))
    assert (result.response.status, result.envelope) == (200, None)


def test_a_handshake_is_answered_after_its_signature_was_checked_and_as_often_as_it_comes() -> None:
    body = b'{"type":"url_verification","token":"z","challenge":"3eZb"}'
    made = hmac.new(SECRET.encode(), f"v0:{NOW}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": f"v0={made}", "x-slack-request-timestamp": str(NOW)}
    for _ in range(2):
        result = answered(post("/v1/sources/chat/hook", body, headers))
        assert (json.loads(result.response.body), result.envelope) == ({"challenge": "3eZb"}, None)
    assert answered(post("/v1/sources/chat/hook", body, {})).response.status == 401


def test_a_token_at_the_end_of_the_address_is_a_secret_that_goes_no_further() -> None:
    result = answered(post("/v1/sources/acme/hook/t0ken", b"{}", {}))
    assert result.envelope is not None
    assert "t0ken" not in envelopes.dump(result.envelope)
    for path in ("/v1/sources/acme/hook", "/v1/sources/acme/hook/", "/v1/sources/acme/hook/other"):
        assert answered(post(path, b"{}", {})).response.status == 401


def test_a_callback_by_get_brings_its_query() -> None:
    result = answered(Request("GET", "/v1/sources/acme/hook/t0ken", query="event=install&app=1"))
    assert result.envelope is not None
    assert result.envelope.payload(100) == b"event=install&app=1"


def test_without_the_secret_nothing_is_lost_and_the_vendor_comes_back() -> None:
    result = answered(signed(path="/v1/sources/broken/hook"))
    assert (result.response.status, result.code) == (503, "settings_unavailable")


def test_what_the_queue_does_not_take_is_503() -> None:
    result = answered(signed())
    answer = accept(result, MemoryQueue(lambda _: True), Rations(examples.workspace()), pause=lambda _: None)
    assert answer.response.status == 503


def test_a_compressed_hook_is_signed_as_it_came_and_handed_on_as_it_is_read() -> None:
    result = answered(signed(gzip.compress(BODY)))
    assert result.envelope is not None
    assert result.envelope.payload(1000) == BODY


def test_what_is_too_large_is_413() -> None:
    for body in (b"x" * (MAX_HOOK_BYTES + 1), gzip.compress(b"x" * (MAX_HOOK_BYTES + 1))):
        assert answered(signed(body)).response.status == 413


def test_headers_that_rules_read_go_along_and_no_others() -> None:
    shopify = source_type("shopify")
    made = {"shop": HookSource(shopify, lambda: shopify.settings(secret=SECRET))}
    headers = {
        "x-shopify-hmac-sha256": "Kz9hrU5JVTqoi6o87bEgeP5xYjgCAf+qQ27V9rR55ew=",
        "x-shopify-topic": "orders/paid" + "x" * 1000,
        "cookie": "session=1",
    }
    result = collect(post("/v1/sources/shop/hook", BODY, headers), made)
    assert result.envelope is not None
    kept = envelopes.load(envelopes.dump(result.envelope)).headers
    assert kept == {"x_shopify_topic": ("orders/paid" + "x" * 1000)[:256]}


def test_a_vendor_may_want_to_hear_more_than_a_status() -> None:
    kind = replace(WEBHOOK, answer=Answer(b"<Response/>", "text/xml"))
    sources = {"acme": HookSource(kind, lambda: WEBHOOK.settings(token="t0ken"))}
    result = collect(post("/v1/sources/acme/hook/t0ken", b"{}", {}), sources)
    assert (result.response.body, result.response.headers) == (b"<Response/>", {"content-type": "text/xml"})
    assert result.envelope is not None


def undecided(*_: object) -> Any:
    raise UndecidedError("the certificate cannot be had")


@pytest.mark.parametrize("part", ["signature", "handshake"])
def test_what_cannot_be_decided_now_is_503_and_stored_nowhere(part: str) -> None:
    proven: dict[str, Any] = {"signature": lambda *_: True}
    kind = replace(WEBHOOK, adapted=lambda source, _: replace(source, **proven | {part: undecided}))
    sources = {"acme": HookSource(kind, lambda: WEBHOOK.settings(token="t0ken"))}
    result = collect(post("/v1/sources/acme/hook", b"{}", {}), sources)
    assert (result.response.status, result.envelope, result.code) == (503, None, "hook_undecided")


def test_a_topic_of_sns_is_confirmed_only_behind_its_token() -> None:
    ses = source_type("ses")
    topic = "arn:aws:sns:eu-central-1:123456789012:mail-events"
    sources = {"mail": HookSource(ses, lambda: ses.settings(topic=topic, token="t0ken"))}
    body = json.dumps({"Type": "SubscriptionConfirmation", "TopicArn": topic}).encode()
    for path in ("/v1/sources/mail/hook", "/v1/sources/mail/hook/t0ken"):
        assert collect(post(path, body, {}), sources).response.status == 401
