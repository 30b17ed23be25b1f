"""`sluice function test`: what a function of yours does with events, before it is deployed.

It sends nothing unless it is told. Events are those of a file, or of a day of the archive.
"""

import difflib
import itertools
import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from catalogue.destinations import destination_type
from cli.commands import deployed_workspace, named
from cli.errors import OperatorError, UsageError
from cli.operations.places import Places
from cli.preview import Told, events
from sluice.archive.reader import Window
from sluice.aws.settings import with_secrets
from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Delivered, Discarded, Outcome, decoded
from sluice.functions.insert import inserted
from sluice.functions.requests import use
from sluice.functions.runner import Function, FunctionError, load
from sluice.functions.transport import transport_to
from sluice.workspace.compiled import Destination
from sluice.workspace.secrets import resolved
from sluice.workspace.settings import SettingsUnavailableError

#: In the place of secrets, unless the function is to send.
_PLACEHOLDER = "secret"
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def run(options: Namespace) -> int:
    """Print what becomes of each event, and counts. Return 0 if none failed. Raises OperatorError or UsageError."""
    workspace = deployed_workspace(options)
    destination = named(workspace.destinations, "destination", options.destination, options)
    function, is_insert = _function(destination, options)
    requests: list[Request] = []

    def looked_at(request: Request) -> Response:
        requests.append(request)
        return Response(200)

    if not options.live:
        use(looked_at)
    console = Console(highlight=False, soft_wrap=True)
    counts: Counter[str] = Counter()
    for event in itertools.islice(_events(options, workspace), options.limit):
        requests.clear()
        before = json.dumps(event, indent=2, ensure_ascii=False).splitlines()
        found = inserted(function)(event) if is_insert else _delivered(function, event)
        what = _what(before, found)
        counts[what] += 1
        if what != "unchanged" and sum(counts.values()) <= options.show:
            _show(console, str(event.get("messageId", "")), before, found, requests)
    console.print(", ".join(f"{count} {what}" for what, count in counts.most_common()) or "no events")
    return 1 if counts["failed"] or not counts else 0


def _function(destination: Destination, options: Namespace) -> tuple[Function, bool]:
    """Return the function of a destination, and whether it stands before the mapping."""
    folder = options.workspace.parent / "functions"
    try:
        if destination.insert is not None:
            file, seconds, settings = (destination.insert[name] for name in ("file", "timeout", "settings"))
            return Function(file, load(folder / file), _settings(settings, options), seconds), True
        if destination.type == "function":
            declared = destination_type("function").settings(**_settings(destination.settings, options))
            return Function(
                declared.file, load(folder / declared.file), declared.settings or {}, declared.timeout
            ), False
    except FunctionError as error:
        raise OperatorError(_why(error)) from error
    raise UsageError(f"{destination.id} has no function: no `insert`, and it is of the type {destination.type}")


def _why(error: FunctionError) -> str:
    """Return what is wrong, in full: here it is the author who reads it."""
    return f"{error}: {error.__cause__}" if error.__cause__ else str(error)


def _settings(given: dict[str, Any], options: Namespace) -> dict[str, Any]:
    if not options.live:
        found: dict[str, Any] = resolved(given, lambda _: _PLACEHOLDER)
        return found
    try:
        return with_secrets(dict, given, options.stage)
    except SettingsUnavailableError as error:
        raise OperatorError(str(error)) from error


def _events(options: Namespace, workspace: Any) -> Iterator[dict[str, Any]]:
    if options.day is None:
        content = sys.stdin.buffer.read() if options.event == "-" else Path(options.event).read_bytes()
        source = next(iter(workspace.sources))
        yield from (event for _, event in events(content, workspace, source) if not isinstance(event, Told))
        return
    try:
        start = datetime.fromisoformat(options.day).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"{options.day!r} is no day; write 2026-11-24") from error
    archive = Places(options.stage).archive()
    for source in [options.source] if options.source else archive.sources("events"):
        for item in archive.items("events", source, Window(start, start + timedelta(days=1))):
            yield from ({"integrations": {}, **orjson.loads(line)} for line in archive.lines(item))


def _delivered(function: Function, event: dict[str, Any]) -> Outcome:
    return decoded(transport_to(lambda: function)(Request("function:", orjson.dumps([event]))))[0]


def _what(before: list[str], found: dict[str, Any] | Outcome) -> str:
    if isinstance(found, dict):
        return "unchanged" if json.dumps(found, indent=2, ensure_ascii=False).splitlines() == before else "changed"
    if isinstance(found, Delivered):
        return "delivered"
    if isinstance(found, Discarded):
        return "dropped" if found.reason == "FILTERED_AT_FUNCTION" else "refused"
    return "failed"


def _show(
    console: Console, name: str, before: list[str], found: dict[str, Any] | Outcome, requests: list[Request]
) -> None:
    if isinstance(found, dict):
        after = json.dumps(found, indent=2, ensure_ascii=False).splitlines()
        for line in difflib.unified_diff(before, after, f"{name} before", f"{name} after", n=2, lineterm=""):
            console.print(Text(line, _COLOURS.get(line[:1], "")))
        return
    reason, response = getattr(found, "reason", "delivered"), getattr(found, "response", None)
    console.print(Text(f"{name}: {reason}" + (f", {response}" if response else "")))
    for each in requests:
        console.print(Text(f"  {each.method} {each.url} {each.body[:500].decode(errors='replace')}"))
