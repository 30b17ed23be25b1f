"""Google's recommended events, each from a payload.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
"""

import re
from collections.abc import Mapping
from typing import Any

from sluice.destinations.outcome import Discarded
from sluice.destinations.payloads import picked, present
from sluice.javascript.dates import date_of
from sluice.javascript.numbers import number_of
from sluice.mapping import NOTHING

_CURRENCY = re.compile(r"[A-Za-z]{3}")
_SPACE = re.compile(r"\s")


def refused(why: str) -> Discarded:
    return Discarded("FILTERED_AT_MAPPING", response=why)


def name_of(text: str, is_lowered: bool) -> str:
    """Google's names have no spaces."""
    name = _SPACE.sub("_", text.strip())
    return name.lower() if is_lowered else name


def params(payload: Mapping[str, Any], names: tuple[str, ...], needs_currency: bool) -> dict[str, Any] | Discarded:
    """The event's own parameters, its items and its further parameters; a currency that is none is left out."""
    made = picked(payload, {name: name for name in (*names, "engagement_time_msec")})
    if not _is_currency(made.get("currency", "EUR")):
        del made["currency"]
    if "items" in names:
        items = [_item(each) for each in payload.get("items", ())]
        known = [each for each in items if "item_id" in each or "item_name" in each]
        if items and not known:
            return refused("no item has an item_id or an item_name")
        made["items"] = known
    if needs_currency and "currency" not in made:
        if made.get("value"):
            return refused("a value without a currency")
        if "items" in names and not any("currency" in each for each in made["items"][:1]):
            return refused("there is no currency")
    return {**made, **_scalars(payload.get("params", {}), keeps_items=True)}


def _is_currency(text: Any) -> bool:
    return isinstance(text, str) and _CURRENCY.fullmatch(text) is not None


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "currency" or _is_currency(value)}


def _scalars(fields: Mapping[str, Any], keeps_items: bool) -> dict[str, Any]:
    """Google takes texts, numbers and booleans, and no event with anything else in it."""
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, str | int | float) or (keeps_items and name == "items" and isinstance(value, list))
    }


def about_user(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that all events of a request share."""
    consent = {"ad_user_data": "ad_user_data_consent", "ad_personalization": "ad_personalization_consent"}
    properties = payload.get("user_properties")
    return present({
        "user_id": payload.get("user_id", NOTHING),
        "user_properties": _user_properties(properties) if properties is not None else NOTHING,
        "timestamp_micros": _micros(payload.get("timestamp_micros")),
        "consent": picked(payload, consent) or NOTHING,
    })  # fmt: skip


def _user_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"value": value}
        for name, value in properties.items()
        if value is None or isinstance(value, str | int | float)
    }


def _micros(value: Any) -> Any:
    """A number is microseconds already; a date becomes them."""
    if not value:
        return NOTHING
    number = number_of(value) if isinstance(value, str) else value
    if number is not None:
        return number
    moment = date_of(value)
    return NOTHING if moment is None else moment * 1000
