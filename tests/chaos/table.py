"""The counts, for people."""

from collections.abc import Iterable

from tests.chaos.counts import Counts

#: Over two lines: what is counted, and at which time or how often.
COLUMNS = (
    ("", "scenario"),
    ("processes", "ended"),
    ("answers", "not 200"),
    ("", "sent"),
    ("", "accepted"),
    ("", "archived"),
    ("", "rejected"),
    ("delivered", "meanwhile"),
    ("", "delivered"),
    ("", "lost"),
    ("archived", "again"),
    ("delivered", "again"),
)


def table(counts: Iterable[Counts]) -> str:
    rows = [*zip(*COLUMNS, strict=True), *(tuple(map(str, _row(each))) for each in counts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(counts: Counts) -> tuple[str | int, ...]:
    return (
        counts.scenario,
        counts.killed,
        counts.refused.total(),
        counts.sent,
        counts.accepted,
        counts.archived,
        counts.rejected,
        counts.delivered_by_then,
        counts.delivered,
        counts.lost,
        counts.archived_again,
        counts.delivered_again,
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)])
