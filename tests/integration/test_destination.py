"""A destination in the real runtime: what its vendor receives, and where what fails is afterwards."""

import hmac
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sluice.messages.pack import Pack, dump, load
from sluice.spec.times import iso
from tests.integration.cloud import SECRET, Cloud
from tests.integration.conftest import Functions
from tests.integration.examples import bodies, example, message_ids
from tests.receiver import Answer, Received, Receiver

FUNCTION, QUEUE, DEAD_LETTERS = "DestinationcrmFunction", "DestinationcrmQueue", "DestinationcrmDeadLetterQueue"
#: Seconds that a first retry is held back at least, a little less for clocks; and at most, with one to see it.
_SOONEST, _FIRST_RETRY = 0.9, 5


def pack_of(name: str) -> Pack:
    (body,) = bodies(name)
    return load(body)


def signature(body: bytes, algorithm: str) -> str:
    return hmac.new(SECRET.encode(), body, algorithm).hexdigest()


def refuse(only: str, status: int) -> Any:
    """Answers this status to tracks, pages and so on of the one type, and 200 to the others."""

    def answer(received: Received) -> Answer:
        return (status, {}, b"sorry") if json.loads(received.body)["type"] == only else (200, {}, b"ok")

    return answer


def test_each_event_arrives_as_it_is_and_signed(cloud: Cloud, functions: Functions, receiver: Receiver) -> None:
    answer = functions(FUNCTION).invoke(example("destination-webhook-pack"))

    assert answer == {"batchItemFailures": []}
    assert {each.body for each in receiver.received} == set(pack_of("destination-webhook-pack").documents)
    for each in receiver.received:
        assert (each.method, each.path) == ("POST", "/hook")
        assert each.headers["x-sluice-signature"] == f"sha256={signature(each.body, 'sha256')}"
        assert each.headers["x-signature"] == signature(each.body, "sha1")
    assert cloud.take(QUEUE) == cloud.take(DEAD_LETTERS) == []


def test_a_retry_that_succeeds_is_the_end_of_it(cloud: Cloud, functions: Functions, receiver: Receiver) -> None:
    crm = functions(FUNCTION)

    crm.invoke(example("destination-webhook-retry"))

    assert [each.body for each in receiver.received] == list(pack_of("destination-webhook-retry").documents)
    assert [(step["step"], step["attempt"]) for step in crm.steps()] == [("delivered", 4)]
    assert cloud.take(QUEUE) == cloud.take(DEAD_LETTERS) == []


def test_what_the_vendor_could_not_take_is_tried_again_alone(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    receiver.answer = refuse("track", 503)

    answer = functions(FUNCTION).invoke(example("destination-webhook-pack"))

    assert answer == {"batchItemFailures": []}
    (body,) = cloud.take(QUEUE, wait=_FIRST_RETRY)
    retry = load(body)
    held_back = time.time() - max(each.at for each in receiver.received)
    assert held_back > _SOONEST
    assert (retry.header.attempt, retry.header.count) == (1, 1)
    assert retry.header.first_attempt_at is not None
    assert retry.documents == pack_of("destination-webhook-pack").documents[1:2]
    assert cloud.take(DEAD_LETTERS) == []


def test_what_the_vendor_will_never_take_is_dropped_with_its_reason(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    receiver.answer = refuse("page", 400)
    crm = functions(FUNCTION)

    crm.invoke(example("destination-webhook-pack"))

    discarded = [(step["type"], step["reason"]) for step in crm.steps() if step["step"] == "discarded"]
    assert discarded == [("page", "400")]
    assert cloud.take(QUEUE) == cloud.take(DEAD_LETTERS) == []


def test_patience_ends_in_the_dead_letter_queue_with_the_last_answer(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    receiver.answer = refuse("track", 503)
    spent = pack_of("destination-webhook-retry")
    long_ago = iso(datetime.now(UTC) - timedelta(hours=5))
    event = example("destination-webhook-retry")
    event["Records"][0]["body"] = dump(replace(spent, header=replace(spent.header, first_attempt_at=long_ago)))

    answer = functions(FUNCTION).invoke(event)

    (body,) = cloud.take(DEAD_LETTERS)
    dead = load(body)
    assert answer == {"batchItemFailures": []}
    assert (dead.header.attempt, dead.header.first_attempt_at) == (3, long_ago)
    assert (dead.header.reason, dead.header.status, dead.header.response) == ("503", 503, "sorry")
    assert dead.documents == spent.documents
    assert cloud.take(QUEUE) == []


def test_in_an_account_this_machine_is_no_target_and_the_events_wait_for_a_better_address(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    crm = functions(FUNCTION, SLUICE_ALLOW_LOOPBACK=None)

    answer = crm.invoke(example("destination-webhook-pack"))

    assert answer == {"batchItemFailures": []}
    assert receiver.received == []
    assert cloud.delayed(QUEUE) == 1
    assert cloud.take(DEAD_LETTERS) == []


def test_what_is_no_pack_is_buried_with_its_reason_and_the_next_one_delivered(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    answer = functions(FUNCTION).invoke(example("destination-not-a-pack"))

    assert answer == {"batchItemFailures": []}
    assert len(receiver.received) == 3
    assert cloud.take(QUEUE) == []
    (reason,) = cloud.reasons(DEAD_LETTERS)
    assert reason.startswith("the header is not JSON")


def test_a_pack_that_is_done_is_not_delivered_again(cloud: Cloud, functions: Functions, receiver: Receiver) -> None:
    for _ in range(2):
        assert functions(FUNCTION).invoke(example("destination-webhook-pack")) == {"batchItemFailures": []}

    assert len(receiver.received) == 3
    assert cloud.take(QUEUE) == cloud.take(DEAD_LETTERS) == []


def test_a_retry_that_cannot_be_put_back_is_a_dead_letter_and_nothing_is_sent_twice(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    receiver.answer = refuse("track", 503)

    answer = functions(FUNCTION, QUEUE_URL=cloud.absent(QUEUE)).invoke(example("destination-webhook-pack"))

    assert answer == {"batchItemFailures": []}
    assert [load(body).header.count for body in cloud.take(DEAD_LETTERS)] == [1]


def test_without_any_queue_the_message_stays_where_it_was(
    cloud: Cloud, functions: Functions, receiver: Receiver
) -> None:
    receiver.answer = refuse("track", 503)
    crm = functions(FUNCTION, QUEUE_URL=cloud.absent(QUEUE), DLQ_URL=cloud.absent(QUEUE))

    answer = crm.invoke(example("destination-webhook-pack"))

    (message,) = message_ids("destination-webhook-pack")
    assert answer == {"batchItemFailures": [{"itemIdentifier": message}]}
