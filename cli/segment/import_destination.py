"""A destination of Segment's, as it is in workspace.yaml: settings, actions and filters, each checked."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from cli.segment.imported import Imported, block, comment, id_of, listed
from cli.segment.segment_export import Thing, errors_of, slug_of
from sluice import fql, mapping
from sluice.destinations.destination import Destination
from sluice.workspace.models import MOST_DESTINATIONS, RESERVED_DESTINATIONS, Filter

_DO = {"DROP": "drop", "SAMPLE": "sample", "DROP_PROPERTIES": "drop_properties", "ALLOW_PROPERTIES": "allow_properties"}
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
        name, source = str(thing.get("name") or slug_of(thing)), thing.get("sourceId")
        if source is not None and str(source) not in self.sources:
            self.result.left["destinations of a source that there is not"] += 1
            yield from (*comment(f"destination {name!r}: its source {source!r} is not in the export", thing), "")
            return
        for theirs in _apart([_as_evidence(each) for each in subscriptions], of_type, thing):
            if self.result.taken["destinations"] < MOST_DESTINATIONS:
                yield from (*_One(self, thing, of_type, name).lines(theirs, filters), "")
                continue
            self.result.left["destinations beyond the most"] += 1
            yield from (*comment(f"destination {name!r}: {MOST_DESTINATIONS} fit into one stack", thing), "")


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
    """Subscriptions by the secrets that they bring along; those that bring none are with the first."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    secret = _secrets(of_type)
    for each in theirs:
        settings = of_type.segment.settings(_settings_of(thing), [each])
        found = tuple(str(settings[name]) for name in secret if settings.get(name))
        groups.setdefault(found or next(iter(groups), found), []).append(each)
    return list(groups.values()) or [[]]


def _settings_of(thing: Thing) -> Mapping[str, Any]:
    settings = thing.get("settings")
    return settings if isinstance(settings, dict) else {}


def _secrets(of_type: Destination[Any]) -> list[str]:
    return [name for name, hint in get_type_hints(of_type.settings).items() if "Secret" in str(hint)]


@dataclass(slots=True)
class _One:
    """One of ours, being made. `hidden` are values of secret settings, which are in no mapping and no comment."""

    importing: Importing
    thing: Thing
    of_type: Destination[Any]
    name: str
    made: dict[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    secrets: list[str] = field(default_factory=list)

    def lines(self, theirs: Sequence[Mapping[str, Any]], filters: Sequence[Thing]) -> list[str]:
        self.made |= {"id": id_of(self.name, self.importing.ids, ""), "type": self.of_type.type}
        if (source := self.importing.sources.get(str(self.thing.get("sourceId")))) is not None:
            self.made["sources"] = [source["id"]]
        if not self.thing.get("enabled", True):
            self.made["enabled"] = False
        self.made["settings"] = self._settings(theirs)
        if theirs or slug_of(self.thing).startswith("actions-"):
            self.made["actions"] = [action for each in theirs if (action := self._action(each))]
        else:
            self.comments += comment(f"destination {self.name!r} is classic: it gets the presets here", {})
        if found := [one for each in filters for one in self._filters(each)]:
            self.made["filters"] = found
        return [self._without_secrets(line) for line in self._checked()]

    def _left(self, what: str, why: str, thing: Mapping[str, Any]) -> None:
        self.importing.result.left[what] += 1
        self.comments += comment(why, thing)

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
                return [*comment(f"destination {self.name!r}: {text}", self.thing), *self.comments]
            action = self.made["actions"].pop(index)
            self._left("actions that cannot be taken", f"action {action['action']!r}: {text}", action)
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
        for name in _secrets(self.of_type):
            if name in made or name in needed:
                self.hidden |= {str(made[name])} if made.get(name) else set()
                parameter = f"/sluice/{self.made['id']}/{name.replace('_', '-')}"
                made[name] = f"${{secret:{parameter}}}"
                self.secrets.append(parameter)
        return made

    def _action(self, theirs: Mapping[str, Any]) -> dict[str, Any] | None:
        """Leave out of the mapping what a secret setting says already."""
        name, action = theirs["name"], self.of_type.action(str(theirs["partnerAction"]))
        if action is None:
            why = f"action {name!r}: {self.of_type.title} has no {theirs['partnerAction']!r} here"
            self._left("actions that there are not", why, theirs)
            return None
        known = {*action.fields, mapping.ROOT}
        fields = {
            field: each
            for field, each in theirs["mapping"].items()
            if field in known and each is not None and not (isinstance(each, str) and each in self.hidden)
        }
        trigger = str(theirs["subscribe"] or action.trigger).strip()
        try:
            fql.parse(trigger)
            root = {field: each for field, each in fields.items() if field != mapping.ROOT}
            mapping.compile(mapping.whole(root, fields.get(mapping.ROOT)))
        except (fql.FqlError, mapping.MappingError) as error:
            self._left("actions that cannot be read", f"action {name!r}: {error}", theirs)
            return None
        if others := sorted(set(theirs["mapping"]) - known):
            self.importing.result.left["fields that there are not"] += len(others) - 1
            values = {each: theirs["mapping"][each] for each in others}
            self._left("fields that there are not", f"action {name!r}: no such fields here", values)
        made = {"action": action.id, "trigger": trigger, "mapping": fields, "defaults": False}
        return made if theirs["enabled"] else {**made, "enabled": False}

    def _filters(self, thing: Thing) -> Iterator[dict[str, Any]]:
        name, condition = thing.get("title") or thing.get("id"), str(thing.get("if") or "all")
        if not thing.get("enabled", True):
            self._left("filters that are switched off", f"filter {name!r} is switched off", thing)
            return
        for action in listed(thing, "actions"):
            try:
                fql.parse(condition)
                yield _filter(condition, action)
            except ValueError as error:
                self.made["enabled"] = False
                why = f"filter {name!r}, and so this destination is switched off: {_first(error)}"
                self._left("filters that cannot be read", why, thing)


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
    """pydantic adds addresses of its documentation."""
    return "\n".join(line for line in str(error).split("\n") if "errors.pydantic.dev" not in line)
