"""Many routers at once claim the same ids, and each id has one owner.

Against ministack's DynamoDB, whose only thread applies one update after the other: what interleaves here are the calls
of the adapter, as with the real one, which promises the same of single items. moto would not do: it lets updates of
one item overlap.
"""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from threading import Barrier

import pytest

from local.aws import client
from sluice.aws.seen import BUCKET_IDS, DynamoSeenIds
from sluice.route.seen import Claim
from tests.integration.cloud import STAGE, Cloud

TABLE = f"sluice-{STAGE}-dedupe"
IDS, IDS_PER_CALL = 30, 5
#: One router each, which goes through the ids with this step and meets all of them: no divisor is common with 30.
STEPS = (1, 7, 11, 13, 17, 19, 23, 29)
KEYS = [f"{number:020x}" for number in range(IDS)]


def claims(keys: tuple[str, ...], owner: str) -> list[Claim]:
    return [Claim("website/1795447127", key, owner) for key in keys]


def race(cloud: Cloud, bucket_ids: int) -> dict[str, set[str | None]]:
    """Each router claims all ids, a few per call and in an order of its own: the owners each id was said to have."""
    start = Barrier(len(STEPS))
    dynamodb = client("dynamodb", cloud.url)

    def router(step: int) -> list[tuple[str, str | None]]:
        seen = DynamoSeenIds(dynamodb, TABLE, bucket_ids=bucket_ids)
        keys = [KEYS[turn * step % IDS] for turn in range(IDS)]
        start.wait()
        return [
            (key, owner)
            for run in batched(keys, IDS_PER_CALL, strict=True)
            for (_, key), owner in seen.claim(claims(run, f"router-{step}")).items()
        ]

    with ThreadPoolExecutor(len(STEPS)) as pool:
        told = list(pool.map(router, STEPS))
    dynamodb.close()
    owners: dict[str, set[str | None]] = defaultdict(set)
    for key, owner in (each for said in told for each in said):
        owners[key].add(owner)
    return owners


@pytest.mark.parametrize("bucket_ids", [BUCKET_IDS, 12], ids=["all in one bucket", "a bucket that fills up meanwhile"])
def test_every_router_is_told_the_same_one_owner_of_an_id(cloud: Cloud, bucket_ids: int) -> None:
    owners = race(cloud, bucket_ids)

    assert sorted(owners) == KEYS
    assert {len(each) for each in owners.values()} == {1}
    assert None not in set.union(*owners.values())
    assert len(set.union(*owners.values())) > 1, "nobody raced"


def test_the_table_has_the_owners_that_the_routers_were_told(cloud: Cloud) -> None:
    owners = race(cloud, BUCKET_IDS)

    (item,) = cloud.remembered()
    assert {key: {item[key]["S"]} for key in KEYS} == owners
