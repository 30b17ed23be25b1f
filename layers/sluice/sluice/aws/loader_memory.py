"""The memory of a warehouse's loader, and its lease, in one item of DynamoDB."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from sluice.warehouses.memory import Memory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Attributes, which are words that DynamoDB reserves, or may one day.
_NAMES = {"#holder": "holder", "#until": "until", "#listed": "listed", "#last": "last"}


class DynamoMemoryStore:
    """Satisfies `sluice.warehouses.memory.MemoryStore`, for the warehouse called `name`. Raises botocore's errors."""

    def __init__(self, client: "DynamoDBClient", table: str, name: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._key: Any = {"bucket": {"S": f"warehouse-{name}/loader"}}
        self._holder = uuid4().hex

    def begin(self, seconds: float) -> Memory | None:
        now = self._now()
        try:
            item = self._update(
                "SET #holder = :holder, #until = :until",
                {
                    ":holder": {"S": self._holder},
                    ":until": _number(now + seconds),
                    ":now": _number(now),
                },
                "attribute_not_exists(#until) OR #until <= :now OR #holder = :holder",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return _memory(item)

    def end(self, memory: Memory) -> None:
        """Whoever has begun since, because this one took too long, is not disturbed."""
        listed = {source: _number(at) for source, at in memory.listed.items()}
        try:
            self._update(
                "SET #until = :never, #listed = :listed, #last = :last",
                {
                    ":never": _number(0),
                    ":listed": {"M": listed},
                    ":last": {"S": memory.last},
                    ":holder": {"S": self._holder},
                },
                "#holder = :holder",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def look(self) -> tuple[Memory, bool]:
        """Return what is remembered, and whether somebody is loading."""
        item = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True).get("Item", {})
        return _memory(item), float(item.get("until", {}).get("N", "0")) > self._now()

    def pause(self, *, is_paused: bool) -> None:
        """Have loaders load nothing, or go on."""
        self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression="SET is_paused = :is_paused",
            ExpressionAttributeValues={":is_paused": {"BOOL": is_paused}},
        )

    def _update(self, expression: str, values: Any, condition: str) -> Any:
        return self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeNames={name: each for name, each in _NAMES.items() if name in expression + condition},
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        ).get("Attributes", {})


def _memory(item: Any) -> Memory:
    listed = {source: float(at["N"]) for source, at in item.get("listed", {}).get("M", {}).items()}
    return Memory(listed, item.get("last", {}).get("S", ""), item.get("is_paused", {}).get("BOOL", False))


def _number(value: float) -> dict[str, str]:
    return {"N": f"{value:.3f}"}
