"""The parts of Customer.io's entity calls: identifiers, times, relationships.

https://docs.customer.io/api/track/#tag/trackv2
"""

import re
from collections.abc import Mapping
from typing import Any

from sluice.javascript.dates import date_of, milliseconds_of

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE)
#: The longest address there can be.
_MAX_EMAIL = 320
FIRST_TYPE = "1"


def person(
    person_id: str | None = None, email: str | None = None, anonymous_id: str | None = None
) -> dict[str, str] | None:
    """Return a person's identifiers: Customer.io's own id (`cio_…`), the address, the id, or what is known."""
    if person_id:
        if person_id.startswith("cio_"):
            return {"cio_id": person_id[4:]}
        return {"email": person_id} if is_email(person_id) else {"id": person_id}
    if email:
        return {"email": email}
    return {"anonymous_id": anonymous_id} if anonymous_id else None


def object_(object_id: str | None, payload: Mapping[str, Any]) -> dict[str, str] | None:
    """Return an object's identifiers. An object without a type is of the first type."""
    object_type = payload.get("object_type_id", FIRST_TYPE)
    return {"object_id": object_id, "object_type_id": object_type} if object_id and object_type else None


def is_email(text: str) -> bool:
    return "@" in text and len(text) <= _MAX_EMAIL and _EMAIL.fullmatch(text) is not None


def with_times(value: Any) -> Any:
    """Dates in ISO 8601 become seconds, everywhere but in lists: Customer.io knows no other dates."""
    kind = type(value)
    if kind is dict:
        return {name: with_times(each) for name, each in value.items()}
    # Looked at before the regular expression, which takes longer than the rest of this.
    if kind is str and value[4:5] == "-" and _DATE.fullmatch(value) and date_of(value) is not None:
        return seconds(value)
    return value


def seconds(value: Any) -> Any:
    """A text that is a date, as seconds; anything else as it is."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    moment = milliseconds_of(value)
    return value if moment is None else moment // 1000


def call(
    kind: str,
    action: str,
    payload: Mapping[str, Any],
    body: Mapping[str, Any],
    identifiers: Mapping[str, Any] | None,
    is_converted: bool = True,
) -> dict[str, Any]:
    """Return one call. `payload` has `timestamp`, `convert_timestamp` and `anonymous_id` if the action has them."""
    is_converted = is_converted and payload.get("convert_timestamp") is True
    made = {"type": kind, "action": action, **(with_times(dict(body)) if is_converted else body)}
    if payload.get("timestamp"):
        made["timestamp"] = seconds(payload["timestamp"])
    if identifiers is not None and "anonymous_id" in identifiers:
        made["attributes"] = {name: each for name, each in made.get("attributes", {}).items() if name != "anonymous_id"}
    elif payload.get("anonymous_id"):
        made["attributes"] = {**made.get("attributes", {}), "anonymous_id": payload["anonymous_id"]}
    if identifiers is not None:
        made["identifiers"] = dict(identifiers)
    return made
