"""Delivery: events a second on one core, from a queue message to request bytes, by destination.

Single is a message of one event, batched a message of 100; the vendor is a function that answers 200. Presets, every
trigger and mapping included. The floor is to parse the events and to write them as JSON again, in the same round.

Where each event has a user agent of its own, the floor is the same delivery with agents that were seen before.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from catalogue import destinations as catalogue
from catalogue.destinations.amplitude import events as amplitude
from catalogue.destinations.mixpanel import browsers as mixpanel
from checks.bench.figures import Figure, Rounds, compared
from sluice.delivery.plan import plan
from sluice.delivery.send import batch_of, batches
from sluice.delivery.subscriptions import Subscriptions, compiled
from sluice.destinations.destination import Destination
from sluice.destinations.http import Request
from sluice.destinations.user_agents import agent
from sluice.memory import collect_rarely
from sluice.messages import pack as wire
from sluice.messages.pack import Pack, PackHeader
from sluice.workspace import models
from sluice.workspace.subscriptions import subscriptions

_SECONDS = 0.2
_BATCHED = 100
#: Times the floor at most, by events of a message. Events a second would be a goal for one machine.
_GOALS = {1: 2.5, _BATCHED: 3.5}

#: A vendor is at most a third slower when every user agent is new.
_MOST_WITH_NEW_AGENTS = 1.5
_READ_AGENTS = {"amplitude": (agent, amplitude.described), "mixpanel": (mixpanel.browser,)}
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.{1}.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android {2}; SM-G{0}B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.{1}.0 Mobile",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {2}_{3} like Mac OS X) AppleWebKit/605.1.15 Version/{2}.{3} Mobile/15E{1}",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{0}.{3}) Gecko/{1} Firefox/{0}.{3}",
)

#: Settings that are enough to make requests with.
SETTINGS: dict[str, dict[str, Any]] = {
    "webhook": {"url": "https://example.com/hook", "shared_secret": "shhh"},
    "segment": {"write_key": "wk"},
    "amplitude": {"api_key": "key"},
    "mixpanel": {"project_token": "token", "api_secret": "secret"},
    "ga4": {"api_secret": "secret", "measurement_id": "G-1"},
    "posthog": {"api_key": "key"},
    "customerio": {"site_id": "site", "api_key": "key"},
}


def corpus() -> list[bytes]:
    """Events of the shared examples, as packs carry them."""
    return [orjson.dumps(each) for each in json.loads(Path("checks/bench/events.json").read_bytes())]


def made(body: str, subscribed: Subscriptions[Any], settings: Any) -> list[Request]:
    """All that a function does with a message, but for sending."""
    planned = plan(wire.load(body).documents, subscribed, settings)
    return [tasks[0].item.endpoint.request(batch_of(tasks, settings)) for tasks in batches(planned.tasks)]


def subscribed(destination: Destination[Any]) -> Subscriptions[Any]:
    configured = subscriptions(models.Destination(id="x", type=destination.type), destination)
    return compiled(destination.actions, configured)


def bodies(documents: Sequence[bytes], size: int, kind: str = "delivery") -> list[str]:
    """Messages of so many events each."""
    runs = [documents[at : at + size] for at in range(0, len(documents), size)]
    return [wire.dump(Pack(PackHeader(kind=kind, count=len(run), destination="x"), tuple(run))) for run in runs]


def rate(work: Callable[[str], object], messages: Sequence[str], size: int) -> float:
    """Events a second."""
    events, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < _SECONDS:
        for body in messages:
            work(body)
        events += len(messages) * size
    return events / spent


def floor(body: str) -> None:
    for text in wire.load(body).documents:
        orjson.dumps(orjson.loads(text))


def figures() -> Iterator[Figure]:
    collect_rarely()
    for name, fields in SETTINGS.items():
        destination = catalogue.destination_type(name)
        settings, mine = destination.settings(**fields), subscribed(destination)
        taken = [text for text in corpus() if plan([text], mine, settings).tasks]
        for size, goal in _GOALS.items():
            messages = bodies((taken * (2 * _BATCHED // len(taken) + 1))[: 2 * _BATCHED], size)
            yield Figure(
                part="delivery",
                what=f"{name}, {'single' if size == 1 else 'batched'}",
                unit="events/s",
                goal=goal,
                **_compared(messages, size, mine, settings),
            )
        if name in _READ_AGENTS:
            yield _with_new_agents(name, taken, mine, settings)


def agents(count: int) -> list[str]:
    """Return so many user agents, all different."""
    return [_AGENTS[at % len(_AGENTS)].format(100 + at % 37, 4000 + at, 10 + at % 7, at % 10) for at in range(count)]


def _with_new_agents(name: str, taken: Sequence[bytes], mine: Subscriptions[Any], settings: Any) -> Figure:
    events = [orjson.loads(text) for text in taken]
    documents = [
        orjson.dumps({**event, "context": {**event.get("context", {}), "userAgent": text}})
        for event, text in zip(itertools.cycle(events), agents(1000))
    ]
    messages = bodies(documents, _BATCHED)

    def as_new(body: str) -> None:
        for cached in _READ_AGENTS[name]:
            cached.cache_clear()
        made(body, mine, settings)

    return Figure(
        part="delivery",
        what=f"{name}, batched, every agent new",
        unit="events/s",
        goal=_MOST_WITH_NEW_AGENTS,
        **compared(
            lambda: rate(as_new, messages, _BATCHED),
            lambda: rate(lambda body: made(body, mine, settings), messages, _BATCHED),
        ),
    )


def _compared(messages: Sequence[str], size: int, mine: Subscriptions[Any], settings: Any) -> Rounds:
    return compared(
        lambda: rate(lambda body: made(body, mine, settings), messages, size), lambda: rate(floor, messages, size)
    )
