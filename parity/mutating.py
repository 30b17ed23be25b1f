"""`python -m parity.mutating SOURCE TARGET [COUNT] [SEED]`: events that nobody tuned for, made of those of a corpus.

Copies the recordings too, so that `parity/oracle/record.js TARGET` can record what Segment's code makes of the events.
"""

import copy
import json
import shutil
import sys
from pathlib import Path
from random import Random
from typing import Any

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
    "XYZ1", "jane@example.com", "cio_123", "2001:db8::1", "10.0.0.1", "iOS", "android", "x" * 300,
)  # fmt: skip
_ADDED: dict[str, tuple[str, ...]] = {
    "properties": (
        "price", "quantity", "revenue", "currency", "value", "total", "order_id", "products", "product_id", "name",
        "coupon", "objectId", "objectTypeId", "object_type_id", "deliveryId", "metric", "actionType", "increment",
        "query", "url", "list_id", "category", "creative", "promotion_id", "position", "type", "productId", "label",
    ),
    "traits": (
        "email", "createdAt", "created_at", "created", "firstName", "lastName", "name", "phone", "username",
        "objectId", "objectTypeId", "relationshipAttributes", "objectAttributes", "$set",
    ),
    "context": ("ip", "locale", "timezone", "userAgent", "groupId", "consent", "device", "app", "os", "campaign"),
}  # fmt: skip


def mutated(event: dict[str, Any], random: Random) -> dict[str, Any]:
    made = copy.deepcopy(event)
    made["messageId"] = f"mutated-{random.getrandbits(48):012x}"
    if made.get("type") == "track" and random.random() < 0.6:
        made["event"] = random.choice(_NAMES)
    for _ in range(random.randint(1, 6)):
        _once(made, random)
    return made


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
        holder[last] = copy.deepcopy(random.choice(_VALUES))


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
    for path in Path(source).glob("*.json"):
        shutil.copy(path, folder)
    (folder / "corpus.json").write_text(json.dumps(events))


if __name__ == "__main__":
    main(*sys.argv[1:])
