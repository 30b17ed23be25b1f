"""Amplitude's events and users, made of payloads. https://amplitude.com/docs/apis/analytics/http-v2"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sluice.destinations.payloads import omitted
from sluice.destinations.times import first_moment
from sluice.destinations.user_agents import agent
from sluice.javascript.dates import milliseconds_of
from sluice.javascript.numbers import exact

#: Fields that say how to make the event, or that it has in another form.
_NOT_OF_EVENTS = frozenset({
    "revenue", "price", "productId", "quantity", "revenueType", "time", "session_id", "userAgent", "userAgentParsing",
    "includeRawUserAgent", "userAgentData", "min_id_length", "library", "library2", "setOnce", "setAlways", "add",
    "utm_properties", "referrer", "use_batch_endpoint", "trackRevenuePerProduct",
})  # fmt: skip
_IOS, _ANDROID = re.compile("ios", re.IGNORECASE), re.compile("android", re.IGNORECASE)
#: Amplitude's names of what to do with properties of a user, and the fields that hold them.
_OPERATIONS = (("$setOnce", "setOnce"), ("$set", "setAlways"), ("$add", "add"))
#: Names that Amplitude's own libraries give to what ua-parser calls otherwise.
_NAMES = {"Mac OS X": "Mac OS", "Mac": "Macintosh"}


def event(payload: Mapping[str, Any], moment: Any) -> dict[str, Any]:
    """Return the fields of every event. `moment` is its time if the payload has none."""
    made = about_device(payload)
    made |= omitted(payload, _NOT_OF_EVENTS)
    if (named := platform(payload)) is not None:
        made["platform"] = named
    if (found := first_moment(payload.get("time"), moment)) is not None:
        made["time"] = found
    if (session := _session(payload.get("session_id"))) is not None:
        made["session_id"] = session
    if (library := _library(payload)) is not None:
        made["library"] = library
    return made


def _session(value: Any) -> int | None:
    """Digits are milliseconds as they stand, as long as they could be a date."""
    moment = milliseconds_of(value) if value else None
    if moment is not None and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return moment


def _library(payload: Mapping[str, Any]) -> Any:
    library = payload.get("library2")
    return library.get("mapping") if library and library.get("behavior") == "use_mapping" else "segment"


def platform(payload: Mapping[str, Any]) -> str | None:
    """Return `iOS`, `Android`, or `Web` for what came from a page; None if nothing says it."""
    if named := payload.get("platform"):
        return _spelt(named)
    return "Web" if payload.get("library") == "analytics.js" else None


@lru_cache(256)
def _spelt(platform: str) -> str:
    return _ANDROID.sub("Android", _IOS.sub("iOS", platform, count=1), count=1)


def about_device(payload: Mapping[str, Any]) -> dict[str, Any]:
    text = payload.get("userAgent")
    if text is None:
        return {}
    about: dict[str, Any] = {}
    if text and payload.get("userAgentParsing"):
        said = payload.get("userAgentData", {})
        about = dict(described(text, said.get("platformVersion"), said.get("model")))
    if payload.get("includeRawUserAgent"):
        about["user_agent"] = text
    return about


@lru_cache(4096)
def described(text: str, version: str | None, model: str | None) -> Mapping[str, str]:
    """Return Amplitude's names for what a user agent says; `version` and `model` are what the browser says besides."""
    found = agent(text)
    named = {
        "os_name": found.os_name,
        "os_version": version or found.os_version,
        "device_manufacturer": found.manufacturer,
        "device_model": model or found.model or found.os_name,
    }
    return {name: _NAMES.get(value, value) for name, value in named.items() if value is not None}


def with_operations(user: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of the user, and those to set once, to set, and to add to, if they hold anything."""
    made = dict(user) if user else {}
    for name, field in _OPERATIONS:
        if (properties := payload.get(field)) and any(value != "" for value in properties.values()):
            made[name] = properties
    return made


def with_referrer(
    user: Mapping[str, Any] | None, payload: Mapping[str, Any], is_stronger: bool = False
) -> dict[str, Any] | None:
    """Campaign and referrer as properties of the user: the latest, and the first there was.

    `is_stronger`: than what the user's properties say of the same.
    """
    campaign, referrer = payload.get("utm_properties") or {}, payload.get("referrer")
    if not campaign and not referrer:
        return dict(user) if user is not None else None
    latest = {**campaign, **({"referrer": referrer} if referrer else {})}
    kept = omitted(user or {}, ("utm_properties", "referrer"))
    found = {"$set": latest, "$setOnce": {f"initial_{name}": value for name, value in latest.items()}}
    merged = {
        name: {**_object(kept.get(name)), **of_it} if is_stronger else {**of_it, **_object(kept.get(name))}
        for name, of_it in found.items()
    }
    return {**kept, **merged}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def revenue(of: Mapping[str, Any]) -> dict[str, Any]:
    """Return the revenue fields of an order or of a product; none if nothing was paid."""
    paid, quantity, price = of.get("revenue"), of.get("quantity"), of.get("price")
    if quantity is not None and price is not None:
        paid = exact(quantity * price)
    if not paid:
        return {}
    named = {"price": price, "productId": of.get("productId"), "quantity": quantity}
    found = {name: value for name, value in named.items() if value is not None}
    return {"revenue": paid, "revenueType": of.get("revenueType", "Purchase"), **found}
