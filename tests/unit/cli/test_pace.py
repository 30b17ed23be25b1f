"""No more hours are written at once than Firehose takes."""

import pytest

from cli.operations.pace import MOST_PARTITIONS, OPEN_SECONDS, Pace, Partition, partition_of


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace(clock: Clock) -> Pace:
    return Pace(now=lambda: clock.now, sleep=clock.sleep)


def hour(number: int) -> set[Partition]:
    return {("website", f"hour {number:05d}")}


def test_a_partition_is_a_source_and_an_hour() -> None:
    assert partition_of("website", "2026-11-23T20:40:49.594Z") == ("website", "2026-11-23T20")


def test_as_many_hours_as_there_is_room_for_go_at_once(clock: Clock) -> None:
    paced = pace(clock)
    for number in range(MOST_PARTITIONS):
        paced.wait(hour(number))
    for _ in range(10_000):
        paced.wait(hour(0))
    assert clock.slept == []
    assert not paced.allows(hour(MOST_PARTITIONS))


def test_a_further_hour_waits_until_the_first_one_is_written(clock: Clock) -> None:
    # Given as many hours as there is room for, a second between them, and the first one written again at last
    paced = pace(clock)
    for number in range(MOST_PARTITIONS):
        paced.wait(hour(number))
        clock.now += 1
    paced.wait(hour(0))
    # When another comes, it waits for the second, which is now the oldest
    paced.wait(hour(MOST_PARTITIONS))
    assert clock.now == pytest.approx(1 + OPEN_SECONDS)
    # Then there was never more than one sleep
    assert len(clock.slept) == 1


def test_a_thousand_hours_never_have_more_open_than_there_is_room_for(clock: Clock) -> None:
    paced, written = pace(clock), dict[int, float]()
    for number in range(1000):
        paced.wait(hour(number))
        written[number] = clock.now
        assert sum(clock.now - at < OPEN_SECONDS for at in written.values()) <= MOST_PARTITIONS
    assert clock.now == pytest.approx(3 * OPEN_SECONDS)


def test_a_record_of_more_hours_than_there_is_room_for_does_not_wait_for_ever(clock: Clock) -> None:
    paced = pace(clock)
    paced.wait(set[Partition]().union(*(hour(number) for number in range(2 * MOST_PARTITIONS))))
    assert clock.slept == []
