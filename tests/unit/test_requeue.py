"""What remains of a pack: what goes back and when, and what becomes a dead letter."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sluice.delivery.backoff import LONGEST_WAIT, MAX_DELAY_SECONDS, PATIENCE, rounded_wait
from sluice.delivery.requeue import TaskResult, postponed, remainder
from sluice.destinations.outcome import Delivered, Discarded, Failed, Misconfigured, NotAttempted, Outcome, Retry
from sluice.messages.pack import Pack, PackHeader
from sluice.spec.times import iso, read
from tests.destinations import ended

NOW = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
REFUSED = Misconfigured("401", 401, "bad token")


def pack(*names: str, **header: Any) -> Pack:
    documents = tuple(json.dumps({"type": "track", "messageId": name}).encode() for name in names)
    return Pack(PackHeader(**{"kind": "delivery", "count": len(names), "destination": "crm", **header}), documents)


def names(documents: tuple[bytes, ...]) -> list[str]:
    return [json.loads(document)["messageId"] for document in documents]


def test_only_what_failed_goes_back_with_one_attempt_more() -> None:
    outcomes: list[Outcome] = [Delivered(200), Retry("503", 503), Discarded("400", 400), Retry("429", 429, after=60.0)]
    settled = remainder(pack("a", "b", "c", "d", attempt=2), ended(outcomes), NOW, jitter=lambda: 0.5)
    assert [(names(back.pack.documents), back.seconds) for back in settled.back] == [(["b"], 8), (["d"], 60)]
    assert [(back.pack.header.attempt, back.pack.header.first_attempt_at) for back in settled.back] == [
        (3, iso(NOW))
    ] * 2
    assert settled.dead == ()


def test_what_one_event_was_told_delays_no_other() -> None:
    outcomes: list[Outcome] = [Retry("500", 500), Retry("503", 503, after=86_400.0), Retry("500", 500)]
    settled = remainder(pack("m0", "m1", "m2"), ended(outcomes), NOW, jitter=lambda: 1.0)
    first, second = settled.back
    assert (names(first.pack.documents), first.seconds) == (["m0", "m2"], 4)
    assert (names(second.pack.documents), second.pack.header.not_before) == (["m1"], iso(NOW + PATIENCE))
    assert settled.dead == ()


def test_a_wait_beyond_patience_ends_in_a_last_attempt() -> None:
    def then(moment: datetime, **header: Any) -> Any:
        return remainder(pack("a", **header), ended([Retry("503", 503, after=86_400.0)]), moment)

    (back,) = then(NOW).back
    assert back.pack.header.not_before == iso(NOW + PATIENCE)
    last = then(NOW + PATIENCE, attempt=1, first_attempt_at=iso(NOW))
    assert (last.back, [dead.header.reason for dead in last.dead]) == ((), ["503"])


def test_waits_much_alike_go_back_together() -> None:
    outcomes: list[Outcome] = [Retry("429", 429, after=600.0 + 0.1 * number) for number in range(100)]
    (back,) = remainder(pack(*map(str, range(100))), ended(outcomes), NOW).back
    assert back.seconds == 610


@given(st.floats(min_value=0, allow_nan=False))
def test_no_wait_is_shortened_or_breaks(after: float) -> None:
    assert rounded_wait(after) >= min(after, LONGEST_WAIT.total_seconds()) or after <= 1
    assert remainder(pack("a"), ended([Retry("429", 429, after=after)]), NOW).back


def test_a_delay_beyond_what_sqs_holds_is_remembered_in_the_message() -> None:
    settled = remainder(pack("a"), ended([Retry("429", 429, after=3600.0)]), NOW)
    assert len(settled.back) == 1
    assert settled.back[0].seconds == MAX_DELAY_SECONDS
    assert settled.back[0].pack.header.not_before == iso(NOW + timedelta(hours=1))


def test_what_was_tried_for_four_hours_is_buried_with_its_last_error() -> None:
    tired = pack("a", "b", attempt=40, first_attempt_at=iso(NOW - PATIENCE))
    settled = remainder(tired, ended([Retry("503", 503, response="sorry"), Retry("ETIMEDOUT")]), NOW)
    assert settled.back == ()
    assert [
        (names(dead.documents), dead.header.reason, dead.header.status, dead.header.response) for dead in settled.dead
    ] == [
        (["a"], "503", 503, "sorry"),
        (["b"], "ETIMEDOUT", None, None),
    ]


def test_what_broke_our_code_is_buried_at_once_and_the_rest_retried() -> None:
    settled = remainder(
        pack("a", "b"), ended([Failed("INTERNAL", response="ZeroDivisionError"), Retry("503", 503)]), NOW
    )
    assert len(settled.back) == 1
    assert names(settled.back[0].pack.documents) == ["b"]
    assert [names(dead.documents) for dead in settled.dead] == [["a"]]


def test_what_is_put_back_is_another_message() -> None:
    first = pack("a", "b")
    settled = remainder(first, ended([Retry("503", 503), Failed("INTERNAL")]), NOW)
    ids = {first.header.id, settled.back[0].pack.header.id, *(dead.header.id for dead in settled.dead)}
    assert len(ids) == 3


def test_what_waits_for_a_repair_is_no_attempt() -> None:
    settled = remainder(pack("a", attempt=3, first_attempt_at=iso(NOW)), ended([REFUSED]), NOW, jitter=lambda: 0.0)
    (held,) = settled.back
    assert (held.pack.header.attempt, held.pack.header.waiting_since, held.seconds) == (3, iso(NOW), 60)


def test_a_wait_wears_no_patience_out() -> None:
    """Given an event that was tried for an hour and then waited for two days, three hours are left to it."""
    since = NOW - timedelta(days=2)
    waited = pack("a", attempt=9, first_attempt_at=iso(since - timedelta(hours=1)), waiting_since=iso(since))
    (again,) = remainder(waited, ended([Retry("503", 503)]), NOW).back
    assert again.pack.header.first_attempt_at == iso(NOW - timedelta(hours=1))
    assert (again.pack.header.waiting_since, again.pack.header.attempt) == (None, 10)


def test_the_longer_it_is_broken_the_rarer_it_is_looked_at() -> None:
    def held(waited: timedelta) -> int:
        (back,) = remainder(pack("a", waiting_since=iso(NOW - waited)), ended([REFUSED]), NOW, jitter=lambda: 0.0).back
        return back.seconds

    assert [held(timedelta(minutes=minutes)) for minutes in (0, 4, 20, 600)] == [60, 60, 300, 900]


def test_what_nobody_repairs_is_buried_with_what_the_vendor_said() -> None:
    settled = remainder(pack("a", waiting_since=iso(NOW - LONGEST_WAIT)), ended([REFUSED]), NOW)
    (dead,) = settled.dead
    assert settled.back == ()
    assert (dead.header.reason, dead.header.status, dead.header.response) == ("401", 401, "bad token")


def test_what_was_not_tried_goes_back_as_it_was() -> None:
    (back,) = remainder(pack("a", "b", attempt=2), ended([Delivered(200), NotAttempted(7.0)]), NOW).back
    assert (names(back.pack.documents), back.pack.header.attempt, back.seconds) == (["b"], 2, 7)


def test_an_event_that_ended_in_several_ways_goes_on_with_what_is_left_of_it() -> None:
    both = [
        TaskResult(0, "track/0", Delivered(200)),
        TaskResult(0, "track/1", Retry("503", 503)),
        TaskResult(0, "buy/0", REFUSED),
    ]
    settled = remainder(pack("a"), both, NOW)
    assert [(back.pack.header.only, back.pack.header.attempt) for back in settled.back] == [
        ("track/1", 1),
        ("buy/0", 0),
    ]
    assert settled.dead == ()


def test_events_with_the_same_work_left_travel_together() -> None:
    settled = remainder(
        pack("a", "b", "c"),
        [
            TaskResult(0, "track/0", Delivered(200)),
            TaskResult(0, "buy/0", Retry("503", 503)),
            TaskResult(1, "track/0", Delivered(200)),
            TaskResult(1, "buy/0", Retry("503", 503)),
            TaskResult(2, "track/0", Retry("503", 503)),
            TaskResult(2, "buy/0", Retry("503", 503)),
        ],
        NOW,
    )
    assert [(names(back.pack.documents), back.pack.header.only) for back in settled.back] == [
        (["a", "b"], "buy/0"), (["c"], None),
    ]  # fmt: skip


OUTCOMES = st.one_of(
    st.just(Delivered(200)),
    st.just(Discarded("400", 400)),
    st.builds(Retry, st.just("503"), st.just(503), st.none() | st.floats(0, 90_000)),
    st.just(REFUSED),
    st.builds(NotAttempted, st.floats(0, 5000)),
    st.just(Failed("INTERNAL")),
)


@given(
    st.lists(OUTCOMES, min_size=1, max_size=30),
    st.none() | st.integers(0, 20 * 86400),
    st.none() | st.integers(0, 20 * 86400),
    st.integers(0, 60),
)
def test_each_event_ends_or_goes_back_or_is_buried_once(
    outcomes: list[Outcome], first: int | None, waiting: int | None, attempt: int
) -> None:
    def ago(seconds: int | None) -> str | None:
        return None if seconds is None else iso(NOW - timedelta(seconds=seconds))

    before = pack(
        *map(str, range(len(outcomes))), attempt=attempt, first_attempt_at=ago(first), waiting_since=ago(waiting)
    )
    settled = remainder(before, ended(outcomes), NOW)
    left = [back.pack for back in settled.back] + list(settled.dead)
    assert sorted(name for each in left for name in names(each.documents)) == sorted(
        str(index) for index, outcome in enumerate(outcomes) if not isinstance(outcome, Delivered | Discarded)
    )
    assert all(each.header.count == len(each.documents) for each in left)
    assert len({each.header.id for each in left} | {before.header.id}) == len(left) + 1
    for back in settled.back:
        assert 1 <= back.seconds <= MAX_DELAY_SECONDS
        started = read(back.pack.header.first_attempt_at)
        assert started is None or started <= NOW
        assert postponed(back.pack, NOW) is None or back.seconds == MAX_DELAY_SECONDS
