"""Mappings that nobody tuned for: fields of recorded subscriptions, filled in every way that the language has."""

import copy
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

#: Variants of a recording's subscriptions, and fields that are changed in each.
_VARIANTS, _MOST_FIELDS = 60, 3
_DEPTH = 2
#: How often a field gets what it cannot be.
_UNFITTING = 0.1
#: Paths where objects are.
_OBJECTS = ("$.", "$.context", "$.properties", "$.traits", "$.context.app", "$.context.device", "$.context.page")
#: Fields whose value says how Segment sends, and not what.
_KEPT = frozenset({"url", "method", "headers", "enable_batching", "batch_size", "batch_keys", "data_stream_type"})

_PATHS = (
    "$.", "$.userId", "$.anonymousId", "$.messageId", "$.event", "$.name", "$.groupId", "$.type", "$.timestamp",
    "$.context", "$.context.ip", "$.context.app", "$.context.device.id", "$.context.page.url", "$.context.campaign",
    "$.context.library.name", "$.context.traits.email", "$.context.consent.categoryPreferences", "$.context.missing",
    "$.properties", "$.properties.total", "$.properties.revenue", "$.properties.products", "$.properties.products[0]",
    "$.properties.products[0].price", "$.properties.products.1.name", "$.properties['order_id']",
    '$.properties["order_id"]', "$.properties.products.length", "$.properties.products[9].name",
    "$.properties.price.deep.er", "$.traits", "$.traits.email", "$.traits.address.city", "$.traits.createdAt",
    "$.integrations", "$.missing", "$.userId.length", "$.properties.products[00]", "properties.currency",
    "$.context.os",
)  # fmt: skip
_TEXTS = (
    "{{event}}", "Viewed {{name}}", "{{properties.products[0].name}} by {{ userId }}", "{{{properties.total}}} {{x}}",
    "{{context.app.name}}/{{context.app.version}}", "{{properties.products}}", "{{traits}}", "{{missing}}", "no place",
    "{{properties.total}}{{properties.currency}}", "{{ }}", "{{properties.active}} {{traits.age}}", "{ {event} }",
)  # fmt: skip
_LIQUIDS = (
    "{{ event | upcase }}", "{{ properties.total | times: 100 | round }}", "{{ properties.products | size }}",
    "{{ properties.revenue | divided_by: 3 | round: 2 }}", "{{ traits.email | downcase | split: '@' | last }}",
    "{% if properties.total > 20 %}big{% elsif properties.total %}small{% else %}none{% endif %}",
    "{{ '2026-01-15T12:34:56.789Z' | date: '%Y-%m-%d %H:%M' }}",
    "{{ properties.coupon | default: 'none' | append: '!' }}",
    "{% assign a = properties.total | plus: 1 %}{{ a }}{{ properties | json }}", "{{ userId | sha256 }}",
    "{% unless userId %}{{ anonymousId | slice: 0, 8 }}{% endunless %}", "{{ properties.products | first | json }}",
    "{{ context.page.url | url_encode }} {{ context.userAgent | truncate: 20 }}", "{{ properties.name | capitalize }}",
    "{% if properties.quantity contains 1 or traits.plan == 'premium' %}y{% endif %}{{ properties.quantity }}",
)  # fmt: skip
_CONSTANTS: tuple[Any, ...] = (
    "text", "", 0, 1, 12.5, 12.0, True, False, None, [], ["a", 1], {}, {"a": 1}, "USD", "1", "-0.5", "true",
    "2026-01-10", "jane@example.com", "\U0001f600 ünï", [None, 1], {"a": None}, 1e21, 1e-7,
)  # fmt: skip
_PATTERNS = (" ", "e", ".", "Order", "$", "(", "a", "@", "-")
_REPLACEMENTS = ("", "_", "$&$&", "$$", "$1", "[$`]", "x", None)


def mutated(subscriptions: Sequence[Mapping[str, Any]], random: Random) -> list[dict[str, Any]]:
    """The same, and variants of those that have a mapping."""
    mapped = [each for each in subscriptions if each.get("subscribe") and each.get("mapping")]
    return [*map(dict, subscriptions), *(_variant(random.choice(mapped), random) for _ in range(_VARIANTS))]


def _variant(subscription: Mapping[str, Any], random: Random) -> dict[str, Any]:
    mapping = copy.deepcopy(subscription["mapping"])
    names = [name for name in mapping if name not in _KEPT]
    for name in random.sample(names, min(len(names), random.randint(1, _MOST_FIELDS))):
        if name == "data" and subscription["partnerAction"] == "send":
            mapping[name] = {f"field_{number}": document(random) for number in range(8)}
        else:
            mapping[name] = _like(mapping[name], random)
    if random.random() < 0.05:
        mapping["__segment_internal_directive"] = {"@transform": {"apply": _shape(random, 0)}}
    return {**subscription, "name": f"{subscription.get('name')} (mutated)", "mapping": mapping}


def _like(recorded: Any, random: Random) -> Any:
    """What may be an object where one was recorded, a list where one was, else a text or a number."""
    if random.random() < _UNFITTING:
        return document(random)
    if isinstance(recorded, dict) and "@arrayPath" in recorded:
        return _array(random, 1)
    if isinstance(recorded, dict) and (recorded.get("@path") in _OBJECTS or not any(map(_is_directive, recorded))):
        return random.choice((_shape, _shape, _merge, _flatten, _transform, _object_path, _cleaned))(random, 1)
    if isinstance(recorded, bool):
        return random.choice((_boolean, _path))(random, 0)
    return random.choice((_path, _template, _case, _replace, _liquid, _scalar_if, _scalar, _encoded))(random, 0)


