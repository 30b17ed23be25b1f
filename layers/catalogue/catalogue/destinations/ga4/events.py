"""Google's recommended events, each from a payload.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sluice.destinations.outcome import Discarded
from sluice.destinations.payloads import picked
from sluice.javascript.dates import date_of
from sluice.javascript.numbers import number_of

_CURRENCY = re.compile(r"[A-Za-z]{3}")
_OTHER = re.compile(r"\W")
_NAME = re.compile(r"[^\W\d_]\w*")
#: Google's limits of a name, and how many parameters and properties it takes.
_MOST_CHARACTERS, _MOST_CHARACTERS_OF_PROPERTY, _MOST_PARAMS = 40, 24, 25
_SCALARS = frozenset({str, int, float, bool})
_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")
#: Events that Google collects itself and takes from nobody else.
#: https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference#reserved_names
_RESERVED = frozenset({
    "ad_activeview", "ad_click", "ad_exposure", "ad_query", "ad_reward", "adunit_exposure", "app_background",
    "app_clear_data", "app_exception", "app_remove", "app_store_refund", "app_store_subscription_cancel",
    "app_store_subscription_convert", "app_store_subscription_renew", "app_update", "app_upgrade", "click",
    "dynamic_link_app_open", "dynamic_link_app_update", "dynamic_link_first_open", "error", "file_download",
    "firebase_campaign", "first_open", "first_visit", "form_start", "form_submit", "in_app_purchase",
    "notification_dismiss", "notification_foreground", "notification_open", "notification_receive",
    "notification_send", "os_update", "scroll", "session_start", "user_engagement", "video_complete",
    "video_progress", "video_start", "view_search_results",
})  # fmt: skip


def refused(why: str) -> Discarded:
    return Discarded("FILTERED_AT_MAPPING", response=why)


def name_of(text: str, is_lowered: bool) -> str | Discarded:
    """Return a name that Google takes: letters, digits and underscores. It drops events of other names silently."""
    name = _OTHER.sub("_", text.strip())
    name = name.lower() if is_lowered else name
    if not _is_name(name, _MOST_CHARACTERS):
        return refused("the name must begin with a letter, have at most 40 characters, and no prefix of Google's")
    return refused(f"{name} is an event that Google collects itself") if name in _RESERVED else name


@lru_cache(4096)
def _is_name(name: str, most: int) -> bool:
    return len(name) <= most and _NAME.fullmatch(name) is not None and not name.startswith(_PREFIXES)


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
    whole = made
    if further := payload.get("params"):
        whole |= _scalars(further, keeps_items=True)
    return whole if len(whole) <= _MOST_PARAMS else dict(list(whole.items())[:_MOST_PARAMS])


def _is_currency(text: Any) -> bool:
    return isinstance(text, str) and _CURRENCY.fullmatch(text) is not None


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "currency" or _is_currency(value)}


def _scalars(fields: Mapping[str, Any], keeps_items: bool) -> dict[str, Any]:
    """Return the parameters that Google takes, by their names and values. For any other it drops the event."""
    return {
        name: value
        for name, value in fields.items()
        if _is_name(name, _MOST_CHARACTERS)
        and (type(value) in _SCALARS or (keeps_items and name == "items" and isinstance(value, list)))
    }


_CONSENT = {"ad_user_data": "ad_user_data_consent", "ad_personalization": "ad_personalization_consent"}


def about_user(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that all events of a request share."""
    about: dict[str, Any] = {}
    if "user_id" in payload:
        about["user_id"] = payload["user_id"]
    if (properties := payload.get("user_properties")) is not None:
        about["user_properties"] = _user_properties(properties)
    if (micros := _micros(payload.get("timestamp_micros"))) is not None:
        about["timestamp_micros"] = micros
    if consent := picked(payload, _CONSENT):
        about["consent"] = consent
    return about


def _user_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    taken = [
        (name, {"value": value})
        for name, value in properties.items()
        if _is_name(name, _MOST_CHARACTERS_OF_PROPERTY) and (value is None or type(value) in _SCALARS)
    ]
    return dict(taken[:_MOST_PARAMS])


def _micros(value: Any) -> int | float | None:
    """A number is microseconds already; a date becomes them."""
    if not value:
        return None
    number = number_of(value) if isinstance(value, str) else value
    if number is not None:
        return number
    moment = date_of(value)
    return None if moment is None else moment * 1000
