"""Amazon Data Firehose on this machine, for what the embedded one cannot do: split, partition and compress records.

Reads what a stream shall do from the embedded AWS and writes to its bucket. Two differences to AWS: a record counts as
accepted when it is in this process's memory, where AWS first copies it to three zones; and a buffer is written after a
second, whatever the stream's hints say, because a person is waiting to see it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import gzip
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web
from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import aws
from local.cloud.partition import Stream, UnprocessableError, error_document, object_key, split

if TYPE_CHECKING:
    from local.settings import Settings

MAX_RECORDS = 500
MAX_CALL = 4 * 1024 * 1024  # bytes
MAX_RECORD = 1000 * 1024  # bytes
FLUSH_AFTER = 1.0  # seconds
_CLOSING = 0.1  # seconds
_ERROR_TYPE = "processing-failed"


class ApiError(Exception):
    """`kind` is the exception's name in Firehose's API."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class _Buffer:
    stream: Stream
    started: datetime
    documents: list[str] = field(default_factory=list)


class Firehose:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._streams: dict[str, Stream] = {}
        self._buffers: dict[tuple[str, str, str], _Buffer] = {}
        """By stream, prefix and error type."""
        self._server = web.Server(self.handle, access_log=None)
        self._listener: asyncio.Server | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._clients: dict[str, Any] = {}

    async def listen(self) -> str:
        """On a free port of the loopback interface; returns the endpoint for AWS_ENDPOINT_URL_FIREHOSE."""
        self._listener = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def forget(self) -> None:
        """Streams may have changed: ask again."""
        self._streams.clear()

    async def close(self) -> None:
        if self._listener:
            self._listener.close()
        await self._server.shutdown(_CLOSING)
        self._closing.set()
        await asyncio.gather(*self._flushes, return_exceptions=True)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        try:
            call = json.loads(await request.content.read(-1))
            if action == "PutRecordBatch":
                answer = await self._put(call["DeliveryStreamName"], [record["Data"] for record in call["Records"]])
            elif action == "PutRecord":
                answer = await self._put(call["DeliveryStreamName"], [call["Record"]["Data"]])
                answer = {**answer["RequestResponses"][0], "Encrypted": False}
            elif action == "DescribeDeliveryStream":
                answer = {"DeliveryStreamDescription": await self._described(call["DeliveryStreamName"])}
            else:
                raise ApiError("UnknownOperationException", f"{action} does not live here")
        except ApiError as error:
            return _answer({"__type": error.kind, "message": str(error)}, 400)
        except (ValueError, KeyError, TypeError) as error:
            return _answer({"__type": "SerializationException", "message": repr(error)}, 400)
        return _answer(answer, 200)

    async def _put(self, name: str, encoded: list[str]) -> dict[str, Any]:
        records = decode_records(encoded)
        stream = await self._stream(name)
        arrived = datetime.now(UTC)
        for record in records:
            try:
                for prefix, document in split(stream, record):
                    self._keep(stream, prefix, "", document, arrived)
            except UnprocessableError as error:
                document = error_document(record, error, arrived)
                self._keep(stream, stream.error_prefix, _ERROR_TYPE, document, arrived)
        results = [{"RecordId": secrets.token_urlsafe(48)} for _ in records]
        return {"FailedPutCount": 0, "Encrypted": False, "RequestResponses": results}

    async def _stream(self, name: str) -> Stream:
        if name not in self._streams:
            self._streams[name] = Stream.from_description(await asyncio.to_thread(self._describe, name))
        return self._streams[name]

    async def _described(self, name: str) -> dict[str, Any]:
        """Return what JSON can hold of a description: the times of the API are in seconds."""
        found = await asyncio.to_thread(self._describe, name)
        document: dict[str, Any] = json.loads(json.dumps(found, default=datetime.timestamp))
        return document

    def _describe(self, name: str) -> dict[str, Any]:
        firehose = self._client("firehose")
        try:
            description: dict[str, Any] = firehose.describe_delivery_stream(DeliveryStreamName=name)
        except firehose.exceptions.ResourceNotFoundException as error:
            raise ApiError("ResourceNotFoundException", f"Firehose {name} not found") from error
        return description["DeliveryStreamDescription"]  # type: ignore[no-any-return]

    def _keep(self, stream: Stream, prefix: str, error_type: str, document: str, arrived: datetime) -> None:
        key = (stream.name, prefix, error_type)
        if key not in self._buffers:
            self._buffers[key] = _Buffer(stream, arrived)
            task = asyncio.create_task(self._flush_later(key))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)
        self._buffers[key].documents.append(document)

    async def _flush_later(self, key: tuple[str, str, str]) -> None:
        """Write a buffer when it is due or when we close; what cannot be written is kept and tried again, as on AWS."""
        await self._pause()
        buffer = self._buffers.pop(key)
        while True:
            try:
                return await asyncio.to_thread(self._write, buffer, prefix=key[1], error_type=key[2])
            except (BotoCoreError, ClientError):
                if self._closing.is_set():
                    raise
                await self._pause()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), FLUSH_AFTER)

    def _write(self, buffer: _Buffer, *, prefix: str, error_type: str) -> None:
        stream = buffer.stream
        body = "".join(buffer.documents).encode()
        self._client("s3").put_object(
            Bucket=stream.bucket,
            Key=object_key(stream, prefix, buffer.started, error_type=error_type),
            Body=gzip.compress(body, 6) if stream.gzip and not error_type else body,
            ContentType="application/octet-stream",
        )

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = aws.client(service, self._settings.aws_url)
        return self._clients[service]


def decode_records(encoded: list[str]) -> list[bytes]:
    """The records of a call within the API's limits. Raises ApiError."""
    if not 1 <= len(encoded) <= MAX_RECORDS:
        raise ApiError("InvalidArgumentException", f"a call takes from 1 to {MAX_RECORDS} records, not {len(encoded)}")
    try:
        records = [base64.b64decode(data, validate=True) for data in encoded]
    except binascii.Error as error:
        raise ApiError("SerializationException", str(error)) from error
    if any(len(record) > MAX_RECORD for record in records):
        raise ApiError("InvalidArgumentException", f"a record takes at most {MAX_RECORD} bytes")
    if sum(map(len, records)) > MAX_CALL:
        raise ApiError("InvalidArgumentException", f"a call takes at most {MAX_CALL} bytes")
    return records


def _answer(document: dict[str, Any], status: int) -> web.Response:
    return web.Response(text=json.dumps(document), content_type="application/x-amz-json-1.1", status=status)
