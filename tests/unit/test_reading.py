"""A request, opened: what is good in it, and what is wrong with the rest."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sluice.messages.encoding import to_text
from sluice.router.dedupe import claim_of
from sluice.router.events import open_envelope
from sluice.spec.json import MAX_EVENT_DEPTH
from sluice.spec.normalisation import Arrival, Normalised, Refused, normalise
from tests import examples


def test_one_large_event_is_rejected_alone() -> None:
    large = {**examples.TRACK, "messageId": "large", "properties": {"pad": "x" * 33_000}}
    text, encoding = to_text(json.dumps(examples.batch(large, examples.IDENTIFY)).encode())
    opened = open_envelope(examples.envelope(text, kind="batch", encoding=encoding), examples.workspace())
    assert [each.fields["type"] for each in opened.events] == ["identify"]
    assert [(each.reason, each.message_id) for each in opened.rejections] == [("event_too_large", "large")]


def test_a_bad_byte_costs_neither_its_event_nor_those_beside_it() -> None:
    payload = (
        b'{"batch":[{"type":"track","userId":"user-1","event":"Good"},'
        b'{"type":"track","userId":"user-2","event":"Bad","properties":{"city":"M\xe1laga"}},'
        b'{"type":"track","messageId":"m-3","event":"Nobody"}]}'
    )
    text, encoding = to_text(payload)
    opened = open_envelope(examples.envelope(text, kind="batch", encoding=encoding), examples.workspace())
    assert [each.fields["userId"] for each in opened.events] == ["user-1", "user-2"]
    assert opened.events[1].fields["properties"] == {"city": "M\ufffdlaga"}
    assert [(each.reason, each.message_id) for each in opened.rejections] == [("no_user_anon_id", "m-3")]


def test_two_people_whose_numbers_exceed_64_bits_stay_two() -> None:
    payload = (
        b'{"batch":[{"type":"track","event":"A","userId":123456789012345678901},'
        b'{"type":"track","event":"A","userId":123456789012345678902}]}'
    )
    opened = open_envelope(examples.envelope(payload.decode(), kind="batch"), examples.workspace())
    assert [each.fields["userId"] for each in opened.events] == ["123456789012345678901", "123456789012345678902"]


def test_times_that_cannot_be_read_are_counted() -> None:
    events = [{**examples.TRACK, "timestamp": when} for when in ("soon", "1712031012345", "2026-01-15T12:00:00Z")]
    assert open_envelope(examples.envelope(examples.batch(*events)), examples.workspace()).unreadable_times == 1


def test_what_exceeds_a_batch_is_rejected_and_the_rest_goes_on() -> None:
    event = {"type": "track", "event": "E", "userId": "u"}
    text, encoding = to_text(json.dumps(examples.batch(*[event] * 2502)).encode())
    opened = open_envelope(examples.envelope(text, kind="batch", encoding=encoding), examples.workspace())
    assert len(opened.events) == 2500
    assert [each.reason for each in opened.rejections] == ["batch_too_large"] * 2


@pytest.mark.parametrize("levels", [MAX_EVENT_DEPTH + 1, 254, 255, 1000])
def test_an_event_too_deep_for_destinations_is_rejected_alone(levels: int) -> None:
    request = examples.envelope(examples.batch(examples.deep(levels), examples.PAGE))
    opened = open_envelope(request, examples.workspace())
    assert [each.fields["type"] for each in opened.events] == ["page"]
    assert [each.reason for each in opened.rejections] == ["bad_request"]


def test_an_event_as_deep_as_may_be_passes() -> None:
    opened = open_envelope(examples.envelope(examples.batch(examples.deep(MAX_EVENT_DEPTH))), examples.workspace())
    assert len(opened.events) == 1


def test_a_fault_of_ours_costs_one_event_a_detour_and_the_others_nothing() -> None:
    def breaks(raw: Any, arrival: Arrival, index: int) -> Normalised | Refused:
        if raw["type"] == "page":
            raise ZeroDivisionError
        return normalise(raw, arrival, index)

    request = examples.envelope(examples.batch(examples.TRACK, examples.PAGE))
    opened = open_envelope(request, examples.workspace(), breaks)
    assert [each.fields["type"] for each in opened.events] == ["track"]
    (rejection,) = opened.rejections
    assert rejection.reason == "internal"
    assert json.loads(json.loads(rejection.document)["original"]) == examples.PAGE


UUID4 = "6a1f0c2e-8f7b-4d3a-9c5e-2b1d0e4f5a6b"
MOMENTS = [datetime(2026, 11, 23, 20, 40, second, tzinfo=UTC) for second in (40, 49, 50)]


def buckets(message_id: str, moments: Sequence[datetime | None] = MOMENTS) -> set[str]:
    return {claim_of("website", message_id, moment, "request").bucket for moment in moments}


def test_ids_that_sdks_make_by_chance_share_a_bucket_with_those_of_the_same_ten_seconds() -> None:
    assert len(buckets(UUID4)) == 2
    assert buckets(UUID4) == buckets(UUID4.upper())
    assert buckets(f"node-0cc175b9c0f1b6a831c399e269772661-{UUID4}") == buckets(UUID4)
    assert len(buckets(UUID4, [None])) == 1


@pytest.mark.parametrize(
    "message_id",
    [
        f"ajs-next-1795466440123-{UUID4}",
        f"node-next-1795466440123-{UUID4}",
        "019ab2f4-0b00-7d3a-9c5e-2b1d0e4f5a6b",
    ],
)
def test_an_id_with_a_time_in_it_has_the_bucket_of_that_time(message_id: str) -> None:
    """A browser that keeps its ids and stamps a retry anew is recognised."""
    (bucket,) = buckets(message_id, [*MOMENTS, None])
    assert re.fullmatch("website/[0-9]{10}", bucket)


@pytest.mark.parametrize(
    "message_id",
    [
        "order-42",
        "evt_1PqR",
        "m-1",
        "ajs-next-0cc175b9c0f1b6a831c399e269772661",
        "6ba7b810-9dad-51d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-31d1-80b4-00c04fd430c8",
        UUID4 + " ",
        "größe",
    ],
)
def test_an_id_that_a_caller_makes_has_one_bucket_of_its_own_whatever_the_time_says(message_id: str) -> None:
    (bucket,) = buckets(message_id, [*MOMENTS, None])
    assert bucket.startswith("website/id-")
