"""Validate calls, and fill in what may be missing.

The reasons are Segment's discard codes; their order is the order in which a person would repair them.
"""

from typing import Any

from sluice.spec import reasons
from sluice.spec.reasons import Reason

#: The event by which consent tools report a change: https://segment.com/docs/privacy/consent-management/
CONSENT_EVENT = "Segment Consent Preference Updated"

type Event = dict[str, Any]

_NAMES: tuple[tuple[str, Reason], ...] = (("name", reasons.NAME_NOT_STRING), ("category", reasons.CATEGORY_NOT_STRING))


def complete(event: Event) -> None:
    """Put in place what some SDKs write elsewhere or leave to the server."""
    if event["type"] == "identify":
        if event.get("traits") is None and isinstance(traits := _below(event, "context").get("traits"), dict):
            event["traits"] = traits  # RudderStack's SDKs for the web and Python write them only there
        event["traits"] = _with_full_name(event.get("traits"))


def _with_full_name(traits: Any) -> Any:
    """Segment assembles `name` where it is absent: https://segment.com/docs/connections/spec/identify/#traits"""
    if not isinstance(traits, dict) or traits.get("name") is not None:
        return traits
    first = traits.get("firstName") or traits.get("first_name")
    last = traits.get("lastName") or traits.get("last_name")
    if not isinstance(first, str) or not isinstance(last, str) or not first.strip() or not last.strip():
        return traits
    return {**traits, "name": f"{first.strip()} {last.strip()}"}


def misshapen(event: Event) -> Reason | None:
    """Return the reason to refuse an event whose type and ids are right. Null, an absent object and an
    empty list become {}.
    """
    return _call(event) or _device(event) or _consent(event)


def _call(event: Event) -> Reason | None:
    match event["type"]:
        case "track":
            if event.get("event") in (None, ""):
                return reasons.EVENT_NOT_DEFINED
            if not isinstance(event["event"], str):
                return reasons.EVENT_NOT_STRING
            return _object(event, "properties")
        case "page" | "screen":
            for name, reason in _NAMES:
                if event.get(name) is not None and not isinstance(event[name], str):
                    return reason
            return _object(event, "properties")
        case "identify":
            return _object(event, "traits")
        case "group":
            return _object(event, "traits") if event.get("groupId") else reasons.ID_REQUIRED
    return None if event.get("previousId") and event.get("userId") else reasons.ID_REQUIRED


def _object(event: Event, name: str) -> Reason | None:
    if event.get(name) in (None, []):  # PHP writes an empty array as a list
        event[name] = {}
    elif not isinstance(event[name], dict):
        return reasons.PROPERTIES_NOT_OBJECT if name == "properties" else reasons.TRAITS_NOT_OBJECT
    return None


def _device(event: Event) -> Reason | None:
    device = _below(event, "context").get("device")
    advertising = device.get("advertisingId") if isinstance(device, dict) else None
    return None if advertising is None or isinstance(advertising, str) else reasons.ADVERTISING_ID_NOT_STRING


def _consent(event: Event) -> Reason | None:
    """Only the report of a change must be whole; other events may carry any consent or none."""
    if event["type"] != "track" or event.get("event") != CONSENT_EVENT:
        return None
    consent = _below(_below(event, "context"), "consent")
    preferences = consent.get("categoryPreferences")
    if preferences is None:
        return reasons.CONSENT_PREFERENCES_MISSING
    if not isinstance(preferences, dict):
        return reasons.CONSENT_PREFERENCES_NOT_OBJECT
    if not all(isinstance(given, bool) for given in preferences.values()):
        return reasons.CONSENT_PREFERENCES_NOT_BOOLEANS
    version = consent.get("version")
    is_number = isinstance(version, int | float) and not isinstance(version, bool)
    return None if version is None or is_number else reasons.CONSENT_VERSION_NOT_NUMBER


def _below(holder: Event, name: str) -> dict[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}
