"""Answers that no vendor should give and some vendor will."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from sluice.delivery.plan import Task, plan
from sluice.delivery.requeue import TaskResult, remainder
from sluice.delivery.send import exchange
from sluice.destinations.http import Request, Response, UnreachableError
from sluice.destinations.outcome import Delivered, Discarded, Failed, Misconfigured, Retry
from sluice.messages.pack import Pack, PackHeader
from tests.destinations import kind, subscribed
from tests.examples import ALL_CALLS
from tests.unit.destinations.golden import SETTINGS

NOW = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
_DOCUMENTS = tuple(json.dumps({**each, "messageId": f"m{at}"}).encode() for at, each in enumerate(ALL_CALLS * 2))
_STATUSES = (100, 200, 202, 204, 301, 400, 400, 401, 403, 404, 408, 413, 422, 429, 429, 500, 501, 503, 599, 999)
_HEADERS = (
    "retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-remaining",
    "ratelimit-remaining", "content-type",
)  # fmt: skip
_VALUES = (
    "", "0", "1", "-1", "3600", "86400", "1795648306", "1795648306000", "1795648306000000", "9" * 19, "9" * 400, "1e9",
    "0.5", "nan", "inf", "soon", "Mon, 23 Nov 2026 20:41:48 GMT", "Mon, 99 Nov 9999 99:99:99 GMT", "1m30s", "0;w=1",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00-14:00", "\u00b2", "\x00",
)  # fmt: skip
_NAMES = (
    "error", "errors", "code", "status", "message", "failed_records", "index", "events_with_invalid_fields",
    "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events", "throttled_events", "success",
    "quota_limited", "source", "pointer", "detail", "batch_index", "reason", "field", "num_records_imported",
)  # fmt: skip
_LEAVES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    3,
    10**9,
    1.5,
    "",
    "0",
    "1",
    "/data/0",
    "invalid_api_key",
    "events",
    [],
    {},
)


def answer(random: Random) -> Response:
    """Return any answer."""
    headers = {name: random.choice(_VALUES) for name in random.sample(_HEADERS, random.randrange(3))}
    match random.randrange(8):
        case 0:
            body = random.randbytes(random.randrange(50))
        case 1:
            body = random.choice((b"", b"0", b"1", b"ok", b"null", b"[]", b"<html>", b'{"error"', b"no_service"))
        case _:
            body = json.dumps(_tree(random, 4)).encode()
    return Response(random.choice(_STATUSES), headers, body)


def _tree(random: Random, depth: int) -> Any:
    match random.randrange(5 if depth else 2):
        case 0 | 1:
            return random.choice(_LEAVES)
        case 2:
            return [_tree(random, depth - 1) for _ in range(random.randrange(4))]
    return {random.choice(_NAMES): _tree(random, depth - 1) for _ in range(random.randrange(1, 5))}


@cache
def _tasks(name: str) -> Sequence[Sequence[Task[Any]]]:
    """Return the tasks of some events, by endpoint and key."""
    destination = kind(name)
    settings = destination.settings(**SETTINGS[name])
    runs: dict[Any, list[Task[Any]]] = {}
    for task in plan(_DOCUMENTS, subscribed(destination), settings).tasks:
        runs.setdefault((id(task.item.endpoint), task.item.key), []).append(task)
    return list(runs.values())


#: Those that send something without actions of their own.
DESTINATIONS = tuple(name for name in SETTINGS if _tasks(name))


def check_answers(random: Random) -> Counter[str]:
    """Send a batch to a vendor that answers anything. Raises AssertionError, or whatever was raised on the way."""
    name = random.choice(DESTINATIONS)
    tasks = random.choice(_tasks(name))
    settings = kind(name).settings(**SETTINGS[name])

    def vendor(_: Request) -> Response:
        if random.random() < 0.05:
            raise UnreachableError("ETIMEDOUT")
        return answer(random)

    outcomes = exchange(tasks, settings, vendor)
    assert len(outcomes) == len(tasks)
    assert all(isinstance(each, Delivered | Discarded | Retry | Misconfigured) for each in outcomes), outcomes
    assert not any(isinstance(each, Failed) for each in outcomes)
    results = [TaskResult(task.document, task.key, each) for task, each in zip(tasks, outcomes, strict=True)]
    _check_remainder(results)
    return Counter(f"vendor: {type(each).__name__}" for each in outcomes)


def _check_remainder(results: Sequence[TaskResult]) -> None:
    """Every event that is not done is in a pack that goes back, or in a dead letter."""
    pack = Pack(PackHeader(kind="delivery", count=len(_DOCUMENTS), destination="crm"), _DOCUMENTS)
    left = remainder(pack, results, NOW)
    open_ones = {each.document for each in results if isinstance(each.outcome, Retry | Misconfigured | Failed)}
    kept = {text for each in (*(back.pack for back in left.back), *left.dead) for text in each.documents}
    assert kept == {_DOCUMENTS[index] for index in open_ones}
    assert all(1 <= back.seconds <= 900 for back in left.back)
