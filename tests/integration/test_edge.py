"""The functions behind the API, in the real runtime: what they answer, and what is on the events queue afterwards."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from sluice.messages.envelope import Envelope, load
from tests.integration.cloud import Cloud
from tests.integration.conftest import Functions
from tests.integration.examples import example, function_of, sent
from tests.integration.rie import Runtime
from tests.stack import COLLECTORS, EDGE

_LIMIT = 4 * 1024 * 1024


class UrlFunction:
    """The one function behind a function URL, given what such a URL makes of a request to API Gateway.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self.steps = runtime, runtime.steps

    def invoke(self, event: Any) -> Any:
        context = {**event["requestContext"], "accountId": "anonymous", "routeKey": "$default"}
        without = {name: value for name, value in event.items() if name not in ("pathParameters", "stageVariables")}
        return self._runtime.invoke({
            **without, "routeKey": "$default", "rawPath": quote(event["rawPath"]), "requestContext": context,
        })  # fmt: skip


@pytest.fixture(params=["HttpApi", "FunctionUrl"])
def functions(request: pytest.FixtureRequest, functions: Functions) -> Callable[..., Any]:
    """Those of the template's default, or of its other front: whoever sends sees no difference."""
    if request.param == "HttpApi":
        return functions
    return lambda name, **changes: UrlFunction(functions(EDGE if name in COLLECTORS else name, **changes))


def answer(functions: Functions, name: str) -> Any:
    return functions(function_of(name)).invoke(example(name))


def one_envelope(cloud: Cloud) -> Envelope:
    (body,) = cloud.take("EventsQueue")
    return load(body)


@pytest.mark.parametrize(
    ("name", "source", "kind", "call"),
    [
        ("tracking-identify", "server", "call", "identify"),
        ("tracking-track", "server", "call", "track"),
        ("tracking-page", "website", "call", "page"),
        ("tracking-screen", "website", "call", "screen"),
        ("tracking-group", "server", "call", "group"),
        ("tracking-alias", "server", "call", "alias"),
        ("tracking-batch-from-python-sdk", "server", "batch", None),
        ("tracking-gzip-batch", "server", "batch", None),
        ("tracking-track-from-analytics-js", "website", "call", None),
        ("tracking-trailing-slash", "server", "call", "track"),
        ("tracking-not-utf8", "server", "call", "track"),
    ],
)
def test_what_is_accepted_is_on_the_queue_as_it_was_sent(
    cloud: Cloud, functions: Functions, name: str, source: str, kind: str, call: str | None
) -> None:
    given = answer(functions, name)

    envelope = one_envelope(cloud)
    assert (given["statusCode"], json.loads(given["body"])) == (200, {"success": True})
    assert (envelope.source, envelope.kind, envelope.type, envelope.refused) == (source, kind, call, None)
    assert envelope.payload(_LIMIT) == sent(example(name))
    assert envelope.ip == example(name)["requestContext"]["http"]["sourceIp"]
    assert envelope.write_key is None


def test_a_stranger_is_told_nothing_and_kept_for_whoever_looks_for_it(cloud: Cloud, functions: Functions) -> None:
    given = answer(functions, "tracking-unknown-write-key")

    envelope = one_envelope(cloud)
    assert json.loads(given["body"]) == {"success": True}
    assert (envelope.source, envelope.write_key) == (None, "wk_of_an_old_app")


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("tracking-malformed-json", "invalid_json", "bad_request"),
        ("tracking-event-too-large", "event_too_large", "event_too_large"),
    ],
)
def test_what_is_refused_for_good_is_kept_with_its_reason(
    cloud: Cloud, functions: Functions, name: str, code: str, reason: str
) -> None:
    given = answer(functions, name)

    envelope = one_envelope(cloud)
    assert (given["statusCode"], json.loads(given["body"])["code"]) == (400, code)
    assert (envelope.source, envelope.refused) == ("server", reason)
    assert envelope.payload(_LIMIT) == sent(example(name))


def test_a_gzip_bomb_is_refused_unopened_and_kept_as_it_came(cloud: Cloud, functions: Functions) -> None:
    given = answer(functions, "tracking-gzip-bomb")

    envelope = one_envelope(cloud)
    assert (given["statusCode"], json.loads(given["body"])["code"]) == (400, "invalid_encoding")
    assert envelope.payload(_LIMIT) == base64.b64decode(example("tracking-gzip-bomb")["body"])


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("tracking-no-write-key", 400, "missing_write_key"),
        ("tracking-unknown-path", 404, "not_found"),
        ("tracking-wrong-method", 405, "method_not_allowed"),
        ("querystring-unknown-write-key", 404, "not_found"),
        ("settings-of-an-unknown-key", 404, "unknown_source"),
    ],
)
def test_what_nobody_could_use_is_refused_and_not_kept(
    cloud: Cloud, functions: Functions, name: str, status: int, code: str
) -> None:
    given = answer(functions, name)

    document = json.loads(given["body"])
    assert (given["statusCode"], document["success"], document["code"]) == (status, False, code)
    assert document["message"]
    assert cloud.take("EventsQueue") == []


