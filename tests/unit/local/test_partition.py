"""What Firehose does to records."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud.partition import Stream, UnprocessableError, deaggregate, error_document, object_key, split

MOMENT = datetime(2026, 11, 3, 20, 41, 3, tzinfo=UTC)
QUERY = "{source: .sourceId, day: .receivedAt[0:10], hour: .receivedAt[11:13]}"


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterName": name, "ParameterValue": value} for name, value in values.items()]


def stream(**changes: Any) -> Stream:
    destination = {
        "BucketARN": "arn:aws:s3:::archive",
        "Prefix": "events/source=!{partitionKeyFromQuery:source}/day=!{partitionKeyFromQuery:day}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/",
        "CompressionFormat": "GZIP",
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [
                {"Type": "RecordDeAggregation", "Parameters": parameters(SubRecordType="JSON")},
                {"Type": "MetadataExtraction", "Parameters": parameters(MetadataExtractionQuery=QUERY)},
                {"Type": "AppendDelimiterToRecord", "Parameters": parameters(Delimiter="\\n")},
            ],
        },
    }
    description = {
        "DeliveryStreamName": "sluice-local-events",
        "Destinations": [{"ExtendedS3DestinationDescription": {**destination, **changes}}],
    }
    return Stream.from_description(description)


def document(source: str) -> str:
    return json.dumps({"sourceId": source, "receivedAt": "2026-11-03T20:40:48.123Z"})


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ('{"a":1}{"b":{"c":2}}', ['{"a":1}', '{"b":{"c":2}}']),
        ('\n{"a":"}{"}\n \n{"b":2}\r\n', ['{"a":"}{"}', '{"b":2}']),
        ("", []),
    ],
)
def test_documents_follow_each_other(text: str, documents: list[str]) -> None:
    assert deaggregate(text) == documents


def test_a_record_is_split_by_the_keys_of_its_documents() -> None:
    record = f"{document('website')}\n{document('server')}\n".encode()
    assert split(stream(), record) == [
        ("events/source=website/day=2026-11-03/", document("website") + "\n"),
        ("events/source=server/day=2026-11-03/", document("server") + "\n"),
    ]


def test_a_stream_without_processing_passes_records_on() -> None:
    plain = stream(Prefix="raw/", ProcessingConfiguration={"Enabled": False})
    assert split(plain, b"anything") == [("raw/", "anything")]


@pytest.mark.parametrize(
    "record",
    [
        b'{"sourceId":"a","receivedAt":"2026-11-03T20:40:48.123Z"}{"broken',
        b'{"sourceId":null,"receivedAt":"2026-11-03T20:40:48.123Z"}',
        b'{"receivedAt":"2026-11-03T20:40:48.123Z"}',
        b'{"sourceId":"a","receivedAt":7}',
        b"[1]",
        b"\xff",
    ],
)
def test_what_has_no_partition_is_unprocessable_as_a_whole(record: bytes) -> None:
    with pytest.raises(UnprocessableError):
        split(stream(), record)


def test_a_prefix_needs_the_keys_it_names() -> None:
    with pytest.raises(UnprocessableError, match="no other"):
        split(stream(Prefix="x=!{partitionKeyFromQuery:other}/"), document("website").encode())


def test_objects_are_named_like_firehoses() -> None:
    key = object_key(stream(), "events/source=website/day=2026-11-03/", MOMENT)
    start, _, rest = key.partition("sluice-local-events-1-2026-11-03-20-41-03-")
    assert start == "events/source=website/day=2026-11-03/"
    assert rest.endswith(".gz")
    assert key != object_key(stream(), "events/source=website/day=2026-11-03/", MOMENT)


def test_an_error_prefix_says_what_and_when() -> None:
    events = stream()
    key = object_key(events, events.error_prefix, MOMENT, error_type="processing-failed")
    assert key.startswith("errors/processing-failed/day=2026-11-03/sluice-local-events-1-")
    assert not key.endswith(".gz")


def test_a_prefix_without_expressions_gets_the_hour() -> None:
    assert object_key(stream(Prefix="raw/"), "raw/", MOMENT).startswith("raw/2026/11/03/20/sluice-local-events-1-")


def test_java_patterns_keep_their_quoted_text() -> None:
    dated = stream(Prefix="!{timestamp:'day='yyyy-MM-dd'/hour='HH}/")
    assert object_key(dated, dated.prefix, MOMENT).startswith("day=2026-11-03/hour=20/")


def test_what_failed_is_kept_whole() -> None:
    line = json.loads(error_document(b"\xff", UnprocessableError("Some.Code", "why"), MOMENT))
    assert base64.b64decode(line["rawData"]) == b"\xff"
    assert (line["errorCode"], line["errorMessage"], line["arrivalTimestamp"]) == ("Some.Code", "why", 1793738463000)
