"""All who append to an append log at once agree on the order of its entries, whatever happens between their calls."""

from collections.abc import Callable, Iterator

import pytest

from sluice.aws.append_log import AppendLogs
from tests import dynamo
from tests.dynamo import Dynamo
from tests.model.schedules import Run, schedules
from tests.model.torn import Torn

type Read = list[bytes]


def append_logs(table: Dynamo, page_bytes: int = 1) -> AppendLogs[Read]:
    """Whose state is what was read, copies of an entry left out."""

    def fold(read: Read, entry: bytes) -> None:
        if entry not in read:
            read.append(entry)

    return AppendLogs(
        dynamo.client(table), "table", list, fold, seconds=60, now=lambda: 0, page_bytes=page_bytes, threads=1
    )


def writer(table: Dynamo, page_bytes: int, entries: list[bytes], read: list[Read]) -> Callable[[], None]:
    """Appends one entry after the other; what it had read after each."""

    def work() -> None:
        mine = append_logs(table, page_bytes)
        for entry in entries:
            state = mine.append({"j": [entry]})["j"]
            assert state is not None
            read.append(list(state))

    return work


def explore(
    *writers: list[bytes], page_bytes: int = 1, deaths: int = 0, table: type[Dynamo] = Dynamo
) -> Iterator[tuple[list[Read], Read]]:
    """For every schedule what the writers had read, one after the other, and what a reader finds when they are gone."""
    for schedule in schedules():
        run = Run(schedule, deaths)
        shared = table(before=run.step)
        read: list[Read] = []
        run.together(*(writer(shared, page_bytes, entries, read) for entries in writers))
        last = append_logs(shared, page_bytes).append({"j": [b"last"]})["j"]
        assert last is not None
        yield read, last


def is_agreed(read: list[Read], last: Read) -> bool:
    """Each has read a beginning of what there is at the end, up to an entry of its own."""
    return all(each == last[: len(each)] for each in read)


@pytest.mark.parametrize("page_bytes", [1, 2, 3, 100])
def test_two_that_append_at_once_agree(page_bytes: int) -> None:
    """A page is full after one entry, after two, after three, or never."""
    found = list(explore([b"a", b"b"], [b"c", b"d"], page_bytes=page_bytes))
    assert len(found) >= 6
    assert all(is_agreed(*each) for each in found)
    assert {tuple(sorted(last[:-1])) for _, last in found} == {(b"a", b"b", b"c", b"d")}
    assert len({tuple(last) for _, last in found}) == 6, "every order of the two there can be, and no other"


def test_three_that_append_at_once_agree() -> None:
    found = list(explore([b"a"], [b"b"], [b"c"], page_bytes=2))
    assert all(is_agreed(*each) for each in found)
    assert len({tuple(last) for _, last in found}) == 6


@pytest.mark.parametrize("page_bytes", [1, 2])
def test_a_death_leaves_the_others_in_agreement(page_bytes: int) -> None:
    found = list(explore([b"a", b"b"], [b"c"], page_bytes=page_bytes, deaths=1))
    assert len(found) > 15
    assert all(is_agreed(*each) for each in found)


def test_an_entry_whose_answer_was_lost_stands_where_it_first_stood() -> None:
    """boto3 sends such a call again."""

    class Repeating(Dynamo):
        def update_item(self, **call: object) -> dict[str, dynamo.Item]:
            super().update_item(**call)
            return super().update_item(**call)

    for page_bytes in (2, 3, 100):
        table = Repeating()
        first, second = append_logs(table, page_bytes), append_logs(table, page_bytes)
        assert first.append({"j": [b"a"]}) == {"j": [b"a"]}
        assert second.append({"j": [b"b"]}) == {"j": [b"a", b"b"]}
        assert first.append({"j": [b"c"]}) == {"j": [b"a", b"b", b"c"]}


def test_a_table_that_is_not_atomic_is_caught() -> None:
    assert not all(is_agreed(*each) for each in explore([b"a"], [b"b"], page_bytes=100, table=Torn))
