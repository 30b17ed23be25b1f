"""The local vendors: each answers so that its own destination understands it."""

import json
from typing import Any

import pytest

from catalogue import destinations as catalogue
from sluice.delivery.local_vendor import LocalVendorTransport
from sluice.delivery.plan import plan
from sluice.delivery.send import send
from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, Outcome, Retry
from sluice.destinations.vendor import LocalVendor
from tests import examples
from tests.destinations import kind, subscribed
from tests.unit.destinations.golden import SETTINGS

TYPES = [name for name in catalogue.destination_types() if name not in ("dummy", "function")]
RECORDER = "http://127.0.0.1:3000/vendor/crm"


class Recorder:
    """The local system's side: says which answer is wanted, and keeps what it is told."""

    def __init__(self, wanted: str | None = None) -> None:
        self.wanted = wanted
        self.records: list[dict[str, Any]] = []
        self.passed: list[Request] = []

    def __call__(self, request: Request) -> Response:
        if not request.url.startswith(RECORDER):
            self.passed.append(request)
            return Response(200, body=b"{}")
        if request.url.endswith("/next"):
            return Response(200, body=json.dumps({"answer": self.wanted} if self.wanted else {}).encode())
        self.records.append(json.loads(request.body))
        return Response(200, body=b"{}")


def outcomes(name: str, wanted: str | None = None) -> tuple[list[Outcome], Recorder]:
    """Deliver an event of each call to the local vendor of a type."""
    destination, recorder = kind(name), Recorder(wanted)
    settings = destination.settings(**SETTINGS[name])
    events = [{**each, "messageId": f"m{number}"} for number, each in enumerate(examples.ALL_CALLS)]
    actions = ({"action": "postToChannel", "mapping": {"text": "Hello"}},) if name == "slack" else ()
    planned = plan([json.dumps(each).encode() for each in events], subscribed(destination, *actions), settings)
    transport = LocalVendorTransport(recorder, RECORDER, catalogue.local_vendor(name), lambda: ())
    return send(planned.tasks, settings, transport), recorder


@pytest.mark.parametrize("name", TYPES)
def test_what_a_vendor_accepts_is_delivered(name: str) -> None:
    found, recorder = outcomes(name)
    assert found
    assert all(isinstance(outcome, Delivered) for outcome in found), found
    assert recorder.records
    assert recorder.passed == [], "nothing leaves this machine"


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [("rate limited", Retry), ("unavailable", Retry), ("silent", Retry), ("unauthorized", Misconfigured)],
)
def test_what_a_vendor_cannot_take_now_waits(name: str, wanted: str, outcome: type[Outcome]) -> None:
    found, _ = outcomes(name, wanted)
    assert all(isinstance(each, outcome) for each in found), found


@pytest.mark.parametrize("name", ["amplitude", "mixpanel", "customerio", "klaviyo"])
def test_a_vendor_that_refuses_one_item_costs_the_others_nothing(name: str) -> None:
    """The first item of each request is refused; the others of it are accepted, or sent again without it."""
    vendor = catalogue.local_vendor(name)
    assert vendor.bad_item is not None
    found, _ = outcomes(name, "bad item")
    assert any(isinstance(each, Discarded) for each in found)


def test_a_record_shows_the_request_and_no_secret() -> None:
    recorder = Recorder()
    transport = LocalVendorTransport(recorder, RECORDER, LocalVendor(), lambda: ["s3cret-key"])
    body = b"api_key=s3cret-key&event=" + b"%7B%22a%22%3A1%7D"
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": "Bearer s3cret-key"}
    assert transport(Request("https://api.example.com/track", body, headers=headers)).status == 200
    (record,) = recorder.records
    assert record["url"] == "https://api.example.com/track"
    assert record["body"] == {"api_key": "***", "event": {"a": 1}}
    assert record["headers"]["authorization"] == "Bearer ***"
    assert record["answer"] == {"status": 200, "body": {}}


def test_what_stays_on_this_machine_goes_where_it_is_addressed() -> None:
    recorder = Recorder()
    transport = LocalVendorTransport(recorder, RECORDER, LocalVendor(), lambda: ())
    transport(Request("http://127.0.0.1:3000/inbox", b"{}"))
    assert [each.url for each in recorder.passed] == ["http://127.0.0.1:3000/inbox"]
    assert recorder.records == []


def test_a_recorder_on_another_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="on this machine"):
        LocalVendorTransport(Recorder(), "https://recorder.example.com/vendor/crm", LocalVendor(), lambda: ())
