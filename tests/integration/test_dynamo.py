"""The twin of DynamoDB answers as ministack does, call by call, whatever the adapters ask."""

from collections import Counter
from random import Random
from typing import Any, cast

import pytest

from local.cloud.aws import client
from sluice.aws.dedupe import DynamoDedupeStore
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.messages.idempotency import MessageKey
from sluice.router.dedupe import KEY_BYTES, OWNER_BYTES, Claim
from tests import dynamo
from tests.dynamo import Dynamo, Item
from tests.integration.cloud import STAGE, Cloud

NOW = 1_795_447_200.0


class Both:
    """Calls both, and compares what they say."""

    def __init__(self, real: Any) -> None:
        self.real, self.twin, self.calls = real, Dynamo(), Counter[str]()
        self.exceptions = real.exceptions

    def update_item(self, **call: Any) -> dict[str, Item]:
        self.calls["update"] += 1
        try:
            expected = self.real.update_item(**call)
        except self.real.exceptions.ConditionalCheckFailedException:
            self.calls["refused"] += 1
            with pytest.raises(dynamo.ConditionalCheckFailedException):
                self.twin.update_item(**call)
            raise
        answer = self.twin.update_item(**call)
        assert answer["Attributes"] == expected["Attributes"]
        return answer

    def batch_get_item(self, **call: Any) -> dict[str, Any]:
        self.calls["get"] += 1
        answer, expected = self.twin.batch_get_item(**call), self.real.batch_get_item(**call)
        assert _by_bucket(answer) == _by_bucket(expected)
        return answer


def _by_bucket(answer: dict[str, Any]) -> dict[str, Item]:
    return {item["bucket"]["S"]: item for items in answer["Responses"].values() for item in items}


def test_claims_on_pages_that_fill_up(cloud: Cloud) -> None:
    both, random = Both(client("dynamodb", cloud.url)), Random(1)  # noqa: S311 - repeatable, not secret
    routers = [
        DynamoDedupeStore(cast("Any", both), f"sluice-{STAGE}-dedupe", lambda: NOW, page_bytes=90, threads=1)
        for _ in range(3)
    ]
    for turn in range(60):
        keys = random.sample(range(30), random.randrange(1, 6))
        claims = [Claim(f"website/{key % 2}", key.to_bytes(KEY_BYTES), turn.to_bytes(OWNER_BYTES)) for key in keys]
        assert None not in random.choice(routers).claim(claims)
    assert both.calls["update"] > 100
    assert min(both.calls["refused"], both.calls["get"]) > 10


def test_tickets_begun_and_finished(cloud: Cloud) -> None:
    both, random, now = Both(client("dynamodb", cloud.url)), Random(2), NOW  # noqa: S311 - repeatable, not secret
    for _ in range(60):
        clock = lambda now=now: now  # noqa: E731
        store = DynamoIdempotencyStore(cast("Any", both), f"sluice-{STAGE}-ledger", "router", clock, 90, threads=1)
        keys = [MessageKey(number % 3, str(number)) for number in random.sample(range(20), random.randrange(1, 5))]
        statuses = store.claim(keys, seconds=30)
        new = [key for key, status in zip(keys, statuses, strict=True) if status == "claimed"]
        store.complete(new[: random.randrange(0, 3)])
        now += random.choice((1.0, 40.0))
    assert both.calls["update"] > 80
