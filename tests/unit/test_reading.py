"""A request, opened: what is good in it, and what is wrong with the rest."""

import json
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


def test_ids_of_ten_seconds_share_a_bucket_and_ids_without_a_time_have_their_own() -> None:
    opened = open_envelope(examples.envelope(examples.batch(*examples.ALL_CALLS)), examples.workspace())
    claims = [claim_of(each.source, each.fields["messageId"], each.original, each.request) for each in opened.events]
    assert len({claim.bucket for claim in claims}) == 1
    moments = [datetime(2026, 11, 23, 20, 40, second, tzinfo=UTC) for second in (40, 49, 50)]
    assert len({claim_of("website", "a", moment, "o").bucket for moment in moments}) == 2
    assert len({claim_of("website", name, None, "o").bucket for name in "abc"}) == 3
