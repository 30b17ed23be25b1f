"""What was sent beside what was archived, rejected and delivered: the numbers of a row, and each difference by name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from compat.fields import Event, Window, differences
from compat.rows import Row
from compat.running import Run, Told
from compat.script import MAIN, Call, mark_of

_DESTINATION = "Webhook"


@dataclass(slots=True)
class Verdict:
    """One run of one row. `problems` is empty where everything is as it must be; each is for a person to read."""

    row: Row
    run: str
    sent: int = 0
    archived: int = 0
    delivered: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: int = 0
    rejected: int = 0
    attempts: int = 0
    delays: list[float] = field(default_factory=list)
    """Seconds between the attempts of the upload that was tried most often."""
    given_up: int = 0
    """Events that were in an upload to which the client got no 200, and that it then dropped."""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """All that the local system has of all rows, as it lies there."""

    archived: Sequence[Event]
    rejected: Sequence[Event]
    delivered: Sequence[Event]


def judge(runs: Sequence[Run], found: Found, window: Window) -> list[Verdict]:
    """In the order of the runs."""
    archived, delivered = _by_mark(found.archived), _by_mark(found.delivered)
    verdicts = [_judge(run, archived, delivered, window) for run in runs]
    for verdict in verdicts:
        if verdict.run == MAIN:
            _strangers(verdict, [run for run in runs if run.row.id == verdict.row.id], found)
    return verdicts


def _judge(
    run: Run, archived: Mapping[str | None, list[Event]], delivered: Mapping[str | None, list[Event]], window: Window
) -> Verdict:
    verdict = Verdict(run.row, run.name)
    lost_by_fault = _dropped_marks(run, archived)
    for call, told in zip(run.calls, run.told, strict=True):
        mark = mark_of(call)
        verdict.sent += 1
        events, deliveries = archived.get(mark, []), delivered.get(mark, [])
        verdict.archived += len(events)
        verdict.delivered += len(deliveries)
        if not events and mark in lost_by_fault:
            verdict.given_up += 1
            continue
        if told.error is not None and not events:
            verdict.problems.append(f"{mark}: the SDK says {told.error}")
        for where, count, wanted in (
            ("archived", len(events), 1),
            ("delivered", len(deliveries), 1 if _is_wanted(call) else 0),
        ):
            verdict.lost += max(wanted - count, 0)
            verdict.duplicated += max(count - wanted, 0)
            if count != wanted:
                verdict.problems.append(f"{mark} ({call['type']}): {where} {count} times instead of {wanted}")
        if events and (found := list(_wrong(run.row, call, told, events[0], deliveries, window))):
            verdict.wrong += 1
            verdict.problems += [f"{mark} ({call['type']}): {each}" for each in found]
    _attempts(run, verdict)
    if run.name == MAIN or verdict.problems:
        verdict.problems += [f"{run.row.id}/{run.name}: the SDK reports {error}" for error in run.errors]
    return verdict


def _wrong(
    row: Row, call: Call, told: Told, event: Event, deliveries: Sequence[Event], window: Window
) -> Iterator[str]:
    for each in differences(row, call, told, event, window):
        yield f"{each.field} should be {_short(each.expected)}, is {_short(each.got)}"
    as_archived = {name: value for name, value in event.items() if name != "sourceId"}
    for delivery in deliveries[:1]:
        if delivery != as_archived:
            names = [name for name in {**delivery, **as_archived} if delivery.get(name) != as_archived.get(name)]
            yield f"delivered otherwise than archived: {', '.join(names)}"


def _strangers(verdict: Verdict, runs: Sequence[Run], found: Found) -> None:
    """What is in the row's archive and nobody asked for, and what was rejected."""
    known = {mark_of(call) for run in runs for call in run.calls}
    for event in found.archived:
        if event.get("sourceId") == verdict.row.id and mark_of(event) not in known:
            verdict.wrong += 1
            verdict.problems.append(f"{verdict.row.id}: an event that no call made: {_short(dict(event))}")
    for event in found.rejected:
        if event.get("sourceId") == verdict.row.id:
            verdict.rejected += 1
            verdict.problems.append(
                f"{verdict.row.id}: rejected, {event.get('reason')}: {_short(event.get('original'))}"
            )


def _dropped_marks(run: Run, archived: Mapping[str | None, list[Event]]) -> set[str | None]:
    """Marks of calls that the client may give up: their upload was refused for good, or it is known to do so.

    The events of a refused upload cannot be told by their marks, so as many as were refused are taken of those that
    are missing.
    """
    fault = run.fault
    if fault is None or not (fault.permanent or fault.name in run.row.gives_up):
        return set()
    refused = len({each for upload in run.uploads if upload.faulted for each in upload.ids})
    missing = [mark_of(call) for call in run.calls if not archived.get(mark_of(call))]
    return set(missing[:refused])


def _attempts(run: Run, verdict: Verdict) -> None:
    """Of the faulted uploads the one that was tried most often, and whether that is what the row is known to do."""
    fault = run.fault
    if fault is None:
        return
    tries: list[list[float]] = [
        [upload.at for upload in run.uploads if upload.ids & first.ids] for first in run.uploads if first.faulted
    ]
    if not tries:
        verdict.problems.append(f"{run.row.id}/{run.name}: nothing was uploaded")
        return
    longest = max(tries, key=len)
    verdict.attempts = len(longest)
    verdict.delays = [round(later - earlier, 2) for earlier, later in pairwise(longest)]
    gives_up = fault.name in run.row.gives_up or (fault.permanent and not run.row.persists)
    if gives_up and verdict.attempts > 1:
        verdict.problems.append(f"{run.row.id}/{run.name}: tried {verdict.attempts} times instead of once")
    if not gives_up and verdict.attempts == 1:
        verdict.problems.append(f"{run.row.id}/{run.name}: not tried again")


def _by_mark(events: Sequence[Event]) -> Mapping[str | None, list[Event]]:
    found: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        found[mark_of(event)].append(event)
    return found


def _is_wanted(call: Call) -> bool:
    return call.get("integrations", {}).get(_DESTINATION) is not False


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:120]} … ({len(text)} characters)"
