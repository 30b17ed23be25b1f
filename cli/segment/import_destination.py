"""A destination of Segment's, as it is in workspace.yaml: settings, actions and filters, each checked."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import ValidationError

from cli.segment.imported import Imported, block, comment, id_of, listed, named
from cli.segment.segment_export import Thing, errors_of, slug_of
from sluice import fql, mapping
from sluice.destinations.destination import Destination
from sluice.workspace.models import MOST_DESTINATIONS, RESERVED_DESTINATIONS, Filter

_DO = {"DROP": "drop", "SAMPLE": "sample", "DROP_PROPERTIES": "drop_properties", "ALLOW_PROPERTIES": "allow_properties"}
#: Headers that say nothing but the form of a request.
_PLAIN_HEADERS = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
#: What stands in the place of a secret, and how short one is too short to be looked for.
_HIDDEN, _SHORTEST_SECRET = "(secret)", 6


@dataclass(slots=True)
class Importing:
    """`sources` are ours by Segment's ids."""

    sources: Mapping[str, Mapping[str, Any]]
    result: Imported
    ids: set[str] = field(default_factory=lambda: set(RESERVED_DESTINATIONS))

    def destination(
        self, thing: Thing, of_type: Destination[Any], subscriptions: Sequence[Thing], filters: Sequence[Thing]
    ) -> Iterator[str]:
        """Lines. Segment keeps some addresses in each mapping; here a destination has one, and so becomes several."""
        source = thing.get("sourceId")
        if source is not None and str(source) not in self.sources:
            yield from self._left("destinations of a source that there is not", thing, "its source is not here")
            return
        try:
            things = [{**thing, "settings": each} for each in of_type.segment.apart(_settings_of(thing))]
            groups = [
                (each, theirs)
                for each in things
                for theirs in _apart([_as_evidence(one) for one in subscriptions], of_type, each)
            ]
        except (TypeError, ValueError, KeyError, AttributeError):
            yield from self._left("destinations that cannot be read", thing, "its settings have another form")
            return
        for one, theirs in groups:
            if self.result.taken["destinations"] < MOST_DESTINATIONS:
                yield from (*_One(self, one, of_type).lines(theirs, filters), "")
            else:
                why = f"{MOST_DESTINATIONS} fit into one stack"
                yield from self._left("destinations beyond the most", thing, why)

    def _left(self, what: str, thing: Thing, why: str) -> list[str]:
        self.result.left[what] += 1
        return [*comment(f"destination {named(thing)}: {why}"), ""]


def _as_evidence(thing: Thing) -> dict[str, Any]:
    """Under the names that destinations' own code has for them."""
    return {
        "name": thing.get("name") or thing.get("actionSlug"),
        "partnerAction": thing.get("actionSlug"),
        "subscribe": thing.get("trigger"),
        "mapping": thing["settings"] if isinstance(thing.get("settings"), dict) else {},
        "enabled": thing.get("enabled", True),
    }


