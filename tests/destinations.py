"""Kinds of destination as tests use them: compiled as a workspace would have them, and sent to a vendor of theirs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from catalogue.destinations import destination_type
from sluice.delivery.consumer import PackResult, Route, deliver
from sluice.delivery.plan import plan
from sluice.delivery.requeue import TaskResult
from sluice.delivery.send import send
from sluice.delivery.subscriptions import Subscriptions, compiled
from sluice.destinations.destination import Destination
from sluice.destinations.http import Request, Transport
from sluice.destinations.outcome import Outcome
from sluice.messages.pack import Pack
from sluice.workspace import models
from sluice.workspace.subscriptions import subscriptions as configured
from tests.twins import MemoryVendor


def kind(name: str) -> Destination[Any]:
    return destination_type(name)


def subscribed(destination: Destination[Any], *actions: Mapping[str, Any]) -> Subscriptions[Any]:
    """As a workspace with these actions would have it, or with the presets."""
    fields: dict[str, Any] = {"id": "x", "type": destination.type}
    if actions:
        fields["actions"] = list(actions)
    return compiled(destination.actions, configured(models.Destination(**fields), destination))


def deliveries(
    documents: Sequence[bytes], destination: Destination[Any], settings: Any, transport: Transport, **more: Any
) -> list[Outcome]:
    """An outcome per document, where each has one."""
    planned = plan(documents, subscribed(destination), settings)
    found = dict(
        zip([task.document for task in planned.tasks], send(planned.tasks, settings, transport, **more), strict=True)
    )
    found |= {document: outcome for document, _, outcome in planned.settled}
    return [found[index] for index in range(len(documents))]


def handled(pack: Pack, route: Route[Any], clock: Callable[[], datetime]) -> PackResult:
    """What became of one pack. Raises what kept it from being settled."""
    ((result,),) = (results.values() for results in deliver({0: pack}, route, clock=clock))
    if isinstance(result, Exception):
        raise result
    return result


def requests(
    event: Mapping[str, Any],
    destination: Destination[Any],
    settings: Any,
    *actions: Mapping[str, Any],
    text: bytes = b"",
) -> list[Request]:
    """What is sent for one event."""
    planned = plan([text or orjson.dumps(event)], subscribed(destination, *actions), settings)
    vendor = MemoryVendor()
    send(planned.tasks, settings, vendor)
    return vendor.requests


def ended(outcomes: Sequence[Outcome]) -> list[TaskResult]:
    """Of documents with one task each."""
    return [TaskResult(index, "send/0", outcome) for index, outcome in enumerate(outcomes)]
