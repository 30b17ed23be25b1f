"""`sluice import-segment`: a workspace of what Segment's Public API says about one.

What cannot be taken over is kept as a comment beside what was, with the reason, and counted. Secrets are not: a
reference takes their place, and they are to be put into SSM.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from cli.segment_export import Thing, things
from sluice import fql, mapping
from sluice.deliver.destination import Destination
from sluice.workspace import kinds

_BROWSERS = frozenset({"javascript"})
_MOBILE = re.compile(r"ios|android|kotlin|swift|react-native|flutter|xamarin|unity|maui")
_DO = {"DROP": "drop", "SAMPLE": "sample", "DROP_PROPERTIES": "drop_properties", "ALLOW_PROPERTIES": "allow_properties"}
_WIDTH = 118


@dataclass(slots=True)
class Imported:
    """`text` is workspace.yaml; `taken` and `left` count what was taken over and what was not, by kind and reason."""

    text: str = ""
    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    secrets: list[str] = field(default_factory=list)


def imported(export: Any, folder: Path) -> Imported:
    """`folder` is that of our kinds of destination. Raises UnreadableExportError."""
    found = things(export)
    known = {slug: kind for kind in _kinds(folder) for slug in kind.segment.slugs}
    result, taken = Imported(), set[str]()
    sources = {str(each["id"]): _source(each, taken) for each in found["sources"]}
    result.taken["sources"] = len(sources)
    lines = ["# Taken over from Segment. Lines that begin with # are what could not be; look at each.", "", "sources:"]
    for source in sources.values():
        lines += [*_block([source]), ""]
    lines.append("destinations:")
    ids: set[str] = set()
    for each in found.get("destinations", ()):
        lines += [*_destination(each, found, sources, known, ids, result), ""]
    if not ids:
        lines[lines.index("destinations:")] = "destinations: []"
    lines += _not_yet(found, result)
    result.text = "\n".join(lines).rstrip() + "\n"
    return result


def _kinds(folder: Path) -> Iterator[Destination[Any]]:
    for name in kinds.kinds(folder):
        yield kinds.load(folder, name)


def _slug(thing: Thing) -> str:
    metadata = thing.get("metadata")
    return str(metadata.get("slug", "")) if isinstance(metadata, dict) else ""


def _source(thing: Thing, taken: set[str]) -> dict[str, Any]:
    slug, name = _slug(thing), str(thing.get("name") or thing.get("slug") or "source")
    kind = "browser" if slug in _BROWSERS else "mobile" if _MOBILE.search(slug) else "server"
    made: dict[str, Any] = {"id": _id(str(thing.get("slug") or name), taken, "-"), "name": name, "type": kind}
    made["write_keys"] = [key for key in thing.get("writeKeys", ()) if key] or [f"wk_{made['id'].replace('-', '_')}"]
    return made if thing.get("enabled", True) else {**made, "enabled": False}


def _id(name: str, taken: set[str], between: str) -> str:
    """As our ids must be: small letters and digits, a letter first, no longer than 32."""
    wanted = re.sub(r"[^a-z0-9]+", between, name.lower()).strip(between) or "x"
    wanted = (wanted if wanted[0].isalpha() else f"x{wanted}")[:28]
    made = next(name for name in (wanted, *(f"{wanted}{number}" for number in range(2, 10_000))) if name not in taken)
    taken.add(made)
    return made


def _destination(
    thing: Thing,
    found: Mapping[str, Sequence[Thing]],
    sources: Mapping[str, dict[str, Any]],
    known: Mapping[str, Destination[Any]],
    ids: set[str],
    result: Imported,
) -> list[str]:
    slug, name = _slug(thing), str(thing.get("name") or _slug(thing))
    kind = known.get(slug)
    if kind is None:
        result.left["destinations of a type that there is not"] += 1
        return _comment(f"destination {name!r}: there is no type for Segment's {slug!r} yet", thing)
    me = str(thing["id"])
    subscriptions = [each for each in found.get("subscriptions", ()) if str(each.get("destinationId")) == me]
    theirs = [_as_evidence(each) for each in subscriptions]
    made: dict[str, Any] = {"id": _id(name, ids, ""), "type": kind.kind}
    if (source := sources.get(str(thing.get("sourceId")))) is not None:
        made["sources"] = [source["id"]]
    if not thing.get("enabled", True):
        made["enabled"] = False
    plain = kind.segment.settings(thing.get("settings") or {}, theirs)
    made["settings"] = _settings(made["id"], kind, plain, result)
    hidden = {value for name, value in plain.items() if made["settings"].get(name) != value}
    comments: list[str] = []
    actions = [action for each in theirs if (action := _action(each, kind, hidden, comments, result))]
    made["actions"] = actions
    filters = [each for each in found.get("filters", ()) if str(each.get("destinationId")) == me]
    if listed := [one for each in filters for one in _filters(each, comments, result)]:
        made["filters"] = listed
    result.taken["destinations"] += 1
    return [*_block([made]), *comments]


def _as_evidence(thing: Thing) -> dict[str, Any]:
    """Under the names that destinations' own code has for them."""
    return {
        "name": thing.get("name") or thing.get("actionSlug"),
        "partnerAction": thing.get("actionSlug"),
        "subscribe": thing.get("trigger"),
        "mapping": thing.get("settings") or {},
        "enabled": thing.get("enabled", True),
    }


