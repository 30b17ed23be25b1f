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
IDS = 30
#: Each goes through the ids with a step of its own, which shares no divisor with 30 and so meets all of them, and
#: claims so many per call.
ROUTERS = ((1, 5), (7, 1), (11, 6), (13, 2), (17, 3), (19, 1), (23, 5), (29, 2))
KEYS = [f"{number:020x}" for number in range(IDS)]


def claims(keys: tuple[str, ...], owner: str) -> list[Claim]:
    return [Claim("website/1795447127", key, owner) for key in keys]


def race(cloud: Cloud, bucket_ids: int) -> dict[str, set[str | None]]:
    """Each router claims all ids, a few per call and in an order of its own: the owners each id was said to have."""
    start = Barrier(len(ROUTERS))
    dynamodb = client("dynamodb", cloud.url)

    def router(step: int, ids_per_call: int) -> list[tuple[str, str | None]]:
        seen = DynamoSeenIds(dynamodb, TABLE, bucket_ids=bucket_ids)
        keys = [KEYS[turn * step % IDS] for turn in range(IDS)]
        start.wait()
        return [
            (key, owner)
            for run in batched(keys, ids_per_call, strict=True)
            for (_, key), owner in seen.claim(claims(run, f"router-{step}")).items()
        ]

    with ThreadPoolExecutor(len(ROUTERS)) as pool:
        told = list(pool.map(lambda each: router(*each), ROUTERS))
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


def test_what_once_did_not_fit_is_never_put_into_the_bucket(cloud: Cloud) -> None:
    """Or else a smaller claim, which would still fit, had another owner there than the larger one has beside it."""
    dynamodb = client("dynamodb", cloud.url)
    seen = DynamoSeenIds(dynamodb, TABLE, bucket_ids=12)
    seen.claim(claims(tuple(KEYS[:8]), "first"))
    seen.claim(claims(tuple(KEYS[8:14]), "does not fit"))

    owners = seen.claim(claims((KEYS[8],), "would fit"))

    assert set(owners.values()) == {"does not fit"}
    dynamodb.close()
