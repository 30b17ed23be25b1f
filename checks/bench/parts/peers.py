"""Peers: the same events through Segment's own destination code, in the same run; and payloads alone.

A *delivery* is all that is done with a message: unpack, parse, subscribe, map, batch, write the request, read the
answer of a vendor that says 200 at once. Beside it stands Segment's package, if `make oracle` has installed it: from
the event's text to the same answer, one by one or in batches of 100.

A *payload* is from an event's text to the bytes of what is sent for it: what RudderStack's transformer does, which
leaves the rest to its server. The floor parses and writes the event.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from catalogue import destinations as catalogue
from checks.bench.figures import Figure, compared
from checks.bench.parts.delivery import SETTINGS, bodies, corpus, rate, subscribed
from sluice.delivery.plan import plan
from sluice.delivery.send import batches, exchange
from sluice.delivery.subscriptions import Subscriptions
from sluice.destinations.destination import Destination
from sluice.destinations.field import path
from sluice.destinations.http import Request, Response
from sluice.memory import collect_rarely
from sluice.messages import pack as wire
from sluice.workspace import models
from sluice.workspace.subscriptions import subscriptions

PACKAGE = Path("checks/parity/oracle")
_PROGRAM = Path("checks/bench/peers/segment.js")
_SECONDS = 0.3
#: A Node process starts, and compiles what it runs often, in its first rounds.
_ROUNDS = 5
_BATCHED = 100
#: Segment's name of each destination, and settings that are enough for its code.
_THEIRS: dict[str, tuple[str, dict[str, Any]]] = {
    "webhook": ("webhook", {"sharedSecret": "shhh"}),
    "segment": ("segment", {"source_write_key": "wk", "endpoint": "north_america"}),
    "amplitude": ("amplitude", {"apiKey": "key", "secretKey": "secret", "endpoint": "north_america"}),
    "mixpanel": ("mixpanel", {"projectToken": "token", "apiSecret": "secret", "apiRegion": "US 🇺🇸", "strictMode": "1"}),
    "ga4": ("google-analytics-4", {"apiSecret": "secret", "measurementId": "G-1"}),
    "posthog": ("posthog", {"api_key": "key", "project_id": "1", "endpoint": "https://us.i.posthog.com"}),
    "customerio": ("customerio", {"siteId": "site", "apiKey": "key", "accountRegion": "US 🇺🇸"}),
}
#: Segment has one action for each type of call in its place.
_OURS = "forward"
#: Fields that are settings with us, or that a user of Segment's has to map.
_FIELDS: dict[str, dict[str, Any]] = {
    "webhook": {"url": "https://example.com/hook"},
    "segment": {
        "user_id": path("$.userId"),
        "anonymous_id": path("$.anonymousId"),
        "event_name": path("$.event"),
        "group_id": path("$.groupId"),
        "properties": path("$.properties"),
        "traits": path("$.traits"),
        "timestamp": path("$.timestamp"),
    },
}
#: Twice as fast as Segment's.
_HALF = 0.5


def figures() -> Iterator[Figure]:
    collect_rarely()
    with _segment() as theirs:
        for name, fields in SETTINGS.items():
            destination = catalogue.destination_type(name)
            settings, mine = destination.settings(**fields), subscribed(destination)
            taken = [text for text in corpus() if plan([text], mine, settings).tasks]
            documents = (taken * (2 * _BATCHED // len(taken) + 1))[: 2 * _BATCHED]
            yield _payload(name, documents, mine, settings)
            job = _job(name, destination, documents)
            for size in (1, _BATCHED):
                if theirs and theirs(job, size):
                    ours = partial(_delivered, mine, settings)
                    yield _beside_segment(name, documents, size, ours, partial(theirs, job))


def _payload(name: str, documents: Sequence[bytes], mine: Subscriptions[Any], settings: Any) -> Figure:
    runs = [documents[:_BATCHED], documents[_BATCHED:]]
    return Figure(
        part="peers",
        what=f"{name}, payload",
        unit="events/s",
        **compared(
            lambda: _rate(lambda run: plan(run, mine, settings), runs),
            lambda: _rate(lambda run: [orjson.dumps(orjson.loads(text)) for text in run], runs),
        ),
    )


def _job(name: str, destination: Destination[Any], documents: Sequence[bytes]) -> Mapping[str, Any]:
    """What Segment's code is given: the same events, subscriptions and mappings."""
    slug, settings = _THEIRS[name]
    theirs = [{"action": action.id} for action in destination.actions if action.id != _OURS]
    configured = {"id": "x", "type": destination.type, "actions": theirs if name == "segment" else None}
    ours = subscriptions(models.Destination.model_validate(configured), destination)
    given = [
        {
            "name": each["id"],
            "partnerAction": each["action"],
            "subscribe": each["trigger"],
            "mapping": {**each["mapping"], **_FIELDS.get(name, {})},
        }
        for each in ours
    ]
    events = [text.decode() for text in documents]
    return {"destination": slug, "settings": settings, "subscriptions": given, "events": events, "seconds": _SECONDS}


def _beside_segment(
    name: str, documents: Sequence[bytes], size: int, delivered: Callable[[str], object], theirs: Callable[[int], float]
) -> Figure:
    messages = bodies(documents, size)
    return Figure(
        part="peers",
        what=f"{name}, {'single' if size == 1 else 'batched'}, beside Segment's",
        unit="events/s",
        goal=_HALF,
        **compared(lambda: rate(delivered, messages, size), lambda: theirs(size), rounds=_ROUNDS),
    )


def _delivered(mine: Subscriptions[Any], settings: Any, body: str) -> None:
    planned = plan(wire.load(body).documents, mine, settings)
    for tasks in batches(planned.tasks):
        exchange(tasks, settings, _answer)


def _answer(_: Request) -> Response:
    return Response(200, {"content-type": "application/json"}, b"{}")


def _rate(work: Callable[[Sequence[bytes]], object], runs: Sequence[Sequence[bytes]]) -> float:
    """Events a second."""
    return rate(lambda at: work(runs[int(at)]), [str(at) for at in range(len(runs))], _BATCHED)


@contextmanager
def _segment() -> Iterator[Callable[[Mapping[str, Any], int], float] | None]:
    """A function that says how many events a second Segment's code manages; 0 where it takes no batches.

    None where the package is not there.
    """
    node = shutil.which("node")
    if node is None or not (PACKAGE / "node_modules/@segment/action-destinations").exists():
        yield None
        return
    command = [node, str(_PROGRAM), str(PACKAGE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(job: Mapping[str, Any], size: int) -> float:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes, as asked for
            process.stdin.write(json.dumps({**job, "size": size}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            if answer["rate"] is not None and not answer["requests"]:
                raise RuntimeError(f"Segment's code sends nothing to {job['destination']}: {answer['why']}")
            return float(answer["rate"] or 0)

        yield ask