def _settings(me: str, kind: Destination[Any], settings: Mapping[str, Any], result: Imported) -> dict[str, Any]:
    """With a reference in the place of each secret."""
    hints, made = get_type_hints(kind.settings), dict(settings)
    for each in dataclasses.fields(kind.settings):
        is_secret = "Secret" in str(hints[each.name])
        is_needed = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        if is_secret and (each.name in made or is_needed):
            name = f"/sluice/{me}/{each.name.replace('_', '-')}"
            made[each.name] = f"${{secret:{name}}}"
            result.secrets.append(name)
    return made


def _action(
    theirs: Mapping[str, Any], kind: Destination[Any], hidden: set[Any], comments: list[str], result: Imported
) -> dict[str, Any] | None:
    """What a secret setting says already is left out of the mapping: `hidden` are their values."""
    action = kind.action(str(theirs["partnerAction"]))
    if action is None:
        result.left["actions that there are not"] += 1
        comments += _comment(f"action {theirs['name']!r}: {kind.title} has no {theirs['partnerAction']!r} here", theirs)
        return None
    trigger = theirs["subscribe"] or action.trigger
    try:
        fql.parse(trigger)
        fields = {
            name: each
            for name, each in theirs["mapping"].items()
            if name in action.fields and each is not None and not (isinstance(each, str) and each in hidden)
        }
        mapping.compile(fields)
    except (fql.FqlError, mapping.MappingError) as error:
        result.left["actions that cannot be read"] += 1
        comments += _comment(f"action {theirs['name']!r}: {error}", theirs)
        return None
    if others := sorted(set(theirs["mapping"]) - set(action.fields)):
        result.left["fields that there are not"] += len(others)
        comments += _comment(
            f"action {theirs['name']!r}: no such fields here", {each: theirs["mapping"][each] for each in others}
        )
    result.taken["actions"] += 1
    made = {"action": action.id, "trigger": " ".join(trigger.split()), "mapping": fields, "defaults": False}
    return made if theirs["enabled"] else {**made, "enabled": False}


def _filters(thing: Thing, comments: list[str], result: Imported) -> Iterator[dict[str, Any]]:
    name, condition = thing.get("title") or thing.get("id"), str(thing.get("if") or "all")
    if not thing.get("enabled", True):
        result.left["filters that are switched off"] += 1
        comments += _comment(f"filter {name!r} is switched off", thing)
        return
    try:
        fql.parse(condition)
    except fql.FqlError as error:
        result.left["filters that cannot be read"] += 1
        comments += _comment(f"filter {name!r}: {error}", thing)
        return
    for action in thing.get("actions", ()):
        do = _DO.get(str(action.get("type", "")).upper())
        if do is None:
            result.left["filters that cannot be read"] += 1
            comments += _comment(f"filter {name!r}: {action.get('type')!r} is not known", action)
            continue
        result.taken["filters"] += 1
        more = {key: action[key] for key in ("percent", "path", "fields") if action.get(key) is not None}
        yield {"if": condition, "do": do, **more}


def _not_yet(found: Mapping[str, Sequence[Thing]], result: Imported) -> list[str]:
    lines: list[str] = []
    for kind, what in (("trackingPlans", "tracking plan"), ("warehouses", "warehouse"), ("functions", "function")):
        for each in found.get(kind, ()):
            result.left[f"{what}s"] += 1
            lines += _comment(f"{what} {each.get('name') or each.get('id')!r}: kept for later", each)
    return lines


def _block(value: Any) -> list[str]:
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    return [f"  {line}" for line in text.rstrip().split("\n")]


def _comment(why: str, thing: Any) -> list[str]:
    """Without values that may be secret: of settings, the names alone."""
    shown = (
        {**thing, "settings": sorted(thing["settings"])}
        if isinstance(thing, dict) and isinstance(thing.get("settings"), dict) and "mapping" not in thing
        else thing
    )
    text = yaml.safe_dump(dict(shown), sort_keys=False, allow_unicode=True, width=_WIDTH)
    first, *more = why.split("\n")
    return [
        f"  # {first}",
        *(f"  #   {line}" for line in more),
        *(f"  #     {line}" for line in text.rstrip().split("\n")),
    ]
