"""The pages below docs/sources, made from the code: `python -m cli.pages.source_pages FOLDER`."""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from catalogue.sources import source_type, source_types
from cli.pages.destination_pages import settings_table, trigger_text
from sluice.sources.source import Paths, Source

#: What prepares the items of a type whose paths are into what the tool sends.
_AS_SENT = next(each.default for each in fields(Source) if each.name == "prepare")
_ADDRESS = """## Its address

`https://<your host>/v1/sources/<id>/hook`, with the `id` that the source has in the workspace.

## Its events
"""


def pages() -> dict[str, str]:
    """Return the text of each page, by its name."""
    loaded = [source_type(name) for name in source_types()]
    return {"README.md": index(loaded), **{f"{each.type}.md": page(each) for each in loaded}}


def index(loaded: Sequence[Source[Any]]) -> str:
    """Return the page that lists all types."""
    rows = [f"| [{each.title}]({each.type}.md) | `{each.type}` | {each.description} |" for each in loaded]
    return "\n".join([
        "# Sources",
        "",
        "Tools that send webhooks, which become events. Each page is made from the code. A tool that is not among them",
        "is [any webhook](webhook.md), said in the workspace; or [write its type](../writing-a-source.md).",
        "",
        "| | `type` | |",
        "|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip


def page(source: Source[Any]) -> str:
    """Return the page of a type."""
    return "\n".join([*_lines(source), ""])


def _lines(source: Source[Any]) -> Iterator[str]:
    yield from (f"# {source.title}", "", source.description, "")
    yield from ("## Set it up", "", source.setup, "", f"[Read more]({source.documentation}).", "")
    yield from (_ADDRESS, *_events(source))
    yield from ("## Settings", "", inspect.cleandoc(source.settings.__doc__ or ""), "")
    yield from settings_table(source.settings)
    yield ""


def _events(source: Source[Any]) -> Iterator[str]:
    if source.passes:
        yield from ("They are Segment's own, and stay as they are.", "")
        return
    yield from ("| what it sends | what it becomes |", "|---|---|")
    for rule in source.rules:
        yield f"| {trigger_text(rule.trigger)} | {_event(rule.mapping)} |"
    for name, event in source.events.items():
        yield f"| `{name}` | track *{event}* |"
    yield f"| {'anything else' if source.rules or source.events else 'everything'} | {_event(source.other)} |"
    yield ""
    yield from _people(source)


def _event(mapping: Mapping[str, Any]) -> str:
    kind, name = mapping.get("type", "track"), mapping.get("event")
    if kind != "track":
        return f"`{kind}`"
    return f"track *{name}*" if isinstance(name, str) else "track, under its own name in words"


def _people(source: Source[Any]) -> Iterator[str]:
    identity = source.identity
    if identity.user_id:
        yield f"- `userId`: {_paths(identity.user_id)}, or what the setting `user_id` says."
    else:
        yield "- `userId`: what the setting `user_id` says."
    others = [f"the address at {_paths(identity.email)}"] if identity.email else []
    others += [
        f"{_paths(paths)} behind `{prefix}`" if prefix else _paths(paths) for prefix, paths in identity.anonymous_ids
    ]
    yield f"- `anonymousId` without one: {'; else '.join([*others, 'the id of the source, for events about nobody'])}."
    if source.message_id:
        parts = ", ".join(_paths(part) for part in source.message_id)
        yield f"- `messageId`: the id of the source and {parts}, so that what comes again is known."
    if source.timestamp:
        yield f"- `timestamp`: {_paths(source.timestamp)}."
    yield ""
    if source.prepare is not _AS_SENT:
        folder = f"../../layers/catalogue/catalogue/sources/{source.type}/source.py"
        yield f"These are paths into an item as [its type]({folder}) prepares it; the setting `user_id` is one into"
        yield from ("what the tool sends.", "")


def _paths(paths: Paths) -> str:
    return " or ".join(f"`{path}`" for path in ([paths] if isinstance(paths, str) else paths))


def main(folder: str) -> None:
    """Write all pages into a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (Path(folder) / name).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
