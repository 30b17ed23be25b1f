"""`python -m checks.cost`: compute what a million events cost, what each lever is worth, and what is paid at rest.

Real traffic passes the real handlers, on twins that count. Prices and assumptions are in checks/cost/prices.yaml.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from checks.cost import naive, prices
from checks.cost.bills import warehouse
from checks.cost.bills.flood import COMING, Hour, hours
from checks.cost.bills.month import count, month, months, named
from checks.cost.bills.rest import at_rest
from checks.cost.deployment import Deployment, deployment
from checks.cost.levers import IDS_OF_A_CALLER, LEVERS, windows
from checks.cost.pace import pace
from checks.cost.page import by_month, of_warehouse
from checks.cost.pipeline import Pipeline
from checks.cost.prices import Assumptions, Prices
from checks.cost.shapes import Shape
from checks.cost.usage import OUTSIDE, SERVICES, Usage, total
from checks.cost.vendor import exchange_seconds

#: The shape that is varied: three destinations that take batches, a thousand events a second.
REFERENCE = Shape()
#: Dollars for a million events, by events a request; and a month at rest.
GOALS = {20: 0.18, 1: 2.20}
#: The same for a function URL in place of API Gateway.
URL_GOALS = {1: 0.95}
REST_GOAL = 4.00
#: Dollars that a warehouse adds to a million events.
WAREHOUSE_GOAL = 0.005
#: Of the traffic: less gives wrong figures.
_LEAST_SHARE = 0.2
#: A destination of each kind that takes batches, several times over; more tell nothing new, and take long.
_MOST_DESTINATIONS, _MOST_BATCH = 50, 500


class Costs:
    """Runs shapes, and keeps what they came to for the JSON."""

    def __init__(self, share: float = 1.0) -> None:
        """`share` of each shape's time."""
        self.share = share
        self.prices, self.assumed = prices.load()
        self.exchange = exchange_seconds() / pace(self.assumed.reference_event_seconds)
        self.rows: list[dict[str, Any]] = []

    def run(self, what: str, shape: Shape, deployed: Deployment, assumed: Assumptions | None = None) -> Usage:
        run = replace(shape, seconds=shape.seconds * self.share)
        pipeline = Pipeline(run, deployed, assumed or self.assumed, self.exchange)
        used = pipeline.run()
        functions = {
            name: {
                "invocations": spent.invocations,
                "cpu_ms": spent.cpu_seconds / spent.invocations * 1000,
                "billed_ms": spent.billed_seconds / spent.invocations * 1000,
            }
            for name, spent in pipeline.spent.items()
        }
        self.note(what, run, used, metrics=pipeline.metrics, functions=functions)
        return used

    def naive(self, shape: Shape, deployed: Deployment) -> Usage:
        used = naive.usage(shape, deployed, self.assumed)
        self.note("naive", shape, used)
        return used

    def note(self, what: str, shape: Shape, used: Usage, **more: Any) -> None:
        dollars = used.dollars(self.prices)
        units, stages = used.per_million(), used.by_stage(self.prices)
        row = {"what": what, "shape": asdict(shape), "total": total(dollars), "dollars": dollars, "stages": stages}
        self.rows.append({**row, "units": units, **more})


def shapes() -> Iterator[Shape]:
    for events in (1, 20, 100):
        for destinations in (1, 3, 10):
            for retries in (0.001, 0.01):
                yield replace(REFERENCE, events=events, destinations=destinations, retries=retries)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.cost", description="What a million events cost.")
    parser.add_argument("--output", type=Path, default=Path(".sluice/cost.json"))
    parser.add_argument("--share", type=float, default=1.0, help="of the traffic: 0.05 shows in seconds that it works")
    parser.add_argument("--warehouse", action="store_true", help="only what a warehouse adds")
    parser.add_argument("--events", help="a month: only that is computed, as 50M or 200K")
    parser.add_argument("--batch", type=int, default=20, help="events a request, for --events")
    parser.add_argument("--destinations", type=int, default=3, help="for --events")
    parser.add_argument("--front", choices=("api", "url"), default="api", help="what takes requests, for --events")
    parser.add_argument("--window", type=float, help="seconds of all windows, for --events; left out: as shipped")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 150)
    if chosen.events is not None:
        return _month(chosen, parser, console)
    if chosen.warehouse:
        prices_, assumed = prices.load()
        _write(chosen.output, {"warehouse": _warehouse(prices_, assumed, console)}, console)
        return 0
    if chosen.share < _LEAST_SHARE:
        console.print(f"A share below {_LEAST_SHARE} is too little traffic for figures: this shows that it works.")
    costs = Costs(chosen.share)
    _shapes(costs, console)
    _fronts(costs, console)
    _hooks(costs, console)
    _rates(costs, console)
    _ids(costs, console)
    _levers(costs, console)
    flood = _flood(costs, console)
    by_size = _months(costs, console)
    rest = _rest(costs, console)
    added = _warehouse(costs.prices, costs.assumed, console)
    _write(chosen.output, {**_document(costs, rest, flood, by_size), "warehouse": added}, console)
    return 0


