"""A DynamoDB of two operations, UpdateItem and BatchGetItem, with the expressions that the adapters use; each item
is a step of its own.

Each call goes through `before` and `after`, where a test lets things go wrong or lets another process run.
`tests/integration/test_dynamo.py` holds it against ministack.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError

type Value = dict[str, Any]
type Item = dict[str, Value]

_SECTIONS = re.compile(r"\b(SET|ADD)\b")
_ASSIGNMENT = re.compile(r"(#\w+) = (?:list_append\(if_not_exists\((#\w+), (:\w+)\), (:\w+)\)|(:\w+))")
_ABSENT = re.compile(r"attribute_not_exists\((#\w+)\)")
_BELOW = re.compile(r"(#\w+) < (:\w+)")


class ConditionalCheckFailedException(ClientError):  # noqa: N818 - boto3's name
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")


@dataclass
class Dynamo:
    """`items` by their bucket. What `before` and `after` raise comes out of the call; before it, nothing happened."""

    items: dict[str, Item] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)
    )

    def update_item(self, **call: Any) -> dict[str, Item]:
        self.before()
        answer = self._apply(**call)
        self.after()
        return answer

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Each item by itself: what is read of them is not what they were at one moment."""
        ((table, wanted),) = RequestItems.items()
        assert wanted["ConsistentRead"], "what is read later may be older than what was written before"
        found = []
        for key in wanted["Keys"]:
            self.before()
            if (item := self.items.get(key["bucket"]["S"])) is not None:
                found.append(dict(item))
        self.after()
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _apply(
        self,
        *,
        TableName: str,  # noqa: N803, ARG002 - boto3's names
        Key: dict[str, Value],  # noqa: N803
        UpdateExpression: str,  # noqa: N803
        ExpressionAttributeNames: dict[str, str],  # noqa: N803
        ExpressionAttributeValues: dict[str, Value],  # noqa: N803
        ReturnValues: str,  # noqa: N803
        ConditionExpression: str | None = None,  # noqa: N803
    ) -> dict[str, Item]:
        bucket = Key["bucket"]["S"]
        old = self.items.get(bucket, {})
        names, values = ExpressionAttributeNames, ExpressionAttributeValues
        if ConditionExpression and not _holds(ConditionExpression, old, names, values):
            raise ConditionalCheckFailedException
        new = {**Key, **old}
        _, *parts = _SECTIONS.split(UpdateExpression)
        for verb, text in zip(parts[::2], parts[1::2], strict=True):
            _CHANGES[verb](text, old, new, names, values)
        self.items[bucket] = new
        assert ReturnValues == "ALL_NEW"
        return {"Attributes": dict(new)}


def client(dynamo: Dynamo) -> Any:
    """As the adapters' parameter."""
    return cast("Any", dynamo)


def _holds(expression: str, item: Item, names: dict[str, str], values: dict[str, Value]) -> bool:
    """`a OR b` of comparisons, which become Python's."""

    def absent(match: re.Match[str]) -> str:
        return str(names[match[1]] not in item)

    def below(match: re.Match[str]) -> str:
        there = item.get(names[match[1]])
        return str(there is not None and int(there["N"]) < int(values[match[2]]["N"]))

    text = _BELOW.sub(below, _ABSENT.sub(absent, expression)).replace("OR", "or")
    assert re.fullmatch(r"(True|False|or|[() ])+", text), text
    return bool(eval(text, {"__builtins__": {}}))  # noqa: S307 - of the words above


def _set(text: str, old: Item, new: Item, names: dict[str, str], values: dict[str, Value]) -> None:
    rest = _ASSIGNMENT.sub("", text)
    assert not rest.replace(",", "").strip(), text
    for target, list_name, default, more, value in _ASSIGNMENT.findall(text):
        if list_name:
            new[names[target]] = {"L": [*old.get(names[list_name], values[default])["L"], *values[more]["L"]]}
        else:
            new[names[target]] = values[value]


def _add(text: str, old: Item, new: Item, names: dict[str, str], values: dict[str, Value]) -> None:
    name, value = text.split()
    before = int(old.get(names[name], {"N": "0"})["N"])
    new[names[name]] = {"N": str(before + int(values[value]["N"]))}


_CHANGES = {"SET": _set, "ADD": _add}
