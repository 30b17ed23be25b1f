"""The ledger: a message is new once, whoever asks."""

from sluice.aws.idempotency import REMEMBERED_SECONDS, DynamoLedger
from sluice.messages.idempotency import Ticket
from tests import dynamo
from tests.dynamo import Dynamo

NOW = 1_795_447_200.0
A, B, LATER = Ticket(100, "a"), Ticket(101, "b"), Ticket(110, "c")


class Worker:
    """A process with a clock."""

    def __init__(self, table: Dynamo, consumer: str = "router", now: float = NOW) -> None:
        self.now = now
        self.ledger = DynamoLedger(dynamo.client(table), "ledger", consumer, lambda: self.now, threads=1)

    def begin(self, *tickets: Ticket) -> list[str]:
        return list(self.ledger.begin(tickets, seconds=30))


def test_what_nobody_has_begun_is_new() -> None:
    assert Worker(Dynamo()).begin(A, B, LATER) == ["new", "new", "new"]


def test_while_it_is_worked_on_it_is_busy_and_afterwards_done() -> None:
    table = Dynamo()
    first, second = Worker(table), Worker(table)
    first.begin(A, B)
    assert second.begin(A, B) == ["busy", "busy"]
    first.ledger.finish([A])
    assert second.begin(A, B) == ["done", "busy"]


def test_the_time_of_a_worker_that_died_runs_out() -> None:
    table = Dynamo()
    Worker(table).begin(A)
    assert Worker(table, now=NOW + 29).begin(A) == ["busy"]
    assert Worker(table, now=NOW + 190).begin(A) == ["new"]


def test_who_is_told_to_wait_makes_nobody_else_wait() -> None:
    """A message that comes back while its worker may still live, again and again, and one day finds it gone."""
    table = Dynamo()
    Worker(table).begin(A)
    for seconds in (8, 16, 24):
        assert Worker(table, now=NOW + seconds).begin(A) == ["busy"]
    assert Worker(table, now=NOW + 32).begin(A) == ["new"]


def test_copies_in_one_call_are_worked_on_one_by_one() -> None:
    worker = Worker(Dynamo())
    assert worker.begin(A, A) == ["new", "busy"]
    worker.ledger.finish([A])
    assert worker.begin(A, A) == ["done", "done"]


def test_consumers_do_not_know_of_each_other() -> None:
    table = Dynamo()
    Worker(table, "router").begin(A)
    assert Worker(table, "archive").begin(A) == ["new"]


def test_an_attempt_whose_answer_was_lost_is_not_taken_for_somebody_elses() -> None:
    """boto3 sends a call again that timed out, with the very same entries."""

    class Repeating(Dynamo):
        def update_item(self, **call: object) -> dict[str, dynamo.Item]:
            super().update_item(**call)
            return super().update_item(**call)

    worker = Worker(Repeating())
    assert worker.begin(A) == ["new"]
    worker.ledger.finish([A])
    assert worker.begin(A) == ["done"]


def test_what_is_finished_one_by_one_is_done_one_by_one() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.begin(A, B, LATER)
    worker.ledger.finish([B])
    assert Worker(table).begin(A, B, LATER) == ["busy", "done", "busy"]
    worker.ledger.finish([LATER])
    worker.ledger.finish([A])
    assert Worker(table).begin(A, B, LATER) == ["done", "done", "done"]


def test_what_is_not_finished_stays_with_its_worker_until_its_time_is_over() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.begin(A, B)
    worker.ledger.finish([A])
    assert Worker(table, now=NOW + 190).begin(A, B) == ["done", "new"]


def test_a_late_finish_of_what_another_has_taken_over_counts() -> None:
    """Its time was over, and it was not dead."""
    table = Dynamo()
    slow = Worker(table)
    slow.begin(A)
    assert Worker(table, now=NOW + 190).begin(A) == ["new"]
    slow.ledger.finish([A])
    assert Worker(table, now=NOW + 400).begin(A) == ["done"]


def test_a_batch_is_two_short_entries_on_a_page_that_expires_itself() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.begin(A, B)
    worker.ledger.finish([A, B])
    (item,) = table.items.values()
    assert [len(entry["B"]) for entry in item["entries"]["L"]] == [1 + 6 + 4 + 4 + 2 * 10, 1 + 6]
    assert int(item["expires"]["N"]) == NOW + REMEMBERED_SECONDS


def test_a_ledger_that_was_emptied_knows_nothing_even_if_the_process_did() -> None:
    table = Dynamo()
    worker = Worker(table)
    worker.begin(A)
    worker.ledger.finish([A])
    table.items.clear()
    assert worker.begin(A) == ["new"]


def test_a_table_that_does_not_answer_leaves_everything_unknown() -> None:
    def broken() -> None:
        raise dynamo.ConditionalCheckFailedException

    worker = Worker(Dynamo(before=broken))
    assert worker.begin(A, LATER) == ["unknown", "unknown"]
    worker.ledger.finish([A])
