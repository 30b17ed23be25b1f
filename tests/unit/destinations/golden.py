"""One event, and what an action of a destination makes of it: documents to compare with what vendors document."""

import json
from typing import Any

from tests.unit.destinations.test_vendors import sent

#: All that one of the calls needs; what a call does not have by Segment's Spec is of no account to its action.
EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Paid",
    "userId": "u1",
    "anonymousId": "a1",
    "groupId": "g1",
    "previousId": "a0",
    "name": "Home",
    "messageId": "m1",
    "timestamp": "2026-01-15T12:00:00.000Z",
    "integrations": {},
    "context": {"ip": "203.0.113.7", "device": {"type": "ios", "token": "tok"}, "app": {"version": "1.2"}},
    "traits": {"email": "jane@example.com", "createdAt": "2026-01-01T00:00:00Z"},
    "properties": {"total": 30, "objectId": "o7"},
}
SECONDS, MILLISECONDS = 1768478400, 1768478400000
SETTINGS: dict[str, dict[str, Any]] = {
    "amplitude": {"api_key": "k"},
    "mixpanel": {"project_token": "t", "api_secret": "s"},
    "customerio": {"site_id": "s", "api_key": "k"},
    "posthog": {"api_key": "k"},
    "ga4": {"api_secret": "s", "measurement_id": "G-1", "firebase_app_id": "1:2"},
    "segment": {"write_key": "w"},
    "klaviyo": {"api_key": "k"},
    "slack": {"url": "https://hooks.slack.com/services/T0/B0/x"},
    "webhook": {"url": "https://crm.example.com/hook"},
}
TRAITS, PROPERTIES = EVENT["traits"], EVENT["properties"]


def read(document: Any) -> Any:
    """Fields of a form that are JSON are read too."""
    if not isinstance(document, dict):
        return document
    return {
        name: json.loads(each) if isinstance(each, str) and each[:1] in ("{", "[") else each
        for name, each in document.items()
    }


def made(name: str, action: str, mapping: dict[str, Any] | None = None, **fields: Any) -> list[tuple[str, Any]]:
    configured = {"action": action, "trigger": "all", "mapping": mapping or {}}
    found = sent(name, {**EVENT, **fields}, SETTINGS[name], configured)
    return [(url.split("?")[0].split("//")[1], read(document)) for url, _, document in found]
