"""Events to tasks: what has to be sent for each event of a pack, before anything is sent."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sluice.delivery.payload import MissingField
from sluice.delivery.subscriptions import Subscription
from sluice.destinations.action import Call
from sluice.destinations.item import Item
from sluice.destinations.outcome import FILTERED_AT_MAPPING, INTERNAL, Discarded, Failed, Outcome
from sluice.mapping import UnmappableError
from sluice.spec.reasons import NO_MATCHING_MAPPING


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
    subscriptions: Sequence[Subscription[S]],
    settings: S,
    only: Collection[str] | None = None,
) -> Plan[S]:
    """Return the tasks of these documents. `only` names the tasks that an earlier attempt left; None is all of them.

    A fault in an action ends the event it was about and no other.
    """
    planned: Plan[S] = Plan()
    fitting: dict[tuple[object, object], list[Subscription[S]]] = {}
    for index, text in enumerate(documents):
        before = len(planned.tasks), len(planned.settled)
        call = Call(settings, orjson.loads(text), text)
        for key, made in _one(call, _fitting(call.event, subscriptions, fitting), only):
            if isinstance(made, tuple):
                planned.tasks.append(Task(index, key, *made))
            else:
                planned.settled.append((index, key, made))
        if (len(planned.tasks), len(planned.settled)) == before:
            planned.settled.append((index, "", Discarded(NO_MATCHING_MAPPING)))
    return planned


def _fitting[S](
    event: Mapping[str, Any],
    subscriptions: Sequence[Subscription[S]],
    known: dict[tuple[object, object], list[Subscription[S]]],
) -> Sequence[Subscription[S]]:
    """Return the subscriptions that an event's type and name do not rule out; `known` are those of other events."""
    kind, name = event.get("type"), event.get("event")
    try:
        found = known.get((kind, name))
    except TypeError:  # an event that is not of ours, with a list or an object for its name
        return [each for each in subscriptions if each.may_want(kind, name)]
    if found is None:
        found = known[kind, name] = [each for each in subscriptions if each.may_want(kind, name)]
    return found


def _one[S](
    call: Call[S], subscriptions: Sequence[Subscription[S]], only: Collection[str] | None
) -> Iterator[tuple[str, tuple[Item[S], bytes] | Outcome]]:
    event = call.event
    for subscription in subscriptions:
        if not subscription.matches(event):
            continue
        whole = f"{subscription.id}/"
        if only is not None and not any(key.startswith(whole) for key in only):
            continue
        made = _made(subscription, call)
        if not isinstance(made, list):
            yield whole, made
            continue
        for number, item in enumerate(made):
            key = f"{whole}{number}"
            if only is None or key in only or whole in only:
                yield key, item


def _made[S](subscription: Subscription[S], call: Call[S]) -> list[tuple[Item[S], bytes]] | Outcome:
    """Items and their encoded forms. A fault of ours costs this event a detour, and its neighbours nothing."""
    try:
        payload = subscription.payload(call.event)
        if isinstance(payload, MissingField):
            return Discarded(FILTERED_AT_MAPPING, response=f"{payload.field} is missing")
        made = subscription.action.items(payload, call)
        return [(item, _encoded(item)) for item in made] if isinstance(made, list) else made
    except UnmappableError as error:
        return Discarded(FILTERED_AT_MAPPING, response=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is
        return Failed(INTERNAL, response=type(error).__name__)


def _encoded(item: Item[Any]) -> bytes:
    return item.data if isinstance(item.data, bytes) else item.endpoint.encode(item.data)
