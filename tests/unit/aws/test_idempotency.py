"""The idempotency table: a message is new once, whoever asks."""

from sluice.aws.idempotency import REMEMBERED_SECONDS, DynamoIdempotencyStore
from sluice.messages.idempotency import MessageKey
from tests import dynamo
from tests.dynamo import Dynamo

NOW = 1_795_447_200.0
A, B, LATER = MessageKey(100, "a"), MessageKey(101, "b"), MessageKey(110, "c")


class Worker:
    """A process with a clock."""

    def __init__(self, table: Dynamo, consumer: str = "router", now: float = NOW) -> None:
        self.now = now
        self.store = DynamoIdempotencyStore(dynamo.client(table), "ledger", consumer, lambda: self.now, threads=1)

    def claim(self, *keys: MessageKey) -> list[str]:
        return list(self.store.claim(keys, seconds=30))


def test_what_nobody_has_begun_is_new() -> None:
    assert Worker(Dynamo()).claim(A, B, LATER) == ["claimed", "claimed", "claimed"]


def test_while_it_is_worked_on_it_is_busy_and_afterwards_done() -> None:
    table = Dynamo()
    first, second = Worker(table), Worker(table)
    first.claim(A, B)
    assert second.claim(A, B) == ["in progress", "in progress"]
    first.store.complete([A])
    assert second.claim(A, B) == ["completed", "in progress"]


def test_the_time_of_a_worker_that_died_runs_out() -> None:
    table = Dynamo()
    Worker(table).claim(A)
    assert Worker(table, now=NOW + 29).claim(A) == ["in progress"]
    assert Worker(table, now=NOW + 190).claim(A) == ["claimed"]


def test_who_is_told_to_wait_makes_nobody_else_wait() -> None:
    """A message that comes back while its worker may still live, again and again, and one day finds it gone."""
    table = Dynamo()
    Worker(table).claim(A)
    for seconds in (8, 16, 24):
        assert Worker(table, now=NOW + seconds).claim(A) == ["in progress"]
    assert Worker(table, now=NOW + 32).claim(A) == ["claimed"]


def test_copies_in_one_call_are_worked_on_one_by_one() -> None:
    worker = Worker(Dynamo())
    assert worker.claim(A, A) == ["claimed", "in progress"]
    worker.store.complete([A])
    assert worker.claim(A, A) == ["completed", "completed"]


def test_consumers_do_not_know_of_each_other() -> None:
    table = Dynamo()
    Worker(table, "router").claim(A)
    assert Worker(table, "archive").claim(A) == ["claimed"]


def test_an_attempt_whose_answer_was_lost_is_not_taken_for_somebody_elses() -> None:
    """boto3 sends a call again that timed out, with the very same entries."""

    class Repeating(Dynamo):
        def update_item(self, **call: object) -> dict[str, dynamo.Item]:
            super().update_item(**call)
            return super().update_item(**call)

    worker = Worker(Repeating())
    assert worker.claim(A) == ["claimed"]
    worker.store.complete([A])
    assert worker.claim(A) == ["completed"]


def test_what_is_finished_one_by_one_is_done_one_by_one() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.claim(A, B, LATER)
    worker.store.complete([B])
    assert Worker(table).claim(A, B, LATER) == ["in progress", "completed", "in progress"]
    worker.store.complete([LATER])
    worker.store.complete([A])
    assert Worker(table).claim(A, B, LATER) == ["completed", "completed", "completed"]


def test_what_is_not_finished_stays_with_its_worker_until_its_time_is_over() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.claim(A, B)
    worker.store.complete([A])
    assert Worker(table, now=NOW + 190).claim(A, B) == ["completed", "claimed"]


def test_a_late_finish_of_what_another_has_taken_over_counts() -> None:
    """Its time was over, and it was not dead."""
    table = Dynamo()
    slow = Worker(table)
    slow.claim(A)
    assert Worker(table, now=NOW + 190).claim(A) == ["claimed"]
    slow.store.complete([A])
    assert Worker(table, now=NOW + 400).claim(A) == ["completed"]


def test_a_batch_is_two_short_entries_on_a_page_that_expires_itself() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.claim(A, B)
    worker.store.complete([A, B])
    (item,) = table.items.values()
    assert [len(entry["B"]) for entry in item["entries"]["L"]] == [1 + 6 + 4 + 4 + 2 * 10, 1 + 6]
    assert int(item["expires"]["N"]) == NOW + REMEMBERED_SECONDS


def test_an_idempotency_table_that_was_emptied_knows_nothing_even_if_the_process_did() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.claim(A)
    worker.store.complete([A])
    table.items.clear()
    assert worker.claim(A) == ["claimed"]


def test_a_table_that_does_not_answer_leaves_everything_unknown() -> None:
    def broken() -> None:
        raise dynamo.ConditionalCheckFailedException

    worker = Worker(Dynamo(before=broken))
    assert worker.claim(A, LATER) == ["unknown", "unknown"]
    worker.store.complete([A])
