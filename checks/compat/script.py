"""What every SDK is told to send. Values that JSON has no word for are tagged, and made by the runners:

`{"$date": ISO 8601}`, `{"$number": "NaN"}`, `{"$int": digits}`. A call's mark, `<row>/<run>/<index>`, is part of what
it sends, so that its event is found even where the SDK does not tell the message id.
"""

from typing import Any

from checks.compat.rows import Row

type Call = dict[str, Any]

MAIN = "main"
TRACKS = 110
#: Calls of a run in which something goes wrong.
FAULT_CALLS = 3
_ANONYMOUS, _USER = "anon-7f3c", "user-Zoë-1"
#: For calls with a timestamp of their own: a leap day, long ago, with an offset, and one of tomorrow's.
_TIMESTAMPS = ("2024-02-29T12:34:56.789Z", "2001-09-09T01:46:40.000Z", "2025-06-30T23:59:59.999Z")

_VALUES: tuple[dict[str, Any], ...] = (
    {"text": "Grüße, 世界 👩‍👩‍👧 \u2028 \u0000 \\ \" '", "ключ": "значение"},
    {"nothing": None, "empty": "", "zero": 0, "no": False, "yes": True},
    {"list": [1, "two", None, [], {}, [[0.5]]], "object": {}, "deep": {"a": {"b": {"c": {"d": [{"e": 1}]}}}}},
    {"float": 0.1, "tiny": 1e-7, "huge": 1.7976931348623157e308, "minus": -12.75, "sum": 0.30000000000000004},
    {"safe": 9007199254740991, "lowest": -9007199254740991, "beyond": {"$int": "9007199254740993"}},
    {"when": {"$date": "2023-12-31T23:59:59.500Z"}, "looks_like_one": "2023-12-31"},
    {"nan": {"$number": "NaN"}, "half": "half a pair \ud83d ends here"},
    {"$special.key with spaces": 1, "__proto": "x", "constructor": "y", "a.b": {"c.d": 2}},
    {"products": [{"sku": f"SKU-{n}", "price": n + 0.99, "quantity": n} for n in range(5)], "currency": "EUR"},
)
_CONTEXT = {
    "app": {"name": "Shop", "version": "1.2.3", "build": 0},
    "locale": "de-AT",
    "campaign": {"name": "Früh­ling", "source": "newsletter"},
    "experiment": {"arm": None, "flags": [True, False]},
}


def main_calls(row: Row) -> list[Call]:
    """The whole script, without what the SDK cannot send; what a page sends by itself, if the row is such a page."""
    if row.clicks:
        return _example()
    calls = [*_anonymous(), *_identified(), *_tracks(row.pad)]
    calls.append({"type": "alias", "userId": _USER if row.alias_keeps_user else "user-2", "previousId": ""})
    kept = [call for call in calls if call["type"] not in row.calls_missing]
    return [_fitting(_marked(call, row, MAIN, index), row) for index, call in enumerate(kept)]


def fault_calls(row: Row, run: str) -> list[Call]:
    calls: list[Call] = [
        {"type": "track", "anonymousId": _ANONYMOUS, "event": "Tried", "properties": {"number": number}}
        for number in range(FAULT_CALLS)
    ]
    return [_marked(call, row, run, index) for index, call in enumerate(calls)]


def name_of(row: Row, call: Call) -> str | None:
    """What the call is known by."""
    return unmarked(row.id, call["type"]) if row.clicks else mark_of(call)


def unmarked(row: str, call: str) -> str:
    """The name of a call that has no mark: a page that sends by itself makes one of each type."""
    return f"{row}/{MAIN}/{call}"


def mark_of(event: Any) -> str | None:
    """The mark of a call in an event, wherever the SDK puts what it was given."""
    if not isinstance(event, dict):
        return None
    if event.get("type") == "alias":
        previous = event.get("previousId")
        return previous.removeprefix("previous ") if isinstance(previous, str) else None
    for name in ("properties", "traits"):
        if isinstance(holder := event.get(name), dict) and isinstance(mark := holder.get("call"), str):
            return mark
    return None


def _anonymous() -> list[Call]:
    who = {"anonymousId": _ANONYMOUS}
    return [
        {"type": "page", **who, "name": "Landing", "properties": {"depth": 1}},
        {"type": "track", **who, "event": "Visited", "properties": {"first": True}},
        {"type": "track", **who, "event": "Plain", "properties": {}},
    ]


def _identified() -> list[Call]:
    who = {"anonymousId": _ANONYMOUS, "userId": _USER}
    traits = {
        "email": "zoë@example.com",
        "firstName": "Zoë",
        "lastName": "Ørsted",
        "age": 0,
        "address": {"city": "Wien", "postalCode": "01010", "street": None},
        "createdAt": {"$date": "2020-01-02T03:04:05.678Z"},
    }
    return [
        {"type": "identify", **who, "traits": traits, "context": _CONTEXT},
        {
            "type": "group",
            **who,
            "groupId": "group-1",
            "traits": {"name": "Acme & Söhne", "employees": 7, "plan": None},
        },
        {"type": "screen", **who, "category": "Checkout", "name": "Cart", "properties": {"items": 0}},
        {"type": "page", **who, "category": "Docs", "name": "Übersicht", "properties": {"tags": ["a", "b"]}},
    ]


def _example() -> list[Call]:
    """What examples/index.html sends when it is opened and its buttons are pressed."""
    who = {"userId": "user-1"}
    return [
        {"type": "page", "category": "Shop", "name": "Tea", "properties": {}},
        {"type": "identify", **who, "traits": {"name": "Ana Núñez", "email": "ana@example.com"}},
        {
            "type": "track",
            **who,
            "event": "Order Completed",
            "properties": {"order_id": "o-1", "total": 4.2, "currency": "EUR"},
        },
        {"type": "group", **who, "groupId": "acme", "traits": {"name": "Acme", "plan": "pro"}},
    ]


def _tracks(pad: int) -> list[Call]:
    who = {"anonymousId": _ANONYMOUS, "userId": _USER}
    calls: list[Call] = []
    for number in range(TRACKS):
        properties = {"number": number, **_VALUES[number % len(_VALUES)]}
        call: Call = {"type": "track", **who, "event": f"Event {number % 7} · Ünïcode", "properties": properties}
        if number % 5 == 0:
            call["context"] = _CONTEXT
        if number % 7 == 0:
            call["timestamp"] = _TIMESTAMPS[number % len(_TIMESTAMPS)]
        if number % 11 == 0:
            call["integrations"] = {"All": True, "Salesforce": False, "Amplitude": {"session_id": 1234567890123}}
        if number % 13 == 0:
            call["context"] = {**call.get("context", {}), "ip": "203.0.113.7"}
        calls.append(call)
    calls[50]["integrations"] = {"All": True, "Webhook": False}
    calls[60]["properties"] = {"large": "x" * pad}
    return calls


def _marked(call: Call, row: Row, run: str, index: int) -> Call:
    mark = f"{row.id}/{run}/{index}"
    if call["type"] == "alias":
        return {**call, "previousId": f"previous {mark}"}
    where = "traits" if call["type"] in ("identify", "group") else "properties"
    return {**call, where: {"call": mark, **call[where]}}


def _fitting(call: Call, row: Row) -> Call:
    return {name: value for name, value in call.items() if name not in row.fields_missing}
