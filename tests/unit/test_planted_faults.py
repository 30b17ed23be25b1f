"""Faults planted where we differ from Segment on purpose: `make parity` sees each, and lets the right value pass."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

import pytest

from catalogue import destinations as catalogue
from checks.parity import canonical
from checks.parity.comparison import compare
from sluice.destinations.differences import Subject

PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"
EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m-1",
    "anonymousId": "a-1",
    "timestamp": "2026-01-15T11:00:10.000Z",
    "context": {"userAgent": PIXEL, "page": {"url": "https://shop.example.com/thanks"}, "ip": "203.0.113.9"},
}
SUBJECT = Subject(EVENT, SimpleNamespace(write_key="wk"))
MOMENT = 1_768_474_810_000
DAY = 86_400_000
SIGNED = "394783630d0f0542ce72816f4986ea00134c6e6b"
OF_THE_EVENT = str(uuid5(UUID("5f0c6b1e-7d0e-4a57-9f43-2f6d1c0f7a11"), "m-1"))
NONE: Any = object()


def body(*path: str, **values: Any) -> dict[str, Any]:
    """Return a request whose body has these values at a path, without those that are NONE."""
    made: Any = {name: value for name, value in values.items() if value is not NONE}
    for name in reversed(path):
        made = [made] if name == "[]" else {name: made}
    return {"json": made}


def header(name: str, value: Any) -> dict[str, Any]:
    return {"json": {}, "headers": {} if value is NONE else {name: value}}


def query(text: str) -> dict[str, Any]:
    return {"json": [], "url": f"https://vendor.example.com/import?strict=1{text}"}


def request(given: dict[str, Any]) -> dict[str, Any]:
    return canonical.theirs({"method": "POST", "url": "https://vendor.example.com/import?strict=1", **given})


def unmeant(type: str, ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:  # noqa: A002 - the field's own name
    return compare([request(ours)], [request(theirs)], catalogue.differences(type), subject=SUBJECT).unmeant


def amplitude(**values: Any) -> dict[str, Any]:
    return body("events", "[]", **values)


def posthog(**values: Any) -> dict[str, Any]:
    return body("batch", "[]", **values)


#: The destination, Segment's request, ours as it is right, and ours with a fault in it.
FAULTS: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "Mixpanel's time a day late": (
        "mixpanel",
        body("[]", "properties", time=1),
        body("[]", "properties", time=MOMENT),
        body("[]", "properties", time=MOMENT + DAY),
    ),
    "Mixpanel takes our function's place": ("mixpanel", query(""), query("&ip=0"), query("&ip=1")),
    "Amplitude's system never sent": (
        "amplitude",
        amplitude(os_name="Chrome OS"),
        amplitude(os_name="Android"),
        amplitude(),
    ),
    "every device a toaster": (
        "amplitude",
        amplitude(device_model="Android"),
        amplitude(device_model="Pixel 8"),
        amplitude(device_model="Toaster"),
    ),
    "the version of the browser for that of the system": (
        "amplitude",
        amplitude(os_version="120.0"),
        amplitude(os_version="14"),
        amplitude(os_version="120"),
    ),
    "one insert_id for all": (
        "amplitude",
        amplitude(),
        amplitude(insert_id="m-1-3"),
        amplitude(insert_id="always"),
    ),
    "Amplitude's time is now": ("amplitude", amplitude(), amplitude(time=MOMENT), amplitude(time=MOMENT + DAY)),
    "wrong credentials of Segment's API": (
        "segment",
        header("authorization", NONE),
        header("authorization", "Basic d2s6"),
        header("authorization", "Basic d3Jvbmc6"),
    ),
    "Segment's API told another type": (
        "segment",
        header("content-type", NONE),
        header("content-type", "application/json"),
        header("content-type", "text/plain"),
    ),
    "a header that nobody asked for": (
        "segment",
        header("authorization", NONE),
        header("authorization", "Basic d2s6"),
        header("x-debug", "on"),
    ),
    "one uuid for all": (
        "posthog",
        posthog(),
        posthog(uuid=OF_THE_EVENT),
        posthog(uuid="0f0e0d0c-0b0a-4908-8706-000000000001"),
    ),
    "an address of a page on a track": (
        "posthog",
        posthog(properties={"a": 1}),
        posthog(properties={"a": 1, "$ip": "203.0.113.9"}),
        posthog(properties={"a": 1, "$current_url": "https://shop.example.com/thanks"}),
    ),
    "somebody else's life before the login": (
        "posthog",
        body("properties", a=1),
        {"json": {"properties": {"a": 1, "$anon_distinct_id": "a-1"}}},
        {"json": {"properties": {"a": 1, "$anon_distinct_id": "a-2"}}},
    ),
    "no signature of Segment's": (
        "webhook",
        header("x-signature", SIGNED),
        header("x-signature", SIGNED[::-1]),
        header("x-signature", NONE),
    ),
    "one idempotency key for all": (
        "webhook",
        header("idempotency-key", NONE),
        header("idempotency-key", '"m-1"'),
        header("idempotency-key", '"always"'),
    ),
    "a signature that is none": (
        "webhook",
        header("x-sluice-signature", NONE),
        header("x-sluice-signature", "sha256=" + "0" * 64),
        header("x-sluice-signature", "sha256="),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_no_difference_on_purpose(fault: str) -> None:
    destination, theirs, right, wrong = FAULTS[fault]

    assert unmeant(destination, right, theirs) == []
    assert unmeant(destination, wrong, theirs) != []
