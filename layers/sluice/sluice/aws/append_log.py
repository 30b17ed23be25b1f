"""Append logs in DynamoDB: many processes append entries at once, and each learns what stands before its own.

A log is a chain of items, its pages: `name/0`, `name/1`, … An entry is appended to a page by one UpdateItem, which
returns the page as it is then. DynamoDB applies it as one step, so all processes agree on the order of entries, and
a process that has appended one knows all that came before it. `sluice.aws.dedupe` and `sluice.aws.idempotency` give
entries their meaning.

A page that has `page_bytes` of entries takes no more, and never changes again; what comes later stands on the next.
DynamoDB bills an update by the size of its item, so pages are short: however much is appended to a log, an entry
costs little more than its own bytes. A process reads each page that others have filled once, and remembers what it
came to.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import THREADS, each

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

#: With the names of its attributes a page of so much stays within the kilobyte that is billed at least.
PAGE_BYTES = 880
#: Bytes of one entry: an item may have 400 KB.
MAX_ENTRY_BYTES = 100_000
#: Bytes of entries whose meaning one process remembers; about eight times that in memory.
_REMEMBERED_BYTES = 4_000_000
#: And of how many logs, however short they are.
_REMEMBERED_LOGS = 10_000
#: What one BatchGetItem takes.
_MOST_PAGES_READ = 100
#: Pages that others fill while an entry looks for its place. Each was filled by somebody's success.
_MOST_PAGES = 1000


class AppendLogUnavailableError(Exception):
    """The table has not confirmed an entry; it may stand there all the same."""


@dataclass(slots=True)
class _Reading[S]:
    """A position in a log: `entries` of `page` are in `state`, and all pages before it.

    `ahead` is how many pages others had filled when it was last appended to, or 1 if they were about to.
    """

    state: S
    page: int = 0
    entries: int = 0
    bytes: int = 0
    ahead: int = 0


class AppendLogs[S]:
    """The append logs of one table. Each has a state: `fold` applied to its entries in order, starting with `empty()`.

    Belongs to one process, which works in one thread. `fold` changes the state in place. An entry whose answer was lost
    may stand there twice, so that folding a copy must change nothing.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        empty: Callable[[], S],
        fold: Callable[[S, bytes], None],
        *,
        seconds: float,
        now: Callable[[], float] = time.time,
        page_bytes: int = PAGE_BYTES,
        threads: int = THREADS,
    ) -> None:
        """`seconds` is how long a page is kept after its last entry."""
        self._client, self._table, self._empty, self._fold = client, table, empty, fold
        self._seconds, self._now, self._page_bytes, self._threads = seconds, now, page_bytes, threads
        self._readings: OrderedDict[str, _Reading[S]] = OrderedDict()
        self._remembered = 0

    def append(self, entries: Mapping[str, Sequence[bytes]]) -> dict[str, S | None]:
        """Append entries, given by the name of their log.

        Return the state of each log when its last entry was appended; None where the table has not
        confirmed all of them, and any may have been appended.
        """
        for name in entries:
            self._readings.setdefault(name, _Reading(self._empty()))
            self._readings.move_to_end(name)
        touched = [self._readings[name] for name in entries]
        self._remembered -= sum(reading.bytes for reading in touched)
        states = each(self._append_all, list(entries.items()), self._threads)
        self._remembered += sum(reading.bytes for reading in touched)
        self._forget()
        return dict(zip(entries, states, strict=True))

    def _append_all(self, named: tuple[str, Sequence[bytes]]) -> S | None:
        name, entries = named
        reading = self._readings[name]
        try:
            for entry in entries:
                self._append(name, reading, entry)
        except (BotoCoreError, ClientError, AppendLogUnavailableError):
            return None
        return reading.state

    def _append(self, name: str, reading: _Reading[S], entry: bytes) -> None:
        began = reading.page
        if reading.ahead:  # reading costs a fraction of an update that is refused
            self._catch_up(name, reading, reading.ahead + 1)
        for _ in range(_MOST_PAGES):
            at = reading.page
            page = self._update(name, at, entry)
            if page is not None:
                is_shared = self._read(reading, page) > 1
                reading.ahead = max(at - began, int(is_shared))
                return
            self._catch_up(name, reading)
        raise AppendLogUnavailableError(name)

    def _update(self, name: str, page: int, entry: bytes) -> Mapping[str, Any] | None:
        """The page with the entry on it; None if it takes no more."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"bucket": {"S": f"{name}/{page}"}},
                UpdateExpression="SET #x = :x, #e = list_append(if_not_exists(#e, :none), :entry) ADD #b :b",
                ConditionExpression="attribute_not_exists(#b) OR #b < :full",
                ExpressionAttributeNames={"#x": "expires", "#e": "entries", "#b": "bytes"},
                ExpressionAttributeValues={
                    ":x": {"N": str(int(self._now() + self._seconds))},
                    ":none": {"L": []},
                    ":entry": {"L": [{"B": entry}]},
                    ":b": {"N": str(len(entry))},
                    ":full": {"N": str(self._page_bytes)},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]

    def _catch_up(self, name: str, reading: _Reading[S], step: int = 1) -> None:
        """Go on to the first page that is not full, in longer and longer steps: others may be filling one by one."""
        step = min(step, _MOST_PAGES_READ)
        while self._read_full(name, reading, step):
            step = min(2 * step, _MOST_PAGES_READ)

    def _read_full(self, name: str, reading: _Reading[S], step: int) -> bool:
        """Read this page and those after it as far as they are full; whether all of `step` pages were."""
        keys = [f"{name}/{page}" for page in range(reading.page, reading.page + step)]
        found = self._get(keys)
        for key in keys:
            page = found.get(key)
            if page is None or int(page["bytes"]["N"]) < self._page_bytes:
                return False
            self._read(reading, page)
        return True

    def _get(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Pages by their key, as they are now; the last of them may be missing where a call could not hold them all."""
        wanted: KeysAndAttributesTypeDef = {"Keys": [{"bucket": {"S": key}} for key in keys], "ConsistentRead": True}
        answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        return {page["bucket"]["S"]: page for page in answer["Responses"].get(self._table, [])}

    def _read(self, reading: _Reading[S], page: Mapping[str, Any]) -> int:
        """Apply the entries of a page that were not read before, and return their number.

        A page that had expired or was deleted, and began anew, is all there is.
        """
        entries = [bytes(value["B"]) for value in page["entries"]["L"]]
        if reading.entries >= len(entries):
            reading.state, reading.entries, reading.bytes = self._empty(), 0, 0
        more = entries[reading.entries :]
        for entry in more:
            self._fold(reading.state, entry)
            reading.bytes += len(entry)
        reading.entries = len(entries)
        if int(page["bytes"]["N"]) >= self._page_bytes:
            reading.page, reading.entries = reading.page + 1, 0
        return len(more)

    def _forget(self) -> None:
        """Forget the logs that were not used for the longest time, if there are too many."""
        while self._remembered > _REMEMBERED_BYTES or len(self._readings) > _REMEMBERED_LOGS:
            _, reading = self._readings.popitem(last=False)
            self._remembered -= reading.bytes
