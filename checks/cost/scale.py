"""`python -m checks.cost.scale`: simulate routers that append to one log at once, and how long events wait.

No formula tells either. Both run in virtual time. The logs are the real code, on a table whose calls take as long as
DynamoDB's.
"""

import argparse
import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from checks.bench.aws import item_bytes, units
from checks.cost.deployment import Mapped, deployment
from checks.cost.event_source import batches
from checks.cost.virtual import Time
from sluice.aws.append_log import AppendLogs
from tests import dynamo
from tests.dynamo import ConditionalCheckFailedException, Dynamo, Item

#: Seconds of a call, from the shortest to the longest.
_CALL = (0.003, 0.008)
#: Of a batch of requests, and bytes of their entry.
_IDS, _ENTRY_BYTES = 200, 2100
#: What one log covers: ten seconds of one source.
_SECONDS = 10.0


class TimedDynamo(Dynamo):
    """A table whose calls take time, half of it before they are applied; it counts what is billed."""

    def __init__(self, time: Time, chance: random.Random) -> None:
        super().__init__(before=self._half, after=self._half)
        self._time, self._chance = time, chance
        self.units: Counter[str] = Counter()

    def _half(self) -> None:
        self._time.sleep(self._chance.uniform(*_CALL) / 2)

    def update_item(self, **call: Any) -> dict[str, Item]:
        bucket = call["Key"]["bucket"]["S"]
        try:
            return super().update_item(**call)
        except ConditionalCheckFailedException:
            self.units["refused"] += 1
            self._half()
            raise
        finally:
            self.units["write"] += units(item_bytes_of(self.items.get(bucket, {})), 1024)

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """One call, however many pages it reads."""
        ((table, wanted),) = RequestItems.items()
        self._half()
        found = [dict(self.items[name]) for key in wanted["Keys"] if (name := key["bucket"]["S"]) in self.items]
        self._half()
        self.units["read"] += sum(units(item_bytes_of(item), 4096) for item in found)
        self.units["read"] += len(wanted["Keys"]) - len(found)  # what is not there costs as much as the least that is
        return {"Responses": {table: found}, "UnprocessedKeys": {}}


def item_bytes_of(item: Item) -> int:
    """Of an item whose binaries are bytes and not base64."""
    binaries = sum(len(each["B"]) for each in item.get("entries", {"L": []})["L"])
    rest = {name: value for name, value in item.items() if name != "entries"}
    return item_bytes(rest) + binaries + 20


@dataclass(frozen=True, slots=True)
class Contended:
    """What came of `routers` that append after a pause of `pause` seconds each, `appended` times together.

    Seconds of the median and of the slowest in a hundred; for each append the updates refused and the units billed.
    """

    routers: int
    pause: float
    appended: int
    median: float
    slow: float
    refused: float
    writes: float
    reads: float

    @property
    def ids_a_second(self) -> float:
        return self.appended / _SECONDS * _IDS


@dataclass(frozen=True, slots=True)
class Waited:
    """Seconds from receipt to the vendor's answer, of the median and of the slowest in twenty."""

    requests_a_second: float
    router_window: float
    destination_window: float
    median: float
    slow: float


def contended(routers: int, pause: float) -> Contended:
    """So many routers append to one append log for ten seconds, each after a pause."""
    time, chance = Time(), random.Random(1)  # noqa: S311 - repeatable, not secret
    table = TimedDynamo(time, chance)
    took: list[float] = []

    def router() -> None:
        mine: AppendLogs[Counter[str]] = AppendLogs(
            dynamo.client(table), "dedupe", Counter, _count, seconds=1, now=lambda: time.now, threads=1
        )
        while time.now < _SECONDS:
            time.sleep(chance.uniform(0.5, 1.5) * pause)
            began = time.now
            assert mine.append({"source/0": [bytes(_ENTRY_BYTES)]})["source/0"] is not None  # noqa: S101
            took.append(time.now - began)

    time.run(*[router] * routers)
    took.sort()
    count = len(took)
    per = {name: table.units[name] / count for name in ("refused", "write", "read")}
    slow = took[min(count - 1, count * 99 // 100)]
    return Contended(routers, pause, count, statistics.median(took), slow, per["refused"], per["write"], per["read"])


def _count(state: Counter[str], entry: bytes) -> None:
    state["bytes"] += len(entry)


def waited(rate: float, router: float, destination: float, pollers: int) -> Waited:
    """So many requests a second, with such windows of the router and of a destination."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    seconds = max(60.0, 600 / rate)
    received = sorted(chance.uniform(0, seconds) for _ in range(round(rate * seconds)))
    named = [(at, str(number)) for number, at in enumerate(received)]
    sent: list[tuple[float, str]] = []
    for at, bodies in batches(named, Mapped(batch=500, window=router), pollers):
        sent.append((at + _ROUTER_SECONDS, " ".join(bodies)))
    found: list[float] = []
    for at, packs in batches(sent, Mapped(batch=10, window=destination), pollers):
        found += [at + _VENDOR_SECONDS - received[int(name)] for pack in packs for name in pack.split(" ")]
    found.sort()
    return Waited(rate, router, destination, statistics.median(found), found[len(found) * 95 // 100])


#: Of an invocation of the router, and of a destination with its vendor.
_ROUTER_SECONDS, _VENDOR_SECONDS = 0.1, 0.3


#: Routers and the pauses between what each of them appends.
_CONTENTION = ((1, 0.5), (5, 0.5), (20, 0.5), (50, 0.5), (100, 0.5), (20, 0.0), (100, 0.0))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.cost.scale", description="Queueing, simulated.")
    parser.add_argument("--output", type=Path, default=Path(".sluice/scale.json"))
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    append_logs = [contended(*each) for each in _CONTENTION]
    console.print(_contention(append_logs))
    waits = _waits()
    console.print(_latencies(waits))
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    found = {
        "append_logs": [{**asdict(each), "ids_a_second": each.ids_a_second} for each in append_logs],
        "waits": [asdict(each) for each in waits],
    }
    chosen.output.write_text(json.dumps(found, indent=2))
    console.print(str(chosen.output))
    return 0


def _contention(append_logs: Sequence[Contended]) -> Table:
    title = f"Routers that append {_IDS} ids to one append log at once, for {_SECONDS:.0f} s"
    table = Table(
        "routers", "each after", "ids/s", "median", "slowest in 100", "refused", "writes", "reads", title=title
    )
    for found in append_logs:
        table.add_row(
            str(found.routers),
            f"{found.pause:.1f} s",
            f"{found.ids_a_second:,.0f}",
            f"{found.median * 1000:.0f} ms",
            f"{found.slow * 1000:.0f} ms",
            *(f"{each:.1f}" for each in (found.refused, found.writes, found.reads)),
        )
    return table


def _waits() -> list[Waited]:
    mapped = deployment(3).mapped
    shipped = (mapped["router"].window, mapped["destination"].window)
    return [
        waited(rate, *windows, pollers=5)
        for rate in (1.0, 10.0, 100.0, 1000.0)
        for windows in ((1.0, 0.0), shipped, (10.0, 60.0))
    ]


def _latencies(waits: Sequence[Waited]) -> Table:
    title = "From receipt to the vendor's answer"
    table = Table("requests/s", "router's window", "destination's window", "median", "slowest in 20", title=title)
    for found in waits:
        seconds = (found.router_window, found.destination_window)
        rest = (f"{found.median:.1f} s", f"{found.slow:.1f} s")
        table.add_row(f"{found.requests_a_second:,.0f}", *(f"{each:.0f} s" for each in seconds), *rest)
    return table


if __name__ == "__main__":
    sys.exit(main())
