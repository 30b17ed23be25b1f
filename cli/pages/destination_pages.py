"""The pages below docs/destinations, made from the code: `python -m cli.pages.destination_pages FOLDER`."""

import dataclasses
import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from catalogue import destinations as catalogue
from sluice.destinations.action import Action
from sluice.destinations.destination import Destination
from sluice.destinations.differences import Difference
from sluice.destinations.field import Field
from sluice.mapping import NOTHING

_OUTCOMES = """| answer | what follows |
|---|---|
| 2xx | delivered, but for events that the answer names as refused |
| 401, 403 | [paused](../alarms.md#sluice-prod-paused-destination-crm): events wait until you repaired it |
| 408, 423, 429, 5xx except 501, no answer | tried again, not before `Retry-After` says |
| 413 | the request is halved |
| anything else | discarded with the status as its reason; the event stays in the archive |
"""


def pages() -> dict[str, str]:
    """The text of each page, by its name."""
    loaded = [catalogue.destination_type(name) for name in catalogue.destination_types()]
    return {"README.md": index(loaded), **{f"{each.type}.md": page(each) for each in loaded}}


def index(loaded: Sequence[Destination[Any]]) -> str:
    rows = [f"| [{each.title}]({each.type}.md) | `{each.type}` | {each.description} |" for each in loaded]
    return "\n".join([
        "# Destinations",
        "",
        "Where events can go. Each page is made from the code. [Write one](../writing-a-destination.md) in an hour.",
        "",
        "| | `type` | |",
        "|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip


def page(destination: Destination[Any]) -> str:
    return "\n".join([*_lines(destination), ""])


def _lines(destination: Destination[Any]) -> Iterator[str]:
    yield from (f"# {destination.title}", "", destination.description, "")
    yield from ("## Settings", "", inspect.cleandoc(destination.settings.__doc__ or ""), "")
    yield from (*settings_table(destination.settings), "")
    names = ", ".join(f"`{name}`" for name in destination.names)
    yield from (f"In `integrations` objects it is called {names}.", "", "## Without `actions` in the workspace", "")
    yield from _presets(destination)
    for action in destination.actions:
        yield from _action(action)
    yield from ("## What an answer does", "", _OUTCOMES)
    yield from _differences(catalogue.differences(destination.type))


def settings_table(declared: type[Any]) -> Iterator[str]:
    """Yield the lines of a table of settings, whose class is `declared`."""
    yield from ("| setting | | default |", "|---|---|---|")
    hints = get_type_hints(declared)
    for each in dataclasses.fields(declared):
        yield f"| `{each.name}` | {_type(hints[each.name])} | {_default_of(each)} |"


def _type(hint: Any) -> str:
    text = str(hint).replace("typing.", "").replace("sluice.destinations.destination.", "")
    known = {
        "<class 'str'>": "text",
        "<class 'bool'>": "true or false",
        "<class 'float'>": "number",
        "str | None": "text",
        "dict[str, Any] | None": "object",
        "list[dict[str, Any]] | None": "list of objects",
    }
    if "Secret" in text:
        return "secret: a [reference](../workspace.md#secrets)"
    return known.get(
        text, text.replace("Literal", "one of ").replace("<class '", "").replace("'>", "").replace("|", "or")
    )


def _default_of(each: "dataclasses.Field[Any]") -> str:
    if each.default is not dataclasses.MISSING:
        return "" if each.default is None else f"`{json.dumps(each.default)}`"
    return "" if each.default_factory is not dataclasses.MISSING else "needed"


def _presets(destination: Destination[Any]) -> Iterator[str]:
    if not destination.presets:
        yield from ("It does nothing: say what it is to do.", "")
        return
    yield from ("| preset | events | action |", "|---|---|---|")
    for preset in destination.presets:
        overrides = f", with {code(preset.mapping)}" if preset.mapping else ""
        yield f"| {preset.name} | {trigger_text(preset.trigger)} | `{preset.action}`{overrides} |"
    yield ""


def _action(action: Action[Any]) -> Iterator[str]:
    yield from (f"## {action.title}: `{action.id}`", "", action.description, "")
    yield from (f"For {trigger_text(action.trigger)}, if the workspace does not say.", "")
    yield from ("| field | | type | default |", "|---|---|---|---|")
    for name, field in action.fields.items():
        yield f"| `{name}` | {_cell(field.description)} | {_field_type(field)} | {_default(field)} |"
    yield ""


def _field_type(field: Field) -> str:
    parts = [f"list of {field.type}s" if field.multiple else field.type]
    if field.choices:
        parts.append("one of " + ", ".join(f"`{choice}`" for choice in field.choices))
    if field.required:
        parts.append("needed")
    return "; ".join(parts)


def _default(field: Field) -> str:
    if field.default is NOTHING:
        return ""
    if isinstance(field.default, dict) and set(field.default) == {"@path"}:
        return f"`{field.default['@path']}`"
    return code(field.default)


def code(value: Any) -> str:
    """Return a value of the configuration for a cell of a table."""
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


def trigger_text(trigger: str) -> str:
    """Return a trigger for a cell of a table."""
    return "every event" if trigger == "all" else f"`{trigger}`".replace("|", "\\|")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _differences(found: Sequence[Difference]) -> Iterator[str]:
    reasons = list(dict.fromkeys(each.why for each in found))
    if reasons:
        yield from ("## Where it differs from Segment's", "", *(f"- {reason}" for reason in reasons))


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (Path(folder) / name).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