@pytest.mark.parametrize("name", ["tracking-sdk-metrics", "tracking-health-check"])
def test_what_only_wants_an_answer_gets_one(cloud: Cloud, functions: Functions, name: str) -> None:
    given = answer(functions, name)

    assert (given["statusCode"], json.loads(given["body"])) == (200, {"success": True})
    assert cloud.take("EventsQueue") == []


def test_a_preflight_allows_the_page_all_that_it_asks_for(cloud: Cloud, functions: Functions) -> None:
    given = answer(functions, "tracking-preflight")

    headers = given["headers"]
    assert (given["statusCode"], given["body"]) == (204, "")
    assert headers["access-control-allow-origin"] == "https://shop.example.com"
    assert headers["access-control-allow-credentials"] == "true"
    assert {"authorization", "content-type", "x-api-key"} <= set(headers["access-control-allow-headers"].split(", "))
    assert cloud.take("EventsQueue") == []


@pytest.mark.parametrize(
    ("name", "call", "refused"),
    [
        ("pixel-open-in-email", "track", None),
        ("pixel-dotted-parameters", "page", None),
        ("pixel-unreadable-data", "track", "bad_request"),
    ],
)
def test_a_pixel_is_an_image_whatever_became_of_its_event(
    cloud: Cloud, functions: Functions, name: str, call: str, refused: str | None
) -> None:
    given = answer(functions, name)

    envelope = one_envelope(cloud)
    assert (given["statusCode"], given["headers"]["content-type"]) == (200, "image/gif")
    assert base64.b64decode(given["body"]).startswith(b"GIF89a")
    assert given["isBase64Encoded"] is True
    assert (envelope.source, envelope.kind, envelope.type) == ("website", "pixel", call)
    assert envelope.refused == refused
    assert envelope.payload(_LIMIT) == sent(example(name))


@pytest.mark.parametrize(("name", "status"), [("querystring-click", 204), ("querystring-redirect-not-approved", 200)])
def test_a_click_is_kept_and_leads_nowhere_that_is_not_approved(
    cloud: Cloud, functions: Functions, name: str, status: int
) -> None:
    given = answer(functions, name)

    envelope = one_envelope(cloud)
    assert given["statusCode"] == status
    assert "location" not in given["headers"]
    assert (envelope.source, envelope.kind) == ("website", "querystring")
    assert envelope.payload(_LIMIT) == sent(example(name))


def test_the_settings_lead_the_sdk_back_here_and_are_not_sent_twice(functions: Functions) -> None:
    event = example("settings-of-a-website")

    first, second = answer(functions, "settings-of-a-website"), answer(functions, "settings-not-changed")

    segment = json.loads(first["body"])["integrations"]["Segment.io"]
    assert (segment["apiKey"], segment["apiHost"]) == ("wk_website", event["headers"]["host"] + "/v1")
    assert (first["statusCode"], second["statusCode"]) == (200, 304)
    assert second["body"] == ""


def test_without_the_queue_a_client_is_asked_to_come_back(cloud: Cloud, functions: Functions) -> None:
    tracking = functions("TrackingFunction", EVENTS_QUEUE_URL=cloud.absent("EventsQueue"))

    given = tracking.invoke(example("tracking-batch-from-python-sdk"))

    assert given["statusCode"] == 503
    assert int(given["headers"]["retry-after"]) > 0
    assert json.loads(given["body"])["code"] == "unavailable"
    assert [step["reason"] for step in tracking.steps()] == ["queue_unavailable"]


def test_without_the_queue_a_pixel_is_an_image_all_the_same(cloud: Cloud, functions: Functions) -> None:
    pixel = functions("PixelFunction", EVENTS_QUEUE_URL=cloud.absent("EventsQueue"))

    given = pixel.invoke(example("pixel-open-in-email"))

    assert (given["statusCode"], given["headers"]["content-type"]) == (200, "image/gif")
    assert [step["reason"] for step in pixel.steps()] == ["queue_unavailable"]
