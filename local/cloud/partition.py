"""Treat a record as Firehose does between PutRecordBatch and S3: split, partition, name. No I/O."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jq

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_EXPRESSION = re.compile(r"!\{([A-Za-z]+):([^}]*)\}")
_JAVA_TIME = re.compile(r"'([^']*)'|yyyy|MM|dd|HH|mm|ss")
_STRFTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


class UnprocessableError(Exception):
    """A record that goes to the error prefix. `code` is Firehose's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Stream:
    """A delivery stream as DescribeDeliveryStream tells it."""

    name: str
    bucket: str
    prefix: str
    error_prefix: str
    gzip: bool
    deaggregate: bool
    delimiter: str
    query: Any
    """The compiled jq program, or None where nothing is partitioned."""

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Stream:
        destination = description["Destinations"][0]["ExtendedS3DestinationDescription"]
        processing = destination.get("ProcessingConfiguration") or {}
        processors = {
            processor["Type"]: {
                item["ParameterName"]: item["ParameterValue"] for item in processor.get("Parameters", [])
            }
            for processor in processing.get("Processors", [])
            if processing.get("Enabled")
        }
        query = processors.get("MetadataExtraction", {}).get("MetadataExtractionQuery")
        return cls(
            name=description["DeliveryStreamName"],
            bucket=destination["BucketARN"].rpartition(":")[2],
            prefix=destination.get("Prefix", ""),
            error_prefix=destination.get("ErrorOutputPrefix", ""),
            gzip=destination.get("CompressionFormat") == "GZIP",
            deaggregate="RecordDeAggregation" in processors,
            delimiter=processors.get("AppendDelimiterToRecord", {}).get("Delimiter", "").replace("\\n", "\n"),
            query=jq.compile(query) if query else None,
        )


def split(stream: Stream, data: bytes) -> list[tuple[str, str]]:
    """A record as (prefix without its time, document) pairs, delimiters appended.

    All or nothing, so that a record is either archived or kept whole. Raises UnprocessableError.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UnprocessableError("DynamicPartitioning.MetadataExtractionFailed", str(error)) from error
    documents = deaggregate(text) if stream.deaggregate else [text]
    return [
        (partition_prefix(stream.prefix, _keys(stream, document)), document + stream.delimiter)
        for document in documents
    ]


def deaggregate(text: str) -> list[str]:
    """JSON documents that follow each other, with or without white space in between. Raises UnprocessableError."""
    documents = []
    position = _SPACE.match(text, 0).end()  # type: ignore[union-attr] # the expression matches the empty string
    while position < len(text):
        try:
            _, end = _DECODER.raw_decode(text, position)
        except ValueError as error:
            raise UnprocessableError("RecordDeAggregation.InvalidJson", str(error)) from error
        documents.append(text[position:end])
        position = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return documents


def _keys(stream: Stream, document: str) -> dict[str, str]:
    if stream.query is None:
        return {}
    try:
        found = stream.query.input_text(document).first()
    except (ValueError, StopIteration) as error:
        raise UnprocessableError("DynamicPartitioning.MetadataExtractionFailed", str(error)) from error
    if not isinstance(found, dict):
        raise UnprocessableError("DynamicPartitioning.MetadataExtractionFailed", "the query did not return an object")
    for name, value in found.items():
        if value is None or value == "" or isinstance(value, dict | list):
            raise UnprocessableError(
                "DynamicPartitioning.MetadataExtractionFailed", f"partition key {name} is {value!r}"
            )
    return {name: str(value) for name, value in found.items()}


def partition_prefix(template: str, keys: Mapping[str, str]) -> str:
    """`source=!{partitionKeyFromQuery:source}/` with the record's own keys. Raises UnprocessableError."""

    def replace(found: re.Match[str]) -> str:
        if found[1] != "partitionKeyFromQuery":
            return found[0]
        if found[2] not in keys:
            raise UnprocessableError("DynamicPartitioning.MetadataExtractionFailed", f"the query returns no {found[2]}")
        return keys[found[2]]

    return _EXPRESSION.sub(replace, template)


def object_key(stream: Stream, prefix: str, moment: datetime, *, error_type: str = "") -> str:
    """The prefix with its time filled in, and a name like Firehose's. `moment` is UTC, of the buffer's first record."""

    def replace(found: re.Match[str]) -> str:
        kind, argument = found[1], found[2]
        if kind == "timestamp":
            return _java_time(argument, moment)
        if (kind, argument) == ("firehose", "error-output-type"):
            return error_type
        if (kind, argument) == ("firehose", "random-string"):
            return secrets.token_urlsafe(8)[:11]
        return found[0]

    start = _EXPRESSION.sub(replace, prefix)
    if "!{" not in (stream.error_prefix if error_type else stream.prefix):
        start += f"{moment:%Y/%m/%d/%H/}"  # Firehose's own layout where the prefix says nothing
    name = f"{stream.name}-1-{moment:%Y-%m-%d-%H-%M-%S}-{secrets.token_hex(16)}"
    return start + name + (".gz" if stream.gzip and not error_type else "")


def _java_time(pattern: str, moment: datetime) -> str:
    return _JAVA_TIME.sub(
        lambda found: found[1] if found[1] is not None else moment.strftime(_STRFTIME[found[0]]), pattern
    )


def error_document(data: bytes, error: UnprocessableError, arrived: datetime) -> str:
    """One line of a `processing-failed` object, in Firehose's shape; the record is kept as base64."""
    return (
        json.dumps(
            {
                "attemptsMade": 1,
                "arrivalTimestamp": int(arrived.timestamp() * 1000),
                "errorCode": error.code,
                "errorMessage": str(error),
                "rawData": base64.b64encode(data).decode(),
            }
        )
        + "\n"
    )
