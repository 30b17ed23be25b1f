"""Segment: events of its Webhooks destination pass as they are."""

import hashlib
import hmac
import json
from typing import Any

from catalogue.sources import source_type
from catalogue.sources.translators import translators
from sluice.router.events import OpenedRequest, open_envelope
from sluice.sources.translator import NOT_UNDERSTOOD
from sluice.workspace.compiled import Source, Workspace
from tests import examples
from tests.sources import BODY, SECRET, event, hook, is_proven, translated

SEGMENT = source_type("segment")
TRACK: dict[str, Any] = {
    "type": "track", "event": "Order Completed", "userId": "u-42", "messageId": "ajs-1", "properties": {"total": 30},
    "context": {"ip": "203.0.113.9", "library": {"name": "analytics.js"}}, "timestamp": "2025-12-31T23:00:00.000Z",
    "originalTimestamp": "2025-12-31T20:00:00.000Z", "sentAt": "2025-12-31T20:00:01.000Z",
    "receivedAt": "2025-12-31T23:00:01.000Z", "integrations": {"All": True}, "version": 2,
}  # fmt: skip
WORKSPACE = Workspace(
    {"old": Source(id="old", name="Old", type="segment", settings={"secret": "${secret:/sluice/old/hook}"})}, {}, {}
)


def opened(payload: Any) -> OpenedRequest:
    envelope = examples.envelope(json.dumps(payload), kind="hook", source="old", ip="203.0.113.77")
    return open_envelope(envelope, WORKSPACE, translators=translators(WORKSPACE))


def test_an_event_keeps_its_id_its_name_and_its_properties() -> None:
    found = event("segment", TRACK)
    assert found == {name: value for name, value in TRACK.items() if name not in ("sentAt", "receivedAt")}


def test_the_time_that_segment_corrected_is_not_corrected_again() -> None:
    (found,) = opened(TRACK).events
    assert (found.fields["timestamp"], found.fields["messageId"]) == ("2025-12-31T23:00:00.000Z", "ajs-1")
    assert found.fields["context"]["ip"] == "203.0.113.9"
    assert found.named


def test_an_event_that_is_none_is_rejected_as_a_clients_would_be() -> None:
    (rejection,) = opened({"type": "track", "userId": "u-42"}).rejections
    assert json.loads(rejection.document)["original"] == '{"type":"track","userId":"u-42"}'
    assert translated("segment", [17]) == [NOT_UNDERSTOOD]


def test_the_signature_is_of_the_body() -> None:
    made = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    assert made == "123272e8c4ddb35a6efd5a6a757934d671c7d65c"
    assert is_proven(SEGMENT, hook(x_signature=made))
    assert not is_proven(SEGMENT, hook(BODY + b" ", x_signature=made))
    assert not is_proven(SEGMENT, hook(BODY))
