"""What was sent beside what was archived, rejected and delivered: the numbers of a row, and each difference by name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from checks.compat.fields import Event, Window, differences
from checks.compat.rows import Row
from checks.compat.run import Run, Told
from checks.compat.script import MAIN, Call, mark_of, name_of, unmarked
from sluice.edge.responses import RETRY_AFTER_SECONDS

_DESTINATION = "Webhook"
#: Seconds by which a client's timer may be early.
_EARLY = 0.1

type ByName = Mapping[str | None, list[Event]]


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
    names = _names(runs, found)
    archived, delivered = _by_name(found.archived, names), _by_name(found.delivered, names)
    verdicts = [_judge(run, archived, delivered, window) for run in runs]
    for verdict in verdicts:
        if verdict.run == MAIN:
            _strangers(verdict, [run for run in runs if run.row.id == verdict.row.id], found, names)
    return verdicts


def _judge(run: Run, archived: ByName, delivered: ByName, window: Window) -> Verdict:
    verdict = Verdict(run.row, run.name)
    dropped = _dropped(run)
    for call, told in zip(run.calls, run.told, strict=True):
        name = name_of(run.row, call)
        events, deliveries = archived.get(name, []), delivered.get(name, [])
        verdict.sent += 1
        verdict.archived += len(events)
        verdict.delivered += len(deliveries)
        if not events and name in dropped:
            verdict.given_up += 1
            continue
        problems = [*_counts(verdict, call, events, deliveries)]
        if events and (wrong := [*_wrong(run.row, call, told, events[0], deliveries, window)]):
            verdict.wrong += 1
            problems += wrong
        if told.error is not None and not events:
            problems.append(f"the SDK says {told.error}")
        verdict.problems += [f"{name} ({call['type']}): {problem}" for problem in problems]
    _attempts(run, verdict)
    if run.name == MAIN or verdict.problems:
        verdict.problems += [f"{run.row.id}/{run.name}: the SDK reports {error}" for error in run.errors]
    return verdict


def _counts(verdict: Verdict, call: Call, events: Sequence[Event], deliveries: Sequence[Event]) -> Iterator[str]:
    """Each call is in the archive once, and at the webhook once unless it said that it shall not."""
    wanted = {"archived": 1, "delivered": int(_is_wanted(call))}
    for where, count in (("archived", len(events)), ("delivered", len(deliveries))):
        verdict.lost += max(wanted[where] - count, 0)
        verdict.duplicated += max(count - wanted[where], 0)
        if count != wanted[where]:
            yield f"{where} {count} times instead of {wanted[where]}"


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


def _strangers(verdict: Verdict, runs: Sequence[Run], found: Found, names: Mapping[str, str]) -> None:
    """What is in the row's archive and nobody asked for, and what was rejected."""
    known = {name_of(run.row, call) for run in runs for call in run.calls}
    for event in found.archived:
        if event.get("sourceId") == verdict.row.id and _name(event, names) not in known:
            verdict.wrong += 1
            verdict.problems.append(f"{verdict.row.id}: an event that no call made: {_short(dict(event))}")
    for event in found.rejected:
        if event.get("sourceId") == verdict.row.id:
            verdict.rejected += 1
            verdict.problems.append(
                f"{verdict.row.id}: rejected, {event.get('reason')}: {_short(event.get('original'))}"
            )


def _dropped(run: Run) -> frozenset[str]:
    """Marks of the calls that the client may give up: refused for good, or in a way after which it never tries again.

    An upload of which only the answer was lost has been let in, so nothing of it may be missing.
    """
    fault = run.fault
    if fault is None or fault.answer is None or not (fault.permanent or fault.name in run.row.gives_up):
        return frozenset()
    return frozenset(mark for upload in run.uploads if upload.faulted for mark in upload.marks)


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
    if fault.name in run.row.waits and any(delay < RETRY_AFTER_SECONDS - _EARLY for delay in verdict.delays):
        verdict.problems.append(f"{run.row.id}/{run.name}: came back after {verdict.delays} seconds, sooner than told")
    if not gives_up and verdict.attempts == 1:
        verdict.problems.append(f"{run.row.id}/{run.name}: not tried again")


def _names(runs: Sequence[Run], found: Found) -> dict[str, str]:
    """By message id, what events without marks are known by: the archive says their source, a delivery does not."""
    rows = {run.row.id for run in runs if run.row.clicks}
    return {
        event["messageId"]: unmarked(event["sourceId"], event["type"])
        for event in found.archived
        if event["sourceId"] in rows
    }


def _name(event: Event, names: Mapping[str, str]) -> str | None:
    return names.get(event["messageId"]) or mark_of(event)


def _by_name(events: Sequence[Event], names: Mapping[str, str]) -> ByName:
    by_name: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        by_name[_name(event, names)].append(event)
    return by_name


def _is_wanted(call: Call) -> bool:
    return call.get("integrations", {}).get(_DESTINATION) is not False


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:120]} … ({len(text)} characters)"
