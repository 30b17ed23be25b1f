"""The dedupe table: many ids to an item, each with its owner, claimed and read back in one call.

An item is a bucket: an attribute per id, named by the id's hash, holding the owner. One UpdateItem sets
`#id = if_not_exists(#id, :owner)` for all ids of a batch that fall into the bucket and returns what they are now:
DynamoDB applies it as one step, so whoever reads its own name owns the id, whatever else was under way.

A bucket takes `BUCKET_IDS` ids. The update that would pass it marks the bucket full instead, and from then on the
bucket never changes: ids that are in it keep their owners, all others get an item of their own.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import THREADS, each
from sluice.route.seen import Claim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

#: Segment's promise is 24 hours; an hour on top for clocks that differ.
REMEMBERED_SECONDS = 25 * 3600
#: About 100 KB of an item's 400 KB: an update is billed by the size of the item.
BUCKET_IDS = 1000
#: Ids of one update: its expression may have 4 KB.
_IDS_PER_UPDATE = 100

type Owners = dict[tuple[str, str], str | None]


class DynamoSeenIds:
    """Satisfies `sluice.route.seen.SeenIds`."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now: Callable[[], float] = time.time,
        bucket_ids: int = BUCKET_IDS,
        threads: int = THREADS,
    ) -> None:
        self._client, self._table, self._now = client, table, now
        self._bucket_ids, self._threads = bucket_ids, threads

    def claim(self, claims: Sequence[Claim]) -> Mapping[tuple[str, str], str | None]:
        owners: Owners = {}
        for found in each(self._claim_run, list(_runs(claims)), self._threads):
            owners |= found
        return owners

    def _claim_run(self, run: Sequence[Claim]) -> Owners:
        try:
            found = self._update(run)
            if found is None:
                found = self._beside_full(run)
        except (BotoCoreError, ClientError):
            return {(claim.bucket, claim.key): None for claim in run}
        return found

    def _update(self, run: Sequence[Claim]) -> Owners | None:
        """None if the bucket is full, or would be."""
        names = {f"#{index}": claim.key for index, claim in enumerate(run)}
        owners: dict[str, AttributeValueTypeDef] = {f":{index}": {"S": claim.owner} for index, claim in enumerate(run)}
        sets = ", ".join(f"#{index} = if_not_exists(#{index}, :{index})" for index in range(len(run)))
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"bucket": {"S": run[0].bucket}},
                UpdateExpression=f"SET #e = :e, {sets} ADD #n :n",
                ConditionExpression="attribute_not_exists(#f) AND (attribute_not_exists(#n) OR #n <= :room)",
                ExpressionAttributeNames={**names, "#e": "expires", "#n": "ids", "#f": "full"},
                ExpressionAttributeValues={
                    **owners,
                    ":e": self._expires(),
                    ":n": {"N": str(len(run))},
                    ":room": {"N": str(self._bucket_ids - len(run))},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        now = answer["Attributes"]
        return {(claim.bucket, claim.key): now[claim.key]["S"] for claim in run}

    def _beside_full(self, run: Sequence[Claim]) -> Owners:
        """Marked before it is read: what is not in the bucket now never will be."""
        answer = self._client.update_item(
            TableName=self._table,
            Key={"bucket": {"S": run[0].bucket}},
            UpdateExpression="SET #f = :true, #e = :e",
            ExpressionAttributeNames={"#f": "full", "#e": "expires"},
            ExpressionAttributeValues={":true": {"BOOL": True}, ":e": self._expires()},
            ReturnValues="ALL_NEW",
        )
        inside = answer["Attributes"]
        owners: Owners = {}
        for claim in run:
            known = inside.get(claim.key)
            owners[claim.bucket, claim.key] = known["S"] if known else self._alone(claim)
        return owners

    def _alone(self, claim: Claim) -> str:
        answer = self._client.update_item(
            TableName=self._table,
            Key={"bucket": {"S": f"{claim.bucket}/{claim.key}"}},
            UpdateExpression="SET #e = :e, #id = if_not_exists(#id, :owner)",
            ExpressionAttributeNames={"#id": claim.key, "#e": "expires"},
            ExpressionAttributeValues={":owner": {"S": claim.owner}, ":e": self._expires()},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"][claim.key]["S"]

    def _expires(self) -> "AttributeValueTypeDef":
        return {"N": str(int(self._now()) + REMEMBERED_SECONDS)}


def _runs(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """Claims of one bucket together, as many as one update takes."""
    for _, group in itertools.groupby(sorted(claims, key=lambda claim: claim.bucket), lambda claim: claim.bucket):
        yield from itertools.batched(group, _IDS_PER_UPDATE, strict=False)