def _is_directive(name: str) -> bool:
    return name.startswith("@")


def _object_path(random: Random, _: int) -> Any:
    return {"@path": random.choice(_OBJECTS)}


def _cleaned(random: Random, depth: int) -> Any:
    return {"@excludeWhenNull": random.choice((_shape, _object_path))(random, depth)}


def _boolean(random: Random, _: int) -> Any:
    return random.choice((True, False, "true", "false", {"@literal": True}, 1, {"@path": "$.missing"}))


def _scalar(random: Random, _: int) -> Any:
    return random.choice([each for each in _CONSTANTS if isinstance(each, str | int | float)])


def _scalar_if(random: Random, _: int) -> Any:
    then, other = (random.choice((_path, _template, _scalar))(random, 0) for _ in range(2))
    return {"@if": {random.choice(("exists", "blank")): _path(random, 0), "then": then, "else": other}}


def _encoded(random: Random, depth: int) -> Any:
    return {"@json": {"value": random.choice((_path, _shape))(random, depth), "mode": "encode"}}


def _liquid(random: Random, _: int) -> Any:
    return {"@liquid": random.choice(_LIQUIDS)}


def document(random: Random, depth: int = _DEPTH) -> Any:
    """A directive, an object of some or a constant."""
    if depth == 0 or random.random() < 0.3:
        return random.choice((_path, _path, _path, _constant, _template))(random, 0)
    return random.choice(_DIRECTIVES)(random, depth - 1)


def _constant(random: Random, _: int) -> Any:
    return copy.deepcopy(random.choice(_CONSTANTS))


def _path(random: Random, _: int) -> Any:
    return {"@path": random.choice(_PATHS)}


def _template(random: Random, _: int) -> Any:
    return {"@template": random.choice(_TEXTS)}


def _computed_path(random: Random, _: int) -> Any:
    return {"@path": {"@template": "$.properties.{{properties.metric}}"}} if random.random() < 0.3 else _path(random, 0)


def _shape(random: Random, depth: int) -> Any:
    names = random.sample(("a", "b", "name", "price", "item_id", "email", "currency", "value"), random.randint(1, 4))
    return {name: document(random, depth) for name in names}


def _if(random: Random, depth: int) -> Any:
    condition = random.choice(("exists", "blank"))
    found: dict[str, Any] = {condition: _path(random, 0), "then": document(random, depth)}
    return {"@if": {**found, "else": document(random, depth)} if random.random() < 0.7 else found}


def _case(random: Random, depth: int) -> Any:
    return {"@case": {"operator": random.choice(("lower", "upper")), "value": _text(random, depth)}}


def _text(random: Random, _: int) -> Any:
    return random.choice((_path, _template))(random, 0)


def _array(random: Random, depth: int) -> Any:
    where = random.choice(("$.properties.products", "$.properties", "$.traits", "$.properties.missing", "$.userId"))
    shape = {
        name: random.choice(({"@path": f"$.{name}"}, {"@path": "$.sku"}, document(random, depth)))
        for name in ("price", "name", "quantity", "item_id", "product_id")
    }
    if random.random() < 0.2:
        return {"@arrayPath": [{"@if": {"exists": {"@path": where}, "then": {"@path": where}}}, shape]}
    return {"@arrayPath": [where, random.choice((shape, shape, {}))]}


def _merge(random: Random, depth: int) -> Any:
    parts = (_shape, _shape, _object_path, lambda *_: {"@path": "$.userId"})
    objects = [random.choice(parts)(random, depth) for _ in range(3)]
    return {"@merge": {"objects": objects, "direction": random.choice(("left", "right"))}}


def _flatten(random: Random, depth: int) -> Any:
    value = random.choice((_path, _path, _shape))(random, depth)
    flat = {"value": value, "separator": random.choice((".", "_", "__"))}
    return {"@flatten": {**flat, "omitArrays": True} if random.random() < 0.5 else flat}


def _json(random: Random, depth: int) -> Any:
    value = random.choice((_path, _shape))(random, depth)
    return {"@json": {"value": value, "mode": random.choice(("encode", "decode"))}}


def _replace(random: Random, _: int) -> Any:
    made = {"pattern": random.choice(_PATTERNS), "replacement": random.choice(_REPLACEMENTS), "value": _text(random, 0)}
    if random.random() < 0.3:
        made |= {"pattern2": random.choice(_PATTERNS), "replacement2": random.choice(_REPLACEMENTS)}
    flags = {"ignorecase": True, "global": random.random() < 0.5}
    made = made | flags if random.random() < 0.5 else made
    return {"@replace": {name: value for name, value in made.items() if value is not None}}


def _transform(random: Random, depth: int) -> Any:
    mapping = random.choice((_path, _shape))(random, depth)
    return {"@transform": {"apply": _shape(random, depth), "mapping": mapping}}


_DIRECTIVES: tuple[Callable[[Random, int], Any], ...] = (
    _constant, _computed_path, _template, _shape, _if, _if, _if, _case, _array, _array, _merge, _flatten, _json,
    _replace, _transform,
    lambda random, depth: {"@literal": document(random, depth)},
    lambda random, depth: {"@excludeWhenNull": document(random, depth)},
    _liquid,
    lambda random, depth: [document(random, depth) for _ in range(random.randint(1, 3))],
    lambda random, _: {**_path(random, 0), "_metadata": {"silent": True}},
)  # fmt: skip
