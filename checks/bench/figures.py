"""Figures: what was measured, beside a floor measured in the same run, round by round."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from rich.console import Console
from rich.table import Table

#: Rounds of each figure: ours, then the floor, then ours again, so that what else the machine does falls on both.
ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`ours` and `floor` have a value for each round, in `unit`; more is better where that ends in `/s`.

    `goal` is for how often the floor goes into ours, or for the value itself where `is_absolute`.
    """

    part: str
    what: str
    unit: str
    ours: tuple[float, ...]
    floor: tuple[float, ...]
    goal: float | None = None
    is_absolute: bool = False

    @property
    def is_rate(self) -> bool:
        return self.unit.endswith("/s")

    @property
    def value(self) -> float:
        return statistics.median(self.ours)

    @property
    def least(self) -> float:
        """Of the floor."""
        return statistics.median(self.floor)

    @property
    def times(self) -> float:
        """How many times the floor it is, by the median of the rounds: 1 is the floor itself."""
        pairs = zip(self.ours, self.floor, strict=True)
        return statistics.median(floor / ours if self.is_rate else ours / floor for ours, floor in pairs)

    @property
    def is_reached(self) -> bool | None:
        if self.goal is None:
            return None
        if self.is_absolute:
            return self.value >= self.goal if self.is_rate else self.value <= self.goal
        return self.times <= self.goal

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Figure":
        """What `document` wrote."""
        given = {name: document[name] for name in ("part", "what", "unit", "goal", "is_absolute")}
        return cls(**given, ours=tuple(document["ours"]), floor=tuple(document["floor"]))

    def document(self) -> dict[str, Any]:
        more = {"value": self.value, "times": self.times, "reached": self.is_reached}
        return {**asdict(self), **more}


class Rounds(TypedDict):
    ours: tuple[float, ...]
    floor: tuple[float, ...]


def compared(work: Callable[[], float], floor: Callable[[], float], rounds: int = ROUNDS) -> Rounds:
    """Rounds of both, which return what they measured; one of each before that, to be warm."""
    work(), floor()
    pairs = [(work(), floor()) for _ in range(rounds)]
    return {"ours": tuple(ours for ours, _ in pairs), "floor": tuple(least for _, least in pairs)}


def scaled(rounds: Rounds, factor: float) -> Rounds:
    return {"ours": tuple(v * factor for v in rounds["ours"]), "floor": tuple(v * factor for v in rounds["floor"])}


def show(console: Console, figures: Iterable[Figure]) -> list[Figure]:
    """A table of them, a row at a time."""
    shown = list(figures)
    for part in dict.fromkeys(figure.part for figure in shown):
        mine = [figure for figure in shown if figure.part == part]
        table = Table(
            part, "unit", "median", "lowest to highest", "floor", "times the floor", "goal", title_justify="left"
        )
        for figure in mine:
            table.add_row(*_row(figure))
        console.print(table)
    return shown


def _row(figure: Figure) -> Sequence[str]:
    spread = f"{number(min(figure.ours))} to {number(max(figure.ours))}"
    told = "" if figure.goal is None else f"[{'green' if figure.is_reached else 'red'}]{goal(figure)}"
    return (figure.what, figure.unit, number(figure.value), spread, number(figure.least), f"{figure.times:.2f}", told)


def goal(figure: Figure) -> str:
    """`≤ 1.30 times, yes`; nothing where there is none."""
    if figure.goal is None:
        return ""
    sign = "≥" if figure.is_absolute and figure.is_rate else "≤"
    value = number(figure.goal) if figure.is_absolute else f"{figure.goal:.2f} times"
    return f"{sign} {value}, {'yes' if figure.is_reached else 'no'}"


def number(value: float) -> str:
    """With three digits or more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
