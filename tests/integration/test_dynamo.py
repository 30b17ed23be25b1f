"""The twin of DynamoDB answers as ministack does, call by call, whatever the adapters ask."""

from random import Random
from typing import Any, cast

import pytest

from local.aws import client
from sluice.aws.ledger import DynamoLedger
from sluice.aws.seen import DynamoSeenIds
from sluice.route.seen import Claim
from sluice.wire.ledger import Ticket
from tests import dynamo
from tests.dynamo import Dynamo, Item
from tests.integration.cloud import STAGE, Cloud

NOW = 1_795_447_200.0


class Both:
    """Calls both, and compares what they say."""

    def __init__(self, real: Any) -> None:
        self.real, self.twin, self.calls = real, Dynamo(), 0
        self.exceptions = real.exceptions

    def update_item(self, **call: Any) -> dict[str, Item]:
        self.calls += 1
        try:
            expected = self.real.update_item(**call)
        except self.real.exceptions.ConditionalCheckFailedException:
            with pytest.raises(dynamo.ConditionalCheckFailedException):
                self.twin.update_item(**call)
            raise
        answer = self.twin.update_item(**call)
        assert _sorted(answer.get("Attributes", {})) == _sorted(expected.get("Attributes", {}))
        return answer


def _sorted(item: Item) -> Item:
    """Sets have no order."""
    return {name: {"BS": sorted(map(bytes, value["BS"]))} if "BS" in value else value for name, value in item.items()}


def test_claims_in_buckets_that_fill_up(cloud: Cloud) -> None:
    both, random = Both(client("dynamodb", cloud.url)), Random(1)  # noqa: S311 - repeatable, not secret
    for turn in range(60):
        seen = DynamoSeenIds(cast("Any", both), f"sluice-{STAGE}-dedupe", lambda: NOW, bucket_ids=9, threads=1)
        keys = random.sample(range(30), random.randrange(1, 6))
        found = seen.claim([Claim(f"website/{key % 2}", f"{key:020x}", f"owner-{turn}") for key in keys])
        assert None not in found.values()
    assert both.calls > 100


def test_tickets_begun_and_finished(cloud: Cloud) -> None:
    both, random, now = Both(client("dynamodb", cloud.url)), Random(2), NOW  # noqa: S311 - repeatable, not secret
    for _ in range(60):
        clock = lambda now=now: now  # noqa: E731
        ledger = DynamoLedger(cast("Any", both), f"sluice-{STAGE}-ledger", "router", clock, threads=1)
        tickets = [Ticket(number % 3, str(number)) for number in random.sample(range(20), random.randrange(1, 5))]
        standings = ledger.begin(tickets, seconds=30)
        new = [ticket for ticket, standing in zip(tickets, standings, strict=True) if standing == "new"]
        ledger.finish(new[: random.randrange(0, 3)])
        now += random.choice((1.0, 40.0))
    assert both.calls > 80
