"""`python -m checks.parity.mutations SOURCE TARGET [COUNT] [SEED]`: mutate the events of a corpus.

Copies the recordings too, so that `oracle/record.js TARGET` can record what Segment's code makes of the events.
"""

import copy
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

from checks.parity import mutated_mappings as mappings

#: Names that some action of some destination is for.
_NAMES = (
    "Order Completed", "Order Refunded", "Product Added", "Product Removed", "Product Viewed", "Product Clicked",
    "Product List Viewed", "Product Added to Wishlist", "Products Searched", "Promotion Viewed", "Promotion Clicked",
    "Checkout Started", "Payment Info Entered", "Cart Viewed", "Signed Up", "Signed In", "User Deleted",
    "User Suppressed", "User Unsuppressed", "Object Deleted", "Relationship Deleted", "Device Deleted",
    "Application Installed", "Application Opened", "Application Uninstalled", "Report Delivery Event",
    "Report Content Event", " Spaced  Name ", "UPPER case", "emoji \U0001f600",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, "", 0, 1, -3, 12.5, 12.0, 1e21, "12.5", "7", "true", True, False, [], ["one"], [1, 2], {}, {"a": {"b": 1}},
    "2026-01-10T10:00:00Z", "2026-01-10", "1768474960", 1768474960, 1768474960000, "not a date", "ünï", "USD", "usd",
    "XYZ1", "jane@example.com", "cio_123", "2001:db8::1", "10.0.0.1", "iOS", "android", "x" * 300, 0.1, -0.0, 1e-7,
    "  padded ", "0", "-5", "1e3", "0x1F", "Infinity", "null", "\n", [None], [[1, [2]], {"a": []}], {"a": None}, [{}],
    9007199254740991, "\u65e5\u672c", "e\u0301", "Jan 5, 2026 3:04 PM", "2026-01-10 10:00", "2026-01-10T10:00:00+02:00",
    "10/01/2026", "20260110", "1768474960000", "2026-02-30", "2026-01-10T10:00:00.123456Z", "now", "12:30", "5 May",
)  # fmt: skip
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_AGENTS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36 Edg/120.0.2210.91",
    f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME} Safari/537.36 OPR/105.0.0.0",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_CHROME} Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) {_APPLE} Version/17.2 Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) {_APPLE} CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) {_APPLE} FxiOS/120.0 Mobile/15E148 Safari/605.1.15",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_2) {_APPLE} Version/17.2 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "AcmeShop/3.4.1 (com.acme.shop; build:341; iOS 17.1.0) Alamofire/5.8.0",
    "okhttp/4.11.0",
    "-",
)
_ADDED: dict[str, tuple[str, ...]] = {
    "properties": (
        "price", "quantity", "revenue", "currency", "value", "total", "order_id", "products", "product_id", "name",
        "coupon", "objectId", "objectTypeId", "object_type_id", "deliveryId", "metric", "actionType", "increment",
        "query", "url", "list_id", "category", "creative", "promotion_id", "position", "type", "productId", "label",
        "$current_url", "$screen_name", "$ip", "$geoip_disable", "$insert_id", "$set", "time", "distinct_id", "token",
        "mp_lib", "items", "client_id", "engagement_time_msec", "user_id", "insert_id", "event_type", "anonymous_id",
        "identifiers", "attributes", "timestamp", "id", "payment_method", "sort_by", "reviews", "email", "a.b", "a b",
    ),
    "traits": (
        "email", "createdAt", "created_at", "created", "firstName", "lastName", "name", "phone", "username",
        "objectId", "objectTypeId", "relationshipAttributes", "objectAttributes", "$set", "object_type_id", "$email",
        "$name", "avatar", "address", "anonymous_id", "id", "company", "plan", "age", "utm_properties", "referrer",
    ),
    "context": ("ip", "locale", "timezone", "userAgent", "groupId", "consent", "device", "app", "os", "campaign"),
}  # fmt: skip


#: Other regions and switches of recorded settings.
_SETTINGS: dict[str, tuple[Any, ...]] = {
    "endpoint": ("north_america", "europe", "https://us.i.posthog.com", "https://eu.i.posthog.com"),
    "apiRegion": ("US \U0001f1fa\U0001f1f8", "EU \U0001f1ea\U0001f1fa", "IN \U0001f1ee\U0001f1f3"),
    "accountRegion": ("US \U0001f1fa\U0001f1f8", "EU \U0001f1ea\U0001f1fa"),
    "strictMode": ("0", "1"),
    "historical_migration": (False, True),
    "geoip_disable": (False, True),
    "sourceName": ("lab", None),
}