def _write(file: Path, document: dict[str, Any], console: Console) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2))
    console.print(str(file))


def _warehouse(paid: Prices, assumed: Assumptions, console: Console) -> dict[str, dict[str, float]]:
    """Print what a warehouse adds, and return it for the JSON."""
    found = warehouse.bill(paid, assumed)
    head, *cells = of_warehouse(found, WAREHOUSE_GOAL)
    table = Table(*head, title="What a warehouse adds, in a stack: into Postgres, once an hour", title_justify="left")
    for each in cells:
        table.add_row(*each)
    console.print(table)
    return found


def _table(title: str, *first: str) -> Table:
    table = Table(*first, "$ a million", *(name for name in SERVICES), title=title, title_justify="left")
    for column in table.columns[len(first) :]:
        column.justify = "right"
    return table


def _row(table: Table, used: Usage, costs: Costs, *first: str, goal: float | None = None) -> float:
    dollars = used.dollars(costs.prices)
    sum_ = total(dollars)
    told = f"{sum_:.3f}" if goal is None else f"{sum_:.3f} [{'green' if sum_ <= goal else 'red'}](goal {goal:.2f})"
    table.add_row(*first, told, *(f"{dollars[name]:.3f}" for name in SERVICES))
    return sum_


def _shapes(costs: Costs, console: Console) -> None:
    title = f"By shape, at {REFERENCE.rate:,.0f} events/s; data out is the vendor's distance and not in the sum"
    table = _table(title, "events a request", "destinations", "retries")
    for shape in shapes():
        used = costs.run("shape", shape, deployment(shape.destinations))
        goal = GOALS.get(shape.events) if shape.destinations == 3 else None
        _row(table, used, costs, str(shape.events), str(shape.destinations), f"{shape.retries:.1%}", goal=goal)
    for events in (1, 20, 100):
        shape = replace(REFERENCE, events=events)
        _row(table, costs.naive(shape, deployment(3)), costs, str(events), "3", "naive design")
    console.print(table)


def _fronts(costs: Costs, console: Console) -> None:
    table = _table("With a function URL in place of API Gateway, to three destinations", "events a request")
    for events in (1, 20, 100):
        deployed = replace(deployment(3), front="FunctionUrl")
        used = costs.run("function url", replace(REFERENCE, events=events), deployed)
        _row(table, used, costs, str(events), goal=URL_GOALS.get(events))
    console.print(table)


def _hooks(costs: Costs, console: Console) -> None:
    table = _table("Sent by another tool's webhook, signed, to three destinations", "events a hook")
    for events in (1, 20):
        used = costs.run("hook", replace(REFERENCE, events=events, is_hook=True), deployment(3))
        _row(table, used, costs, str(events))
    console.print(table)


def _rates(costs: Costs, console: Console) -> None:
    table = _table("By rate, with three destinations", "events/s", "events a request", "windows")
    for events in (1, 20):
        for rate, seconds in ((1.0, 400.0), (10.0, 120.0), (100.0, 40.0), (1000.0, 12.0), (4000.0, 5.0)):
            shape = replace(REFERENCE, events=events, rate=rate, seconds=seconds)
            first = (f"{rate:,.0f}", str(events))
            _row(table, costs.run("rate", shape, deployment(3)), costs, *first, "as shipped")
            if rate <= 100:
                long = windows(60.0)(deployment(3), costs.assumed)[0]
                _row(table, costs.run("rate, windows of 60 s", shape, long), costs, *first, "60 s")
    console.print(table)


def _ids(costs: Costs, console: Console) -> None:
    table = _table("Who makes the messageIds, at 20 events a request", "messageIds")
    _row(table, costs.run("ids", REFERENCE, deployment(3)), costs, "an SDK, for each event")
    with IDS_OF_A_CALLER.without():
        _row(table, costs.run("ids of a caller", REFERENCE, deployment(3)), costs, IDS_OF_A_CALLER.name)
    console.print(table)


