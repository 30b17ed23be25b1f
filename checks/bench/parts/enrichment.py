"""Enrichment: what it adds to an event, beside reading the event's JSON and writing it, nothing else.

Agents, addresses and places are those of a few thousand visits, so most are known, as they are in a router.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from checks.bench import traffic
from checks.bench.figures import Figure, compared
from sluice.enrichment.enrichment import of_workspace
from sluice.workspace.compiled import Enrichment, Source
from tests.mmdb import mmdb

_EVENTS, _VISITORS, _GOAL = 2000, 300, 2.5
_AGENT = "Mozilla/5.0 (Linux; Android 14; Pixel {0}) AppleWebKit/537.36 Chrome/{0}.0.0.0 Mobile Safari/537.36"
_PLACE = {
    "city": {"names": {"en": "Boxford"}},
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    "location": {"latitude": 51.75, "longitude": -1.25, "time_zone": "Europe/London"},
}


def figures(folder: Path) -> Iterator[Figure]:
    """Yield what all of it costs an event, and what each part does."""
    (folder / "city.mmdb").write_bytes(mmdb({"2.0.0.0/8": _PLACE}))
    everything = {"campaign": True, "agent": True, "bots": True, "geo": "city.mmdb", "ip": "truncate"}
    for what, switched in (
        ("place, agent, campaign", {name: everything[name] for name in ("campaign", "agent", "geo")}),
        ("all of it", everything),
    ):
        yield Figure(part="enrichment", what=what, unit="µs an event", goal=_GOAL, **_measured(folder, switched))


def _measured(folder: Path, switched: dict[str, Any]) -> Any:
    enrich = of_workspace(Enrichment(**switched), folder)
    assert enrich is not None  # noqa: S101 - something is switched on
    client, source = traffic.Client(), Source(id="website", name="Website", type="browser")
    documents = [orjson.dumps(_visit(client.event(time.time()), number % _VISITORS)) for number in range(_EVENTS)]

    def ours() -> float:
        events = [orjson.loads(each) for each in documents]
        started = time.process_time()
        for event in events:
            enrich(source, event)
        return (time.process_time() - started) / _EVENTS * 1e6

    def floor() -> float:
        started = time.process_time()
        for each in documents:
            orjson.dumps(orjson.loads(each))
        return (time.process_time() - started) / _EVENTS * 1e6

    return compared(ours, floor)


def _visit(event: dict[str, Any], visitor: int) -> dict[str, Any]:
    page = {"url": f"https://shop.example.com/p/{visitor}?utm_source=news&utm_campaign=c{visitor % 7}&gclid=x{visitor}"}
    context = {**event.get("context", {}), "page": page, "ip": f"2.0.{visitor % 250}.{visitor % 200 + 1}"}
    for name in ("campaign", "os", "device", "location"):
        context.pop(name, None)
    return {**event, "context": {**context, "userAgent": _AGENT.format(visitor % 40)}}