def _apart(theirs: Sequence[dict[str, Any]], of_type: Destination[Any], thing: Thing) -> list[Sequence[dict[str, Any]]]:
    """Subscriptions by the secrets that they bring along; those that bring none are with the first that do."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    others: list[dict[str, Any]] = []
    private = _private(of_type)
    for each in theirs:
        settings = of_type.segment.settings(_settings_of(thing), [each])
        found = tuple(str(settings[name]) for name in private if settings.get(name))
        is_known = of_type.action(str(each["partnerAction"])) is not None
        (groups.setdefault(found, []) if found and is_known else others).append(each)
    first, *rest = groups.values() or [[]]
    return [[*first, *others], *rest]


def _settings_of(thing: Thing) -> Mapping[str, Any]:
    settings = thing.get("settings")
    return settings if isinstance(settings, dict) else {}


def _secrets(of_type: Destination[Any]) -> list[str]:
    return [name for name, hint in get_type_hints(of_type.settings).items() if "Secret" in str(hint)]


def _private(of_type: Destination[Any]) -> list[str]:
    """Return the settings whose values are not to be in the file."""
    return [*_secrets(of_type), *of_type.segment.private]


@dataclass(slots=True)
class _One:
    """One of ours, being made. `hidden` are values of secret settings, which are in no mapping and no comment."""

    importing: Importing
    thing: Thing
    of_type: Destination[Any]
    made: dict[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    secrets: list[str] = field(default_factory=list)

    def lines(self, theirs: Sequence[Mapping[str, Any]], filters: Sequence[Thing]) -> list[str]:
        name = str(self.thing.get("name") or slug_of(self.thing))
        self.made |= {"id": id_of(name, self.importing.ids, ""), "type": self.of_type.type}
        if (source := self.importing.sources.get(str(self.thing.get("sourceId")))) is not None:
            self.made["sources"] = [source["id"]]
        if not self.thing.get("enabled", True):
            self.made["enabled"] = False
        self.made["settings"] = self._settings(theirs)
        if theirs or slug_of(self.thing).startswith("actions-"):
            self.made["actions"] = [action for each in theirs if (action := self._action(each))]
        else:
            self.comments += comment(f"destination {named(self.thing)} is classic: it gets the presets here")
        if found := [one for each in filters for one in self._filters(each)]:
            self.made["filters"] = found
        return [self._without_secrets(line) for line in self._checked()]

    def _left(self, what: str, why: str) -> None:
        self.importing.result.left[what] += 1
        self.comments += comment(why)

    def _without_secrets(self, line: str) -> str:
        for value in self.hidden:
            line = line.replace(value, _HIDDEN) if len(value) >= _SHORTEST_SECRET else line
        return line

    def _checked(self) -> list[str]:
        """Leave out actions that would not pass `make workspace`; make all a comment, if that does not suffice."""
        result = self.importing.result
        while errors := errors_of(self.made, list(self.importing.sources.values())):
            index, text = errors[0]
            if index is None:
                result.left["destinations that cannot be set up"] += 1
                return [*comment(f"destination {named(self.thing)}: {text}"), *self.comments]
            action = self.made["actions"].pop(index)
            self._left("actions that cannot be taken", f"action {action['action']!r}: {text}")
        result.taken["destinations"] += 1
        result.taken["actions"] += len(self.made.get("actions", ()))
        result.taken["filters"] += len(self.made.get("filters", ()))
        result.secrets += self.secrets
        return [*block(self.made), *self.comments]

    def _settings(self, theirs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put a reference in the place of each secret."""
        made = self.of_type.segment.settings(_settings_of(self.thing), theirs)
        needed = {
            each.name
            for each in dataclasses.fields(self.of_type.settings)
            if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        }
        for name in _private(self.of_type):
            if isinstance(each := made.get(name), dict):
                made[name] = {key: self._hide(value, key) for key, value in each.items()}
            elif made.get(name) or (name in needed and name in _secrets(self.of_type)):
                made[name] = self._hide(made.get(name), name)
        return made

    def _hide(self, value: Any, name: str) -> Any:
        """Return a reference in the place of a value, which is remembered; what is no secret stays."""
        if name.lower() in _PLAIN_HEADERS:
            return value
        parameter = f"/sluice/{self.made['id']}/{_NOT_IN_NAMES.sub('-', name.lower())}"
        self.hidden |= {str(value)} if value else set()
        self.secrets.append(parameter)
        return f"${{secret:{parameter}}}"

    def _action(self, theirs: Mapping[str, Any]) -> dict[str, Any] | None:
        """Leave out of the mapping what a secret setting says already."""
        name, action = theirs["name"], self.of_type.action(str(theirs["partnerAction"]))
        if action is None:
            why = f"action {name!r}: {self.of_type.title} has no {theirs['partnerAction']!r} here"
            self._left("actions that there are not", why)
            return None
        known = {*action.fields, mapping.ROOT}
        fields = {
            field: kept
            for field, each in theirs["mapping"].items()
            if field in known and (kept := self._without_hidden(field, each)) is not None
        }
        trigger = str(theirs["subscribe"] or action.trigger).strip()
        try:
            fql.parse(trigger)
            root = {field: each for field, each in fields.items() if field != mapping.ROOT}
            mapping.compile(mapping.whole(root, fields.get(mapping.ROOT)))
        except (fql.FqlError, mapping.MappingError) as error:
            self._left("actions that cannot be read", f"action {name!r}: {error}")
            return None
        if others := sorted(set(theirs["mapping"]) - known):
            self.importing.result.left["fields that there are not"] += len(others) - 1
            self._left("fields that there are not", f"action {name!r}: no such fields here: {', '.join(others)}")
        made = {"action": action.id, "trigger": trigger, "mapping": fields, "defaults": False}
        return made if theirs["enabled"] else {**made, "enabled": False}

    def _without_hidden(self, field: str, document: Any) -> Any:
        """Return what a mapping says of a field, without what the settings say already; None if that is all."""
        if isinstance(document, str) and document in self.hidden:
            return None
        if field in self.of_type.segment.private and isinstance(document, dict):
            settings = self.made["settings"].get(field) or {}
            return {name: each for name, each in document.items() if name not in settings} or None
        return document

    def _filters(self, thing: Thing) -> Iterator[dict[str, Any]]:
        name, condition = thing.get("title") or thing.get("id"), str(thing.get("if") or "all")
        if not thing.get("enabled", True):
            self._left("filters that are switched off", f"filter {name!r} is switched off")
            return
        for action in listed(thing, "actions"):
            try:
                fql.parse(condition)
                yield _filter(condition, action)
            except ValueError as error:
                self.made["enabled"] = False
                why = f"filter {name!r}, and so this destination is switched off: {_first(error)}"
                self._left("filters that cannot be read", why)


def _filter(condition: str, action: Any) -> dict[str, Any]:
    """Return Segment's filter as ours. Raises ValueError."""
    if not isinstance(action, dict) or (do := _DO.get(str(action.get("type", "")).upper())) is None:
        raise ValueError(f"{action.get('type') if isinstance(action, dict) else action!r} is no action of filters")
    made = {"if": condition, "do": do}
    made |= {key: action[key] for key in ("percent", "path", "fields") if action.get(key) is not None}
    if isinstance(fields := made.get("fields"), dict):
        made["fields"] = {path: each.get("fields") if isinstance(each, dict) else each for path, each in fields.items()}
    Filter.model_validate(made)
    return made


def _first(error: ValueError) -> str:
    """Return what is wrong, without the value that pydantic shows."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return str(error)
