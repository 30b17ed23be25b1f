"""An AWS that answers at once and counts: the real clients, and everything up to the bytes that they would send.

A request is answered before it would leave the process, where botocore lets it (`before-send`). So what a client costs
is there, and neither a network nor a server. The time that the answers themselves take is kept, to be left out.
"""

import base64
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import orjson
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from sluice.aws import clients
from tests.dynamo import ConditionalCheckFailedException, Dynamo, Item, Value

REGION = "us-east-1"
#: The value of every parameter.
SECRET = "secret"  # noqa: S105 - it opens nothing
_KB = 1024
#: What SQS bills as one request, https://aws.amazon.com/sqs/pricing/
SQS_UNIT = 64 * _KB
#: Of a DynamoDB write and of a strongly consistent read.
_WRITE_UNIT, _READ_UNIT = _KB, 4 * _KB
#: What Firehose bills at least of a record, and then by.
_FIREHOSE_UNIT = 5 * _KB

type Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class _Raw(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


@dataclass
class CountingAws:
    """`units` are what is billed, by name; `calls` of each service, and which of them had a thread of their own.

    `sent` has for each queue, by its address, when a message can be received, and its body; `now` is the time by which
    that is told. `seconds` is the processor's time that answering took.
    """

    units: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    threaded: Counter[str] = field(default_factory=Counter)
    sent: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    now: float = 0.0
    seconds: float = 0.0
    tables: dict[str, Dynamo] = field(default_factory=dict)

    def install(self) -> None:
        """All clients that are made from here on are answered by this."""
        clients.session.cache_clear()
        session = clients.session()
        session.set_credentials("test", "test")
        session.set_config_variable("region", REGION)
        session.register("before-send", cast("Any", self._before_send))

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        started = time.thread_time()
        operation = _text(request.headers["X-Amz-Target"]).rpartition(".")[2]
        status, body = self.answer(operation, orjson.loads(cast("bytes", request.body)))
        self.seconds += time.thread_time() - started
        headers = HTTPHeaders()
        headers["content-type"], headers["x-amzn-requestid"] = "application/x-amz-json-1.0", "r"
        return AWSResponse(request.url, status, headers, _Raw(body))

    def answer(self, operation: str, call: Mapping[str, Any]) -> tuple[int, bytes]:
        try:
            return 200, orjson.dumps(_OPERATIONS[operation](self, call))
        except ConditionalCheckFailedException:
            return 400, orjson.dumps({"__type": "ConditionalCheckFailedException", "message": ""})

    def send_message(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        self._count_sqs(len(call["MessageBody"].encode()))
        self._put(call["QueueUrl"], call)
        return {"MessageId": "m", "MD5OfMessageBody": "0"}

    def send_message_batch(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        self._count_sqs(sum(len(entry["MessageBody"].encode()) for entry in call["Entries"]))
        for entry in call["Entries"]:
            self._put(call["QueueUrl"], entry)
        done = [{"Id": each["Id"], "MessageId": "m", "MD5OfMessageBody": "0"} for each in call["Entries"]]
        return {"Successful": done, "Failed": []}

    def _count_sqs(self, size: int) -> None:
        self._called("sqs")
        self.units["sqs send"] += units(size, SQS_UNIT)

    def get_parameter(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the same secret for every name. Parameters of the standard kind cost nothing."""
        self.calls["ssm"] += 1
        return {"Parameter": {"Name": call["Name"], "Type": "SecureString", "Value": SECRET}}

    def _put(self, url: str, message: Mapping[str, Any]) -> None:
        self.sent.setdefault(url, []).append((self.now + message.get("DelaySeconds", 0), message["MessageBody"]))

    def take(self, url: str) -> list[tuple[float, str]]:
        """What was sent to a queue since the last time."""
        return self.sent.pop(url, [])

    def _called(self, service: str) -> None:
        self.calls[service] += 1
        if threading.current_thread() is not threading.main_thread():
            self.threaded[service] += 1

    def update_item(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        self._called("dynamodb")
        table, bucket = self._table(call["TableName"]), call["Key"]["bucket"]["S"]
        before = item_bytes(table.items.get(bucket, {}))
        try:
            answer = table.update_item(**call)
        finally:
            size = max(before, item_bytes(table.items.get(bucket, {})))
            self.units["dynamodb write"] += units(size, _WRITE_UNIT)
        return answer

    def batch_get_item(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        self._called("dynamodb")
        ((name, wanted),) = call["RequestItems"].items()
        for key in wanted["Keys"]:
            item = self._table(name).items.get(key["bucket"]["S"], {})
            self.units["dynamodb read"] += units(item_bytes(item), _READ_UNIT)
        return self._table(name).batch_get_item(**call)

    def _table(self, name: str) -> Dynamo:
        return self.tables.setdefault(name, Dynamo())

    def put_record_batch(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        self._called("firehose")
        for record in call["Records"]:
            data = base64.b64decode(record["Data"])
            self.units["firehose records"] += 1
            self.units["firehose bytes"] += units(len(data), _FIREHOSE_UNIT) * _FIREHOSE_UNIT
            self.units["archived bytes"] += len(data)
        return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "r"} for _ in call["Records"]]}


_OPERATIONS: dict[str, Callable[[CountingAws, Mapping[str, Any]], Mapping[str, Any]]] = {
    "SendMessage": CountingAws.send_message,
    "SendMessageBatch": CountingAws.send_message_batch,
    "UpdateItem": CountingAws.update_item,
    "BatchGetItem": CountingAws.batch_get_item,
    "PutRecordBatch": CountingAws.put_record_batch,
    "GetParameter": CountingAws.get_parameter,
}


def units(size: int, unit: int) -> int:
    """Started units; one at least."""
    return max(1, -(-size // unit))


def item_bytes(item: Item) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content) // 2 + 2
        case "B":
            return len(content) * 3 // 4
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
    raise ValueError(kind)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
