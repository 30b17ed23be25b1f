"""Many routers at once claim the same ids, and each id has one owner.

Against ministack's DynamoDB, whose only thread applies one update after the other: what interleaves here are the calls
of the adapter, as with the real one, which promises the same of single items. moto would not do: it lets updates of
one item overlap.
"""

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from threading import Barrier

import pytest

from local.cloud.aws import client
from sluice.aws.append_log import PAGE_BYTES
from sluice.aws.dedupe import DynamoDedupeStore
from sluice.router.dedupe import KEY_BYTES, OWNER_BYTES, Claim
from tests.integration.cloud import STAGE, Cloud

TABLE = f"sluice-{STAGE}-dedupe"
IDS = 30
#: Each goes through the ids with a step of its own, which shares no divisor with 30 and so meets all of them, and
#: claims so many per call.
ROUTERS = ((1, 5), (7, 1), (11, 6), (13, 2), (17, 3), (19, 1), (23, 5), (29, 2))
KEYS = [number.to_bytes(KEY_BYTES) for number in range(IDS)]


def claims(keys: tuple[bytes, ...], router: int) -> list[Claim]:
    return [Claim("website/1795447120", key, router.to_bytes(OWNER_BYTES)) for key in keys]


def race(cloud: Cloud, page_bytes: int) -> dict[bytes, set[bytes | None]]:
    """Each router claims all ids, a few per call and in an order of its own: the owners each id was said to have."""
    start = Barrier(len(ROUTERS))
    dynamodb = client("dynamodb", cloud.url)

    def router(step: int, ids_per_call: int) -> list[tuple[bytes, bytes | None]]:
        dedupe = DynamoDedupeStore(dynamodb, TABLE, page_bytes=page_bytes)
        keys = [KEYS[turn * step % IDS] for turn in range(IDS)]
        start.wait()
        told: list[tuple[bytes, bytes | None]] = []
        for run in batched(keys, ids_per_call, strict=True):
            told += zip(run, dedupe.claim(claims(run, step)), strict=True)
            time.sleep(0.01)  # for what else a router does; without, whoever knows the last page stays ahead
        return told

    with ThreadPoolExecutor(len(ROUTERS)) as pool:
        told = list(pool.map(lambda each: router(*each), ROUTERS))
    dynamodb.close()
    owners: dict[bytes, set[bytes | None]] = defaultdict(set)
    for key, owner in (each for said in told for each in said):
        owners[key].add(owner)
    return owners


@pytest.mark.parametrize("page_bytes", [100_000, PAGE_BYTES, 60], ids=["one page", "some pages", "many pages"])
def test_every_router_is_told_the_same_one_owner_of_an_id(cloud: Cloud, page_bytes: int) -> None:
    owners = race(cloud, page_bytes)

    assert sorted(owners) == KEYS
    assert {len(each) for each in owners.values()} == {1}
    assert None not in set.union(*owners.values())
    assert len(set.union(*owners.values())) > 1, "nobody raced"


def test_a_router_that_starts_later_is_told_the_same(cloud: Cloud) -> None:
    owners = race(cloud, PAGE_BYTES)

    dynamodb = client("dynamodb", cloud.url)
    late = DynamoDedupeStore(dynamodb, TABLE).claim(claims(tuple(KEYS), 99))
    assert {key: {owner} for key, owner in zip(KEYS, late, strict=True)} == owners
    dynamodb.close()