def _levers(costs: Costs, console: Console) -> None:
    table = _table("What each measure is worth, at 20 events a request", "without it, or with another")
    for lever in LEVERS:
        deployed, assumed = lever.change(deployment(3), costs.assumed)
        with lever.without():
            _row(table, costs.run(lever.name, REFERENCE, deployed, assumed), costs, lever.name)
    console.print(table)


def _flood(costs: Costs, console: Console) -> list[Hour]:
    shape = replace(REFERENCE, events=1, seconds=4.0 * costs.share)
    found = list(hours(shape, deployment(3), costs.assumed, costs.prices))
    title = f"A flood: an hour of {COMING:,.0f} requests/s with one write key, an event in each"
    table = Table("brakes", "passed/s", "refused by us/s", "$ an hour", title=title, title_justify="left")
    for each in found:
        table.add_row(each.what, f"{each.passed:,.0f}", f"{each.refused:,.0f}", f"{each.dollars:.2f}")
    console.print(table)
    return found


def _months(costs: Costs, console: Console) -> list[dict[str, Any]]:
    """Print months of several sizes, and return them for the JSON."""
    found = months(costs.prices, costs.assumed, costs.exchange, costs.share)
    rows = [{**asdict(each), "sum": each.sum} for each in found]
    head, *cells = by_month(rows)
    title = "A month, to three destinations: events, what is paid at rest, and metrics"
    table = Table(*head, title=title, title_justify="left")
    for each in cells:
        table.add_row(*each)
    console.print(table)
    return rows


def _month(chosen: argparse.Namespace, parser: argparse.ArgumentParser, console: Console) -> int:
    """Print what a month costs at one size."""
    try:
        events = count(chosen.events)
    except ValueError as error:
        parser.error(str(error))
    if not 1 <= chosen.batch <= _MOST_BATCH or not 1 <= chosen.destinations <= _MOST_DESTINATIONS:
        parser.error(f"--batch is from 1 to {_MOST_BATCH}, and --destinations from 1 to {_MOST_DESTINATIONS}")
    if chosen.window is not None and not 0 <= chosen.window <= 300:
        parser.error("--window is from 0 to 300 seconds")
    costs = Costs(chosen.share)
    found = month(
        events, chosen.batch, chosen.destinations, chosen.window, costs.prices, costs.assumed, costs.exchange,
        chosen.share, "FunctionUrl" if chosen.front == "url" else None,
    )  # fmt: skip
    way = f"{named((chosen.batch, chosen.window))}, to {chosen.destinations} destinations"
    way += ", by a function URL" if chosen.front == "url" else ""
    console.print(f"{events:,.0f} events a month, {found.rate:,.1f} a second, {way}; without free tiers")
    table = Table("paid for", "$ a month")
    for name, dollars in found.dollars.items():
        table.add_row(name, f"{dollars:,.2f}")
    table.add_row("together", f"{found.sum:,.2f}")
    table.add_row("for a million", f"{found.sum / events * 1e6:,.2f}")
    console.print(table)
    return 0


def _rest(costs: Costs, console: Console) -> dict[str, float]:
    rest = at_rest(deployment(3), costs.prices, costs.assumed)
    month = sum(rest.values())
    table = Table("at rest, three destinations", "$ a month", title_justify="left")
    for name, dollars in rest.items():
        table.add_row(name, f"{dollars:.2f}")
    table.add_row("together", f"{month:.2f} [{'green' if month <= REST_GOAL else 'red'}](goal {REST_GOAL:.2f})")
    metrics = statistics.median(row["metrics"] for row in costs.rows if row["what"] == "rate")
    table.add_row(
        f"besides, while something arrives: {metrics:.0f} metrics", f"{metrics * costs.prices.metric_month:.2f}"
    )
    console.print(table)
    return rest


def _document(
    costs: Costs, rest: dict[str, float], flood: Sequence[Hour], by_size: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "prices": _plain(costs.prices),
        "assumptions": _plain(costs.assumed),
        "exchange_cpu_ms": costs.exchange * 1000,
        "outside_the_sum": OUTSIDE,
        "at_rest": rest,
        "flood": [asdict(each) for each in flood],
        "months": by_size,
        "rows": costs.rows,
    }


def _plain(values: Prices | Assumptions) -> dict[str, Any]:
    return asdict(values)


if __name__ == "__main__":
    sys.exit(main())