def resettled(settings: dict[str, Any], random: Random) -> dict[str, Any]:
    """With another value where there is one of the same kind: addresses stay addresses."""
    made = dict(settings)
    for name, values in _SETTINGS.items():
        if name in made:
            alike = [each for each in values if str(each).startswith("http") == str(made[name]).startswith("http")]
            made[name] = random.choice(alike)
    return {name: value for name, value in made.items() if value is not None}


def mutated(event: dict[str, Any], random: Random) -> dict[str, Any]:
    made = copy.deepcopy(event)
    made["messageId"] = f"mutated-{random.getrandbits(48):012x}"
    if made.get("type") == "track" and random.random() < 0.6:
        made["event"] = random.choice(_NAMES)
    _retyped(made, random)
    for _ in range(random.randint(1, 6)):
        _once(made, random)
    return made


def _retyped(made: dict[str, Any], random: Random) -> None:
    """Now and then of another type, of somebody else, of another browser, or about other products."""
    if random.random() < 0.1:
        made |= {"type": random.choice(("page", "screen", "group", "alias", "identify")), "name": random.choice(_NAMES)}
        made |= {"groupId": "group-7", "previousId": random.choice(("old-1", "anon-1", "jane@example.com"))}
    for name in ("userId", "anonymousId"):
        if random.random() < 0.1:
            made.pop(name, None)
        elif random.random() < 0.1:
            made[name] = random.choice(("u-1", "jane@example.com", "cio_03000001", "\u65e5\u672c", "", None, 42, " u "))
    if random.random() < 0.2 and isinstance(made.get("context"), dict):
        made["context"]["userAgent"] = random.choice(_AGENTS)
    if random.random() < 0.3:
        made.setdefault("properties", {})["products"] = [_product(random) for _ in range(random.randint(0, 3))]


def _product(random: Random) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "product_id": "p-1", "sku": "s-1", "name": "Hat", "brand": "Acme", "category": "Games", "variant": "red",
        "price": 12.5, "quantity": 2, "position": 3, "coupon": "MAY", "currency": "USD", "url": "https://a.example/p",
        "productId": "p-1", "revenue": 25, "revenueType": "Purchase", "item_id": "i-1", "discount": 1, "index": 0,
    }  # fmt: skip
    kept = random.sample(sorted(usual), random.randint(0, len(usual)))
    return {name: copy.deepcopy(random.choice(_VALUES)) if random.random() < 0.15 else usual[name] for name in kept}


def _once(made: dict[str, Any], random: Random) -> None:
    area = random.choice([*_ADDED, ""])
    if area and random.random() < 0.5:
        inside = made.setdefault(area, {})
        if isinstance(inside, dict):
            inside[random.choice(_ADDED[area])] = copy.deepcopy(random.choice(_VALUES))
        return
    places = [place for place in _places(made) if place[0] not in ("type", "messageId", "integrations")]
    if not places:
        return
    *names, last = random.choice(places)
    holder: Any = made
    for name in names:
        holder = holder[name]
    if random.random() < 0.3 and isinstance(holder, dict):
        del holder[last]
    else:
        # GA4 gets an item of zeros for a product that is null from Segment, and none from us
        holder[last] = copy.deepcopy(random.choice(_VALUES if isinstance(holder, dict) else _VALUES[1:]))


def _places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for name, each in inside:
        found += [(*before, name), *_places(each, (*before, name))]
    return found


def main(source: str, target: str, count: str = "300", seed: str = "1") -> None:
    random, folder = Random(int(seed)), Path(target)  # noqa: S311 - repeatable, not secret
    folder.mkdir(parents=True, exist_ok=True)
    corpus = json.loads((Path(source) / "corpus.json").read_bytes())
    events = [
        {"id": f"mutated-{number}", "event": mutated(random.choice(corpus)["event"], random)}
        for number in range(int(count))
    ]
    for path in sorted(Path(source).glob("*.json")):
        recording = json.loads(path.read_bytes())
        if isinstance(recording, dict) and "subscriptions" in recording:
            recording["settings"] = resettled(recording["settings"], random)
            recording["subscriptions"] = mappings.mutated(recording["subscriptions"], random)
            (folder / path.name).write_text(json.dumps(recording))
    (folder / "corpus.json").write_text(json.dumps(events))


if __name__ == "__main__":
    main(*sys.argv[1:])
