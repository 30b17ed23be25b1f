"""The ledger table: many tickets to an item, begun and read in one call.

An item is a bucket, the tickets of one consumer and one moment. It holds two sets: `begun`, with an entry for each
ticket, until when it may be worked on, and who took it; `done`, with the tickets alone. `ADD` puts entries into a set
and returns the item as it was before: DynamoDB applies it as one step, so of two that begin the same ticket the second
one sees the first one's entry. To finish moves a ticket from one set to the other, also in one step.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import THREADS, each
from sluice.wire.ledger import Standing, Ticket

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A message lives for 14 days at most, and so do its copies.
REMEMBERED_SECONDS = 15 * 24 * 3600
#: Bytes of an entry: the ticket's digest, when its time is over, and a mark of the call that made it. An entry with the
#: call's own mark is of an attempt whose answer was lost.
_DIGEST, _UNTIL, _TAKER = 8, 4, 4
#: Calls to note that tickets are done, after boto3's own attempts.
_ATTEMPTS = 2


class DynamoLedger:
    """Satisfies `sluice.wire.ledger.Ledger` for one `consumer`; belongs to one process, which works in one thread."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        consumer: str,
        now: Callable[[], float] = time.time,
        threads: int = THREADS,
    ) -> None:
        self._client, self._table, self._consumer, self._now = client, table, consumer, now
        self._threads = threads
        self._entries: dict[Ticket, bytes] = {}
        self._taker = b""

    def begin(self, tickets: Sequence[Ticket], seconds: float) -> list[Standing]:
        until, self._taker = int(self._now() + seconds) + 1, os.urandom(_TAKER)
        self._entries = {ticket: _digest(ticket) + until.to_bytes(_UNTIL) + self._taker for ticket in tickets}
        standings: dict[Ticket, Standing] = {}
        for found in each(self._begin_bucket, _buckets(tickets), self._threads):
            standings |= found
        answer: list[Standing] = []
        for ticket in tickets:
            answer.append(standings[ticket])
            if standings[ticket] == "new":
                standings[ticket] = "busy"  # what a copy of it in the same call is told
        return answer

    def finish(self, tickets: Sequence[Ticket]) -> None:
        each(self._finish_bucket, _buckets(tickets), self._threads)

    def _begin_bucket(self, tickets: Sequence[Ticket]) -> dict[Ticket, Standing]:
        entries = [self._entries[ticket] for ticket in tickets]
        try:
            before = self._update(tickets[0].moment, "ADD #b :b", {"#b": "begun"}, {":b": {"BS": entries}})
        except ClientError as error:
            is_full = error.response["Error"]["Code"] == "ValidationException" and "size" in str(error)
            return dict.fromkeys(tickets, "new" if is_full else "unknown")
        except BotoCoreError:
            return dict.fromkeys(tickets, "unknown")
        standings = self._standings(tickets, before)
        self._withdraw([ticket for ticket, standing in standings.items() if standing == "busy"])
        return standings

    def _withdraw(self, tickets: Sequence[Ticket]) -> None:
        """An entry of a call that was told to wait would make others wait for it, and them for others, for ever.

        Where that fails, it ends with the entry's time.
        """
        if tickets:
            entries = {":b": {"BS": [self._entries[ticket] for ticket in tickets]}}
            with contextlib.suppress(BotoCoreError, ClientError):
                self._update(tickets[0].moment, "DELETE #b :b", {"#b": "begun"}, entries)

    def _standings(self, tickets: Sequence[Ticket], before: Mapping[str, Any]) -> dict[Ticket, Standing]:
        done = frozenset(map(bytes, before.get("done", {}).get("BS", ())))
        busy = {
            entry[:_DIGEST]
            for entry in map(bytes, before.get("begun", {}).get("BS", ()))
            if int.from_bytes(entry[_DIGEST:-_TAKER]) > self._now() and not entry.endswith(self._taker)
        }
        return {
            ticket: "done" if (digest := _digest(ticket)) in done else "busy" if digest in busy else "new"
            for ticket in tickets
        }

    def _finish_bucket(self, tickets: Sequence[Ticket]) -> None:
        entries = [self._entries[ticket] for ticket in tickets]
        values = {":d": {"BS": [_digest(ticket) for ticket in tickets]}, ":b": {"BS": entries}}
        for _ in range(_ATTEMPTS):
            try:
                self._update(tickets[0].moment, "ADD #d :d DELETE #b :b", {"#d": "done", "#b": "begun"}, values)
            except (BotoCoreError, ClientError):
                continue
            return

    def _update(
        self, moment: int, expression: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The item as it was before."""
        answer = self._client.update_item(
            TableName=self._table,
            Key={"bucket": {"S": f"{self._consumer}/{moment}"}},
            UpdateExpression=f"SET #e = :e {expression}",
            ExpressionAttributeNames={"#e": "expires", **names},
            ExpressionAttributeValues={":e": {"N": str(int(self._now()) + REMEMBERED_SECONDS)}, **values},
            ReturnValues="ALL_OLD",
        )
        return answer.get("Attributes", {})


def _buckets(tickets: Sequence[Ticket]) -> list[list[Ticket]]:
    """Each ticket once, those of one moment together."""
    buckets: dict[int, list[Ticket]] = {}
    for ticket in dict.fromkeys(tickets):
        buckets.setdefault(ticket.moment, []).append(ticket)
    return list(buckets.values())


def _digest(ticket: Ticket) -> bytes:
    return blake2b(ticket.name.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
