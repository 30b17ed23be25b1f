"""What Firehose could not write comes to its stream again, once, and its object is deleted after that."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.errors import OperatorError
from cli.operations.unwritten import Rewriting, Tally, error_objects
from local.cloud.partition import UnprocessableError, error_document
from sluice.archive.reader import Area, Window
from sluice.aws.s3 import S3Objects
from tests.unit.cli.conftest import Installation

ARRIVED = datetime(2026, 11, 23, 20, 41, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
LIMIT = UnprocessableError("DynamicPartitioning.ActivePartitionLimitExceeded", "too many")
KEY = "errors/events/processing-failed/day=2026-11-23/sluice-test-events-1-x"


class MemoryStream:
    """A stream that does not confirm the first `refused` records."""

    def __init__(self, refused: int = 0) -> None:
        self.refused = refused
        self.records: list[bytes] = []

    def put(self, records: Sequence[bytes]) -> list[int]:
        refused, self.refused = range(min(self.refused, len(records))), max(0, self.refused - len(records))
        self.records += [each for index, each in enumerate(records) if index not in refused]
        return list(refused)


def record(*ids: str) -> bytes:
    """Return a record as the archive function puts it: an event a line."""
    events = [{"messageId": each, "sourceId": "website", "receivedAt": "2026-11-20T03:00:00.000Z"} for each in ids]
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


def unwritten(*records: bytes) -> bytes:
    """Return the object that Firehose makes of records that it could not write."""
    return "".join(error_document(each, LIMIT, ARRIVED) for each in records).encode()


def put(place: Installation, body: bytes, key: str = KEY) -> None:
    place.s3.put_object(Bucket=place.bucket_name, Key=key, Body=body)


def recovered(place: Installation, streams: dict[Area, MemoryStream] | None) -> Tally:
    bucket, tally = S3Objects(place.s3, place.bucket_name), Tally()
    work = Rewriting(bucket, streams, pause=lambda _: None)
    for item in error_objects(bucket, WINDOW):
        work(item, tally)
    return tally


def kept(place: Installation) -> list[str]:
    return [each.key for each in S3Objects(place.s3, place.bucket_name).objects("errors/")]


def streams(refused: int = 0) -> dict[Area, Any]:
    return {"events": MemoryStream(refused), "rejected": MemoryStream()}


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "compressed"])
def test_records_come_back_as_they_were_and_their_object_goes(place: Installation, compress: Any) -> None:
    put(place, compress(unwritten(record("m1", "m2"), record("m3"))))
    to = streams()
    tally = recovered(place, to)
    assert to["events"].records == [record("m1", "m2"), record("m3")]
    assert tally.sent == {(LIMIT.code, "events"): 2}
    assert kept(place) == []


def test_each_area_has_a_stream_of_its_own(place: Installation) -> None:
    put(place, unwritten(record("m1")), KEY.replace("errors/events", "errors/rejected"))
    to = streams()
    recovered(place, to)
    assert (to["events"].records, to["rejected"].records) == ([], [record("m1")])


def test_a_dry_run_counts_and_changes_nothing(place: Installation) -> None:
    put(place, unwritten(record("m1"), record("m2")))
    tally = recovered(place, None)
    assert (tally.sent.total(), [each["messageId"] for each in tally.first]) == (2, ["m1", "m2"])
    assert kept(place) == [KEY]


def test_what_the_stream_refuses_for_a_while_is_put_again(place: Installation) -> None:
    put(place, unwritten(record("m1"), record("m2"), record("m3")))
    to = streams(refused=2)
    recovered(place, to)
    assert sorted(to["events"].records) == [record("m1"), record("m2"), record("m3")]
    assert kept(place) == []


def test_an_object_that_the_stream_does_not_take_stays(place: Installation) -> None:
    put(place, unwritten(record("m1")))
    with pytest.raises(OperatorError, match="run the same command again"):
        recovered(place, streams(refused=1000))
    assert kept(place) == [KEY]


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON", b"[]", b"{}", b'{"rawData": 5}', b'{"rawData": "%%%"}', b'{"rawData": "bnVsbA=="}',
        b'{"rawData": ""}',
    ],
)  # fmt: skip
def test_a_line_that_is_not_ours_keeps_its_object_and_costs_no_other(place: Installation, line: bytes) -> None:
    put(place, line + b"\n" + unwritten(record("m1")))
    to = streams()
    tally = recovered(place, to)
    assert to["events"].records == [record("m1")]
    assert tally.skipped.total() == 1
    assert kept(place) == [KEY]


def test_only_days_of_the_window_are_taken(place: Installation) -> None:
    for day in ("2026-11-22", "2026-11-24"):
        put(place, unwritten(record("m1")), KEY.replace("2026-11-23", day))
    put(place, b"", "errors/events/elsewhere")
    assert recovered(place, streams()).sent == {}
    assert len(kept(place)) == 3
