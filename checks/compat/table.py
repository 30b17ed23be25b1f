"""The results for people: a table of the main runs, one of the faults, and every difference in words."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from checks.compat.comparison import Verdict
from checks.compat.faults import FAULTS
from checks.compat.rows import Row
from checks.compat.script import MAIN

#: Problems printed of each run; all of them are in the file.
_PRINTED = 8


def show(console: Console, verdicts: Sequence[Verdict], skipped: Mapping[Row, str]) -> None:
    console.print(events_table(verdicts))
    console.print(faults_table(verdicts))
    for verdict in verdicts:
        for problem in verdict.problems[:_PRINTED]:
            console.print(f"  DIFFERENT  {problem}", style="red", markup=False, highlight=False)
        if (more := len(verdict.problems) - _PRINTED) > 0:
            console.print(f"             … and {more} more of {verdict.row.id}/{verdict.run}", style="red")
    for row, reason in skipped.items():
        console.print(f"  SKIPPED    {row.name}: {reason}", style="bold yellow", markup=False, highlight=False)


def events_table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(title="What became of every event", title_justify="left")
    for name in ("SDK", "sent", "archived", "delivered", "lost", "duplicated", "fields wrong", "rejected"):
        table.add_column(name, justify="left" if name == "SDK" else "right")
    for each in verdicts:
        if each.run == MAIN:
            bad = (each.lost, each.duplicated, each.wrong, each.rejected)
            table.add_row(
                each.row.name, *map(str, (each.sent, each.archived, each.delivered)), *(_zero(number) for number in bad)
            )
    return table


def faults_table(verdicts: Sequence[Verdict]) -> Table:
    """Attempts and the seconds between them; how many events were given up, lost against the rules, or made twice."""
    table = Table(title="What it does when we answer otherwise (attempts: seconds between them)", title_justify="left")
    table.add_column("SDK")
    for fault in FAULTS:
        table.add_column(fault.name if fault.times == 1 else f"{fault.name}, {fault.times} times")
    table.add_column("lost", justify="right")
    table.add_column("duplicated", justify="right")
    by_row: dict[Row, dict[str, Verdict]] = {}
    for each in verdicts:
        if each.run != MAIN:
            by_row.setdefault(each.row, {})[each.run] = each
    for row, runs in by_row.items():
        lost, duplicated = sum(each.lost for each in runs.values()), sum(each.duplicated for each in runs.values())
        table.add_row(
            row.name,
            *(_tried(runs[fault.name]) if fault.name in runs else "" for fault in FAULTS),
            _zero(lost),
            _zero(duplicated),
        )
    return table


def _tried(verdict: Verdict) -> str:
    delays = " ".join(f"{delay:.1f}" for delay in verdict.delays)
    dropped = f", {verdict.given_up} given up" if verdict.given_up else ""
    return f"{verdict.attempts}{f': {delays}' if delays else ''}{dropped}"


def _zero(number: int) -> str:
    return "0" if number == 0 else f"[bold red]{number}[/]"
