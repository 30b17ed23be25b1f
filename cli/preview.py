"""`sluice preview`: what a destination would get for an event, or why nothing. It sends nothing and reads no secret."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from catalogue import destinations as catalogue
from cli.commands import deployed_workspace, named
from cli.errors import OperatorError
from sluice.delivery.plan import plan
from sluice.delivery.send import batch_of, batches
from sluice.delivery.subscriptions import compiled
from sluice.destinations.destination import Destination as DestinationType
from sluice.destinations.http import Request
from sluice.messages.envelope import Envelope
from sluice.router import filters
from sluice.router.decisions import FILTERED_BY_RULES, decide
from sluice.router.events import open_envelope
from sluice.spec.reasons import NO_MATCHING_MAPPING, meanings
from sluice.spec.times import iso
from sluice.workspace.compiled import Destination, Workspace
from sluice.workspace.secrets import references, resolved

_MOST_BYTES = 16 * 1024 * 1024
#: In the place of an address that is a secret. Slack takes addresses of its own alone.
_PLACEHOLDERS = ("https://secret.invalid{}", "https://hooks.slack.com/services{}")
#: Settings that are addresses, and may be secrets.
_ADDRESSES = frozenset({"url", "endpoint"})


class UnreadableEventsError(OperatorError):
    """No event of an SDK's and none of the archive's."""


@dataclass(frozen=True, slots=True)
class Told:
    """`lines` for a person; `requests` is how many would go out."""

    lines: tuple[str, ...]
    requests: int = 0


def run(options: Namespace) -> int:
    """Print what would become of each event. Return 0 if anything would be sent. Raises OperatorError, OSError."""
    workspace = deployed_workspace(options)
    destination = named(workspace.destinations, "destination", options.destination, options)
    if options.source:
        named(workspace.sources, "source", options.source, options)
    content = sys.stdin.buffer.read() if str(options.event) == "-" else Path(options.event).read_bytes()
    found = list(events(content, workspace, options.source or _source(workspace, destination), options.type))
    sent = 0
    for number, (source, event) in enumerate(found):
        told = event if isinstance(event, Told) else preview(destination, source, event)
        print("\n" * bool(number) + "\n".join(told.lines))
        sent += told.requests
    return 0 if sent else 1


def events(
    content: bytes, workspace: Workspace, source: str, kind: str | None = None
) -> Iterator[tuple[str, dict[str, Any] | Told]]:
    """Yield source and event for each: as an SDK sends it, alone or as a batch, or lines of the archive.

    What would be rejected is told instead. Raises UnreadableEventsError.
    """
    for document in _documents(content):
        if "receivedAt" in document and "messageId" in document:
            yield str(document.pop("sourceId", source)), {"integrations": {}, **document}
            continue
        envelope = Envelope(
            kind="batch" if "batch" in document else "call",
            text=orjson.dumps(document).decode(),
            received_at=iso(datetime.now(UTC)),
            request_id="preview",
            path="/v1/batch",
            type=kind,
            source=source,
        )
        opened = open_envelope(envelope, workspace)
        for event in opened.events:
            yield source, event.fields
        for rejection in opened.rejections:
            yield source, Told((f"rejected: {_explained(rejection.reason)}",))


def _documents(content: bytes) -> list[dict[str, Any]]:
    if len(content) > _MOST_BYTES:
        raise UnreadableEventsError("more than 16 MB of events; take fewer")
    try:
        documents = [orjson.loads(content)]
    except orjson.JSONDecodeError:
        try:
            documents = [orjson.loads(line) for line in content.splitlines() if line.strip()]
        except orjson.JSONDecodeError as error:
            raise UnreadableEventsError(f"neither JSON nor lines of JSON: {error.msg}") from error
    documents = [each for one in documents for each in (one if isinstance(one, list) else [one])]
    if not documents or not all(isinstance(each, dict) for each in documents):
        raise UnreadableEventsError("no event in it: an event is an object, as an SDK sends it or the archive has it")
    return documents


def _source(workspace: Workspace, destination: Destination) -> str:
    """Return the first source whose events the destination gets."""
    return next((each for each in workspace.sources if destination.wants(each)), next(iter(workspace.sources)))


def preview(destination: Destination, source: str, event: dict[str, Any]) -> Told:
    """Return what the destination would be sent for a normalised event. Raises OperatorError for unusable settings."""
    what = " ".join(str(event[name]) for name in ("type", "event", "name") if isinstance(event.get(name), str))
    head = f"{what}, {event.get('messageId')}, {source} → {destination.id}"
    if not destination.enabled:
        return Told((head, "  not sent: the destination has `enabled: false`"))
    if not destination.wants(source):
        return Told((head, f"  not sent: {destination.id} is not connected to {source}; see its `sources`"))
    left = decide(event, destination)
    if isinstance(left, str):
        return Told((head, f"  not sent: {_explained(left)}", *_whys(destination, event, left)))
    changed = () if left == event else ("  filters and transformations leave:", *_json(left))
    return Told((head, *changed, *(requested := _requested(destination, left)).lines), requested.requests)


def _explained(reason: str) -> str:
    return f"{reason}: {meanings().get(reason, '')}".rstrip(": ")


def _whys(destination: Destination, event: dict[str, Any], reason: str) -> Iterator[str]:
    """Yield which filter it was, or the triggers that it does not fit."""
    if reason == FILTERED_BY_RULES:
        left: dict[str, Any] | None = event
        for each in filters.in_order(destination.filters):
            apply = filters.compiled([each], ())
            if left is not None and apply is not None and (left := apply(left)) is None:
                yield f"    by {each['do']} if {each['if']}"
    elif reason == NO_MATCHING_MAPPING:
        yield from (f"    {each['id']} wants {each['trigger']}" for each in destination.actions)
        if not destination.actions:
            yield "    it has no subscription; give it `actions`, see its page in docs/destinations"


def _requested(destination: Destination, event: dict[str, Any]) -> Told:
    of_type = catalogue.destination_type(destination.type)
    settings = _settings(of_type, destination.settings)
    subscriptions = compiled(of_type.actions, destination.actions)
    planned = plan([orjson.dumps(event)], subscriptions, settings)
    fitting = [each.id for each in subscriptions(event)]
    lines = [f"  {', '.join(fitting)}: the trigger fits"]
    for _, key, outcome in planned.settled:
        reason, response = getattr(outcome, "reason", ""), getattr(outcome, "response", None)
        detail = f" ({response})" if response else ""
        lines.append(f"  {key.rstrip('/')} not sent: {_explained(reason)}{detail}")
    requests = [tasks[0].item.endpoint.request(batch_of(tasks, settings)) for tasks in batches(planned.tasks)]
    for request in requests:
        lines += ["", *_request(request)]
    return Told(tuple(lines), len(requests))


def _settings(of_type: DestinationType[Any], given: dict[str, Any]) -> Any:
    """Return settings with the name of each secret in its place; where an address belongs, an address that has it.

    Raises OperatorError.
    """
    addresses = {each for path, each in references(given) if path[-1] in _ADDRESSES}
    for address in _PLACEHOLDERS:
        try:
            return of_type.settings(
                **resolved(given, lambda each: (address if each in addresses else "<{}>").format(each.name))  # noqa: B023
            )
        except (TypeError, ValueError):
            continue
    raise OperatorError("the settings cannot be used; `make workspace` says why")


def _request(request: Request) -> Iterator[str]:
    yield f"  {request.method} {request.url}"
    yield from (f"  {name}: {value}" for name, value in request.headers.items())
    try:
        yield from _json(orjson.loads(request.body))
    except orjson.JSONDecodeError:
        yield f"  {request.body.decode('utf-8', 'replace')}"


def _json(value: Any) -> Sequence[str]:
    return [f"  {line}" for line in orjson.dumps(value, option=orjson.OPT_INDENT_2).decode().splitlines()]
