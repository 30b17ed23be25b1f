"""Redrive: sent before deleted, as new, and nothing that was buried meanwhile."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.errors import OperatorError
from cli.operations.redrive import DeadLetters, reason_of, redrive, renewed
from sluice.aws.sqs import SqsQueue
from sluice.delivery.dead_letters import as_new
from sluice.messages import envelope, pack
from sluice.messages.header import MalformedMessageError
from sluice.messages.pack import Pack, PackHeader
from sluice.rate_limit import RateLimit
from tests import examples
from tests.twins import MemoryQueue
from tests.unit.cli.conftest import Installation, ids

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


def dead(*names: str, **header: Any) -> str:
    fields = {
        "kind": "delivery",
        "id": "1795527230-dead",
        "destination": "crm",
        "attempt": 7,
        "first_attempt_at": "2026-11-23T16:00:00.000Z",
        "not_before": "2026-11-23T20:00:00.000Z",
        "reason": "503",
        "status": 503,
        "response": "down for repairs",
        "count": len(names),
        **header,
    }
    return pack.dump(Pack(PackHeader(**fields), tuple(json.dumps({"messageId": name}).encode() for name in names)))


def letters(place: Installation, queue: str = "destination-crm") -> DeadLetters:
    return DeadLetters(place.sqs, place.queue_url(f"dlq-{queue}"))


def test_a_dead_letter_begins_anew() -> None:
    renewed_pack = pack.load(as_new(dead("a", "b")))
    assert renewed_pack.header == PackHeader(kind="delivery", id="1795527230-dead", count=2, destination="crm")
    assert ids(renewed_pack.documents) == ["a", "b"]


@given(st.lists(st.binary(min_size=1).map(lambda text: json.dumps(text.hex() * 5000).encode()), max_size=4))
def test_the_payload_stays_as_it_is_however_it_is_encoded(documents: list[bytes]) -> None:
    header = PackHeader(kind="delivery", count=len(documents), destination="crm", attempt=3, reason="429", status=429)
    body = pack.dump(Pack(header, tuple(documents)))
    assert as_new(body).partition("\n")[2] == body.partition("\n")[2]
    assert pack.load(as_new(body)).documents == tuple(documents)


@pytest.mark.parametrize("body", ["", "text", '{"v":1}\n', '{"v":9,"kind":"delivery","count":1}\n{}'])
def test_what_is_no_pack_cannot_begin_anew_and_is_sent_as_it_is(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        as_new(body)
    assert renewed(body) == body


def test_requests_and_archive_packs_go_back_as_they_are() -> None:
    request = envelope.dump(examples.envelope({"batch": []}))
    assert renewed(request) == request
    assert renewed(dead("a", kind="events", destination=None)) == dead("a", kind="events", destination=None)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (dead("a", "b"), ("503", 2)),
        (dead("a", reason="ETIMEDOUT", status=None), ("ETIMEDOUT", 1)),
        (dead("a", reason="INVALID_SETTINGS", status=401), ("INVALID_SETTINGS (401)", 1)),
        (dead("a", "b", reason=None, status=None), ("given back too often", 2)),
        (envelope.dump(examples.envelope({})), ("given back too often", 1)),
        ("nonsense", ("not a message of ours", 1)),
    ],
)
def test_the_reason_of_a_dead_letter(body: str, said: tuple[str, int]) -> None:
    assert reason_of({"Body": body}) == said


def test_the_reason_of_what_could_not_be_worked_on_is_beside_it() -> None:
    because: MessageTypeDef = {
        "Body": "{",
        "MessageAttributes": {"reason": {"DataType": "String", "StringValue": "why"}},
    }
    assert reason_of(because) == ("why", 1)


def test_looking_takes_nothing_away(place: Installation) -> None:
    place.send("dlq-destination-crm", *(dead(f"m{n}") for n in range(23)), dead("a", "b", reason="401", status=401))
    found = letters(place).look()
    assert (found.messages, found.events) == ({"503": 23, "401": 1}, {"503": 23, "401": 2})
    assert letters(place).look(5).messages.total() == 5
    assert len(place.take("dlq-destination-crm")) == 24


def test_everything_goes_back_and_is_gone_from_the_dead_letters(place: Installation) -> None:
    place.send("dlq-destination-crm", *(dead(f"m{n}") for n in range(23)))
    moved: list[tuple[int, int]] = []
    queue = SqsQueue(place.sqs, place.queue_url("destination-crm"))
    redrive(letters(place), queue, RateLimit(None), None, lambda *counts: moved.append(counts))
    found = [pack.load(body) for body in place.take("destination-crm")]
    assert sorted(name for each in found for name in ids(each.documents)) == sorted(f"m{n}" for n in range(23))
    assert all(each.header.attempt == 0 and each.header.first_attempt_at is None for each in found)
    assert place.take("dlq-destination-crm") == []
    assert (sum(count for count, _ in moved), sum(events for _, events in moved)) == (23, 23)


def test_a_limit_counts_messages(place: Installation) -> None:
    place.send("dlq-destination-crm", *(dead(f"m{n}") for n in range(23)))
    queue = MemoryQueue()
    redrive(letters(place), queue, RateLimit(None), 12, lambda *_: None)
    assert len(queue.bodies) == 12
    assert len(place.take("dlq-destination-crm")) == 11


def test_with_a_rate_one_message_goes_at_a_time(place: Installation) -> None:
    place.send("dlq-destination-crm", *(dead(f"m{n}", "x") for n in range(3)))
    slept: list[float] = []
    redrive(letters(place), MemoryQueue(), RateLimit(4, 0.0, lambda: 0.0, slept.append), None, lambda *_: None)
    assert slept == [0.5, 1.0], "the first goes at once, and each of two events takes half a second"


def test_what_the_queue_does_not_take_stays(place: Installation) -> None:
    place.send("dlq-destination-crm", *(dead(f"m{n}") for n in range(10)))
    queue = MemoryQueue(refuse=lambda offered: offered % 2 == 0)
    with pytest.raises(OperatorError, match="run the same command again"):
        redrive(letters(place), queue, RateLimit(None), None, lambda *_: None)
    left = [each for body in place.take("dlq-destination-crm") for each in ids(pack.load(body).documents)]
    sent = [each for body in queue.bodies for each in ids(pack.load(body).documents)]
    assert sorted(left + sent) == sorted(f"m{n}" for n in range(10))
    assert left


def test_what_is_buried_again_while_it_runs_is_left_for_another_run(place: Installation) -> None:
    place.send("dlq-destination-crm", dead("m0"))
    dead_letters = letters(place)
    dead_letters._began_ms = 0  # as if every message had come after the beginning
    queue = MemoryQueue()
    redrive(dead_letters, queue, RateLimit(None), None, lambda *_: None)
    assert queue.bodies == []
    assert len(place.take("dlq-destination-crm")) == 1, "and can be seen at once"


def test_letters_without_end_do_not_keep_it_busy(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor that is still down buries as fast as one can look."""
    dead_letters = letters(place)
    dead_letters._began_ms = 0
    receives: list[str] = []
    real = place.sqs.receive_message

    def receive(**given: Any) -> Any:
        receives.append(given["QueueUrl"])
        place.send("dlq-destination-crm", dead("again"))
        return real(**given)

    monkeypatch.setattr(dead_letters._client, "receive_message", receive)
    redrive(dead_letters, MemoryQueue(), RateLimit(None), None, lambda *_: None)
    assert len(receives) == 20
