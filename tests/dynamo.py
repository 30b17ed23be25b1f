"""A DynamoDB of one operation: UpdateItem, applied as one step, with the expressions that the adapters use.

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

_SECTIONS = re.compile(r"\b(SET|ADD|DELETE)\b")
_ASSIGNMENT = re.compile(r"(#\w+) = (?:if_not_exists\((#\w+), (:\w+)\)|(:\w+))")
_ABSENT = re.compile(r"attribute_not_exists\((#\w+)\)")
_AT_MOST = re.compile(r"(#\w+) <= (:\w+)")


class ConditionalCheckFailedException(ClientError):  # noqa: N818 - boto3's name
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")


class ItemTooLargeError(ClientError):
    def __init__(self) -> None:
        message = "Item size to update has exceeded the maximum allowed size"
        super().__init__({"Error": {"Code": "ValidationException", "Message": message}}, "UpdateItem")


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
        match ReturnValues:
            case "ALL_NEW":
                return {"Attributes": dict(new)}
            case "ALL_OLD":
                return {"Attributes": dict(old)} if old else {}
        raise NotImplementedError(ReturnValues)


def client(dynamo: Dynamo) -> Any:
    """As the adapters' parameter."""
    return cast("Any", dynamo)


def _holds(expression: str, item: Item, names: dict[str, str], values: dict[str, Value]) -> bool:
    """`a AND (b OR c)` of comparisons, which become Python's."""

    def absent(match: re.Match[str]) -> str:
        return str(names[match[1]] not in item)

    def at_most(match: re.Match[str]) -> str:
        there = item.get(names[match[1]])
        return str(there is not None and int(there["N"]) <= int(values[match[2]]["N"]))

    text = _AT_MOST.sub(at_most, _ABSENT.sub(absent, expression)).replace("AND", "and").replace("OR", "or")
    assert re.fullmatch(r"(True|False|and|or|[() ])+", text), text
    return bool(eval(text, {"__builtins__": {}}))  # noqa: S307 - of the words above


def _set(text: str, old: Item, new: Item, names: dict[str, str], values: dict[str, Value]) -> None:
    rest = _ASSIGNMENT.sub("", text)
    assert not rest.replace(",", "").strip(), text
    for target, guarded, default, value in _ASSIGNMENT.findall(text):
        new[names[target]] = old.get(names[guarded], values[default]) if guarded else values[value]


def _add(text: str, old: Item, new: Item, names: dict[str, str], values: dict[str, Value]) -> None:
    name, value = _pair(text, names, values)
    if "N" in value:
        new[name] = {"N": str(int(old.get(name, {"N": "0"})["N"]) + int(value["N"]))}
    else:
        new[name] = {"BS": sorted({*old.get(name, {"BS": []})["BS"], *value["BS"]})}


def _delete(text: str, old: Item, new: Item, names: dict[str, str], values: dict[str, Value]) -> None:
    name, value = _pair(text, names, values)
    left = sorted({*old.get(name, {"BS": []})["BS"]} - {*value["BS"]})
    new.pop(name, None)
    if left:  # a set is never empty
        new[name] = {"BS": left}


def _pair(text: str, names: dict[str, str], values: dict[str, Value]) -> tuple[str, Value]:
    name, value = text.split()
    return names[name], values[value]


_CHANGES = {"SET": _set, "ADD": _add, "DELETE": _delete}
