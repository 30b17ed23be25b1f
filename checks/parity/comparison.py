"""One case: ours beside Segment's, each difference either one that is meant or one that is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any, Literal

from checks.parity.canonical import Place, leaves
from sluice.destinations.differences import Difference, Subject

type Who = Literal["ours", "theirs", "both"]
_NOTHING: Any = object()


@dataclass(slots=True)
class Compared:
    """`meant` and `unmeant` are differences as text; neither means equal."""

    meant: list[tuple[Difference, str]] = field(default_factory=list)
    unmeant: list[str] = field(default_factory=list)


def compare(
    ours: Sequence[Mapping[str, Any]],
    theirs: Sequence[Mapping[str, Any]],
    differences: Sequence[Difference],
    refusals: tuple[str | None, str | None] = (None, None),
    subject: Subject | None = None,
) -> Compared:
    """Compare canonical requests, in the order in which they were made.

    `refusals` say why there are none, ours and theirs; `subject` is what ours are about.
    """
    compared = Compared()
    judge = _Judge(compared, differences, subject or Subject())
    for mine, other in _paired(ours, theirs):
        if mine is None or other is None:
            who: Who = "theirs" if mine is None else "ours"
            judge(("request",), who, mine or refusals[0], other or refusals[1])
            continue
        left, right = dict(leaves(mine)), dict(leaves(other))
        for place in sorted(left.keys() | right.keys()):
            a, b = left.get(place, _NOTHING), right.get(place, _NOTHING)
            if a is _NOTHING or b is _NOTHING:
                if _is_filled(place, b if a is _NOTHING else a, left if a is _NOTHING else right):
                    continue
                judge(place, "ours" if b is _NOTHING else "theirs", _or_none(a), _or_none(b))
            elif a != b or type(a) is not type(b):
                judge(place, "both", a, b)
    return compared


def _paired(
    ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """By address where that tells them apart, else in order."""
    rest = list(theirs)
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    left: list[Mapping[str, Any]] = []
    for mine in ours:
        same = next((other for other in rest if other["url"] == mine["url"]), None)
        if same is None:
            left.append(mine)
        else:
            rest.remove(same)
            pairs.append((mine, same))
    return pairs + list(zip_longest(left, rest))


def _is_filled(place: Place, value: Any, others: Mapping[Place, Any]) -> bool:
    """An `a` that is `{}` beside an `a.b`: the latter says it all."""
    return value in ({}, []) and any(other[: len(place)] == place for other in others)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Tells a difference that is meant from one that is not."""

    compared: Compared
    differences: Sequence[Difference]
    subject: Subject

    def __call__(self, place: Place, who: Who, ours: Any, theirs: Any) -> None:
        where = ".".join(place)
        for each in self.differences:
            is_meant = _is_at(place, each.at) and each.who == who and each.holds(ours, theirs)
            if is_meant and each.fits(ours, self.subject):
                self.compared.meant.append((each, where))
                return
        self.compared.unmeant.append(f"{where}: ours {_short(ours)}, theirs {_short(theirs)}")


def _is_at(place: Place, pattern: str) -> bool:
    """A `*` stands for one name, and `**` at the end for whatever is there or below."""
    names = pattern.split(".")
    if names[-1] == "**":
        names = names[:-1]
        place = place[: len(names)]
    return len(names) == len(place) and all(map(fnmatchcase, place, names))


def _or_none(value: Any) -> Any:
    return None if value is _NOTHING else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
