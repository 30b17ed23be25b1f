"""What `make cost` and `python -m checks.cost.scale` found, as tables of Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.cost.bills.month import named
from checks.cost.bills.rest import MONTH_SECONDS
from checks.cost.usage import OUTSIDE, SERVICES

type Row = Mapping[str, Any]


#: The cells of a table, its head first.
type Table = list[list[str]]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    return [list(head), *map(list, rows)]


def markdown(cells: Table) -> str:
    """Return a table in Markdown. Its first column is aligned left, the others right, as numbers are."""
    head, *rows = cells
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(each) + " |" for each in lines)


def tables(documents: Sequence[Mapping[str, Any]]) -> dict[str, Table]:
    """By name. The first document is the one that is shown; what the others come to stands beside it."""
    added = documents[0].get("warehouse")
    of_warehouses = {"cost of a warehouse": of_warehouse(added)} if added else {}
    if "rows" not in documents[0]:
        return of_warehouses
    rows = list(zip(*(each["rows"] for each in documents), strict=True))
    return of_warehouses | {
        "cost in short": _in_short(rows),
        "cost a month": by_month(documents[0]["months"]),
        "cost by shape": _by_shape(rows),
        "cost by line": _by_line(rows),
        "cost by function url": _by_url(rows),
        "cost by rate": _by_rate(rows),
        "levers": _levers(rows),
        "functions": _functions(rows),
        "flood": _flood(documents[0]),
        "rest": _rest(documents[0]),
    }


def of_warehouse(found: Mapping[str, Mapping[str, float]], goal: float = 0.0) -> Table:
    """Return what a warehouse adds, line by line."""
    lines = []
    for what, dollars in found.items():
        lines += [[f"{what}: {name}", f"{each:.4f}"] for name, each in dollars.items()]
        told = f" (goal {goal:.3f})" if goal and what == "a million events" else ""
        lines.append([f"{what}: together", f"{sum(dollars.values()):.4f}{told}"])
    return table(["", "$"], lines)


def _to_three(rows: Sequence[Sequence[Row]], what: str) -> dict[int, Row]:
    """What the goals are for, to three destinations with few retries: `shape` or `naive`, by events a request."""
    shapes = [(run["shape"], run) for run, *_ in rows if run["what"] == what]
    return {shape["events"]: run for shape, run in shapes if (shape["destinations"], shape["retries"]) == (3, 0.001)}


def _in_short(rows: Sequence[Sequence[Row]]) -> Table:
    naive = _to_three(rows, "naive")
    lines = [
        [str(events), f"{run['total']:.2f}", f"{naive[events]['total']:.2f}"]
        for events, run in _to_three(rows, "shape").items()
    ]
    return table(["events a request", "Sluice at 1,000 events/s", "what one builds first"], lines)


def by_month(found: Sequence[Row]) -> Table:
    """Sizes down, ways in which events come across."""
    by_size: dict[float, list[Row]] = {}
    for each in found:
        by_size.setdefault(each["events"], []).append(each)
    lines = [
        [f"{size / 1e6:,.0f} million", f"{size / MONTH_SECONDS:,.1f}", *(f"{each['sum']:,.0f}" for each in ways)]
        for size, ways in by_size.items()
    ]
    ways = [named((each["batch"], each["window"])) for each in next(iter(by_size.values()))]
    return table(["events a month", "events/s", *ways], lines)


def _by_shape(rows: Sequence[Sequence[Row]]) -> Table:
    """Events a request down, destinations across, with 0.1 % and with 1 % of retries."""
    naive = _to_three(rows, "naive")
    found: dict[int, dict[str, str]] = {}
    for runs in rows:
        shape = runs[0]["shape"]
        if runs[0]["what"] == "shape":
            column = f"to {shape['destinations']}, {shape['retries']:.1%} again"
            found.setdefault(shape["events"], {})[column] = _totals(runs)
    lines = [[str(events), *each.values(), f"{naive[events]['total']:.2f}"] for events, each in found.items()]
    head = next(iter(found.values()))
    return table(["events a request", *head, "naive, to 3"], lines)


def _totals(runs: Sequence[Row]) -> str:
    return " / ".join(f"{run['total']:.3f}" for run in runs)


def _by_line(rows: Sequence[Sequence[Row]]) -> Table:
    lines = [
        [f"{name}, {events} a request", *(f"{run['dollars'][each]:.3f}" for each in SERVICES), f"{run['total']:.3f}"]
        for what, name in (("shape", "Sluice"), ("naive", "naive"))
        for events, run in _to_three(rows, what).items()
    ]
    head = [f"{service} (outside the sum)" if service == OUTSIDE else service for service in SERVICES]
    return table(["$ a million", *head, "sum"], lines)


def _by_url(rows: Sequence[Sequence[Row]]) -> Table:
    """With and without API Gateway, to three destinations."""
    api = {events: runs for runs in rows if (events := _reference_events(runs[0])) is not None}
    lines = []
    for runs in rows:
        if runs[0]["what"] == "function url":
            events = runs[0]["shape"]["events"]
            lines.append([str(events), _totals(api[events]), _totals(runs)])
    return table(["events a request", "API Gateway", "function URL"], lines)


def _reference_events(run: Row) -> int | None:
    """Return the events a request of a shape to three destinations with few retries; None for any other run."""
    shape = run["shape"]
    is_reference = run["what"] == "shape" and (shape["destinations"], shape["retries"]) == (3, 0.001)
    return int(shape["events"]) if is_reference else None


def _by_rate(rows: Sequence[Sequence[Row]]) -> Table:
    found: dict[tuple[int, str], dict[float, Row]] = {}
    for run, *_ in rows:
        if run["what"].startswith("rate"):
            windows = "windows of 60 s" if "60" in run["what"] else "as shipped"
            found.setdefault((run["shape"]["events"], windows), {})[run["shape"]["rate"]] = run
    rates = sorted({rate for each in found.values() for rate in each})
    lines = [
        [f"{events} a request, {windows}", *(f"{runs[rate]['total']:.2f}" if rate in runs else "" for rate in rates)]
        for (events, windows), runs in found.items()
    ]
    return table(["$ a million at", *(f"{rate:,.0f}/s" for rate in rates)], lines)


def _levers(rows: Sequence[Sequence[Row]]) -> Table:
    places = [index for index, (run, *_) in enumerate(rows) if run["what"] == "as it is"]
    shown = rows[places[0] :]
    base = shown[0][0]["total"]
    lines = [[runs[0]["what"], _totals(runs), f"{runs[0]['total'] - base:+.3f}"] for runs in shown]
    return table(["without it, or with another", "$ a million", "difference"], lines)


def _functions(rows: Sequence[Sequence[Row]]) -> Table:
    """What an invocation takes, in the shape that the goals are for."""
    run = next(runs[0] for runs in rows if runs[0]["what"] == "as it is")
    seconds = run["shape"]["seconds"]
    lines = [
        [name, f"{spent['invocations'] / seconds:.1f}", f"{spent['cpu_ms']:.1f}", f"{spent['billed_ms']:.0f}"]
        for name, spent in run["functions"].items()
    ]
    return table(["function", "invocations/s", "processor, ms", "billed, ms"], lines)


def _flood(document: Mapping[str, Any]) -> Table:
    lines = [
        [each["what"], f"{each['passed']:,.0f}", f"{each['refused']:,.0f}", f"{each['dollars']:.2f}"]
        for each in document["flood"]
    ]
    return table(["brakes", "requests/s that pass", "that we refuse", "$ an hour"], lines)


def _rest(document: Mapping[str, Any]) -> Table:
    lines = [[name, f"{dollars:.2f}"] for name, dollars in document["at_rest"].items()]
    lines.append(["together", f"{sum(document['at_rest'].values()):.2f}"])
    return table(["at rest, three destinations", "$ a month"], lines)


def simulated(document: Mapping[str, Any]) -> dict[str, Table]:
    """The tables of `python -m checks.cost.scale`."""
    measures = ("ids/s", "median", "slowest in 100", "refused", "write units", "read units")
    windows = ("router's window", "destination's window", "median", "slowest in 20")
    return {
        "append logs": table(["one append log", *measures], map(_append_log, document["append_logs"])),
        "waits": table(["requests/s", *windows], map(_wait, document["waits"])),
    }


def _append_log(found: Row) -> Sequence[str]:
    times = (f"{found[name] * 1000:,.0f} ms" for name in ("median", "slow"))
    units = (f"{found[name]:.1f}" for name in ("refused", "writes", "reads"))
    return (
        f"{found['routers']} routers, each after {found['pause']:.1f} s",
        f"{found['ids_a_second']:,.0f}",
        *times,
        *units,
    )


def _wait(found: Row) -> Sequence[str]:
    windows = (f"{found[name]:.0f} s" for name in ("router_window", "destination_window"))
    return f"{found['requests_a_second']:,.0f}", *windows, f"{found['median']:.1f} s", f"{found['slow']:.1f} s"
