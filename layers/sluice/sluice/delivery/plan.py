"""Events to tasks: what has to be sent for each event of a pack, before anything is sent."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sluice.delivery.slots import MissingField
from sluice.delivery.subscriptions import Subscription, Subscriptions
from sluice.destinations.action import Call
from sluice.destinations.item import Item
from sluice.destinations.outcome import FILTERED_AT_MAPPING, INTERNAL, Discarded, Failed, NotAttempted, Outcome
from sluice.mapping import UnmappableError
from sluice.spec.reasons import NO_MATCHING_MAPPING

#: From an event to what is mapped in its place, or the outcome that it has by that.
type Insert = Callable[[dict[str, Any]], dict[str, Any] | Outcome]


@dataclass(slots=True)
class Task[S]:
    """One item of one document. `key` names it among the document's, the same in every attempt: `identify/1`.

    What ended before it had items has the subscription's own: `identify/`. Nobody changes it; to be frozen would cost
    more than to be made, and there is one for every event.
    """

    document: int
    key: str
    item: Item[S]
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Plan[S]:
    """`settled` are documents, or parts of them, that need no request: an outcome and the key it belongs to."""

    tasks: list[Task[S]] = field(default_factory=list)
    settled: list[tuple[int, str, Outcome]] = field(default_factory=list)


def plan[S](
    documents: Sequence[bytes],
    subscriptions: Subscriptions[S],
    settings: S,
    only: Collection[str] | None = None,
    insert: Insert | None = None,
    has_time: Callable[[], bool] = lambda: True,
) -> Plan[S]:
    """Return the tasks of these documents. `only` names the tasks that an earlier attempt left; None is all of them.

    `insert` changes each event before it is mapped, as long as it `has_time`. A fault in an action ends the event it
    was about and no other.
    """
    planned: Plan[S] = Plan()
    tasks, settled = planned.tasks, planned.settled
    for index, text in enumerate(documents):
        before = len(tasks) + len(settled)
        event = orjson.loads(text)
        if insert is not None:
            changed = insert(event) if has_time() else NotAttempted()
            if not isinstance(changed, dict):
                settled.append((index, "", changed))
                continue
            event, text = changed, orjson.dumps(changed)
        call = Call(settings, event, text)
        for subscription in subscriptions(call.event):
            whole = subscription.whole
            if only is not None and not any(key.startswith(whole) for key in only):
                continue
            made = _made(index, subscription, call, only)
            if isinstance(made, list):
                tasks += made
            else:
                settled.append((index, whole, made))
        if len(tasks) + len(settled) == before:
            settled.append((index, "", Discarded(NO_MATCHING_MAPPING)))
    return planned


def _made[S](
    index: int, subscription: Subscription[S], call: Call[S], only: Collection[str] | None
) -> list[Task[S]] | Outcome:
    """Return the tasks of an event. A fault of ours costs this event a detour, and its neighbours nothing."""
    try:
        payload = subscription.payload(call.event)
        if isinstance(payload, MissingField):
            return Discarded(FILTERED_AT_MAPPING, response=f"{payload.field} is missing")
        items = subscription.items(payload, call)
        if not isinstance(items, list):
            return items
        if only is None and len(items) == 1:  # nearly always
            return [Task(index, subscription.first, items[0], _encoded(items[0]))]
        whole = subscription.whole
        keys = [f"{whole}{number}" for number in range(len(items))]
        return [
            Task(index, key, item, _encoded(item))
            for key, item in zip(keys, items, strict=True)
            if only is None or key in only or whole in only
        ]
    except UnmappableError as error:
        return Discarded(FILTERED_AT_MAPPING, response=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is
        return Failed(INTERNAL, response=type(error).__name__)


def _encoded(item: Item[Any]) -> bytes:
    data = item.data
    return data if type(data) is bytes else item.endpoint.encode(data)
