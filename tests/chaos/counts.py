"""What became of every event that was sent: by its id, in the archive, among the rejected, and at the webhook."""

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.cloud.aws import client
from local.own import Running
from local.settings import STACK
from tests.chaos.client import Sent
from tests.receiver import Answer, Received

#: Seconds within which everything must have come to rest; a destination's message comes back after 42.
_PATIENCE = 120
_WAITING = tuple(f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed"))


class Webhook:
    """What was taken, by messageId: received and answered with 200."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def answer(self, received: Received) -> Answer:
        with self._lock:
            self.taken[json.loads(received.body)["messageId"]] += 1
        return 200, {}, b"ok"


@dataclass(frozen=True)
class Archive:
    """How often each messageId was archived, and how often rejected."""

    events: Counter[str]
    rejected: Counter[str]


@dataclass(frozen=True)
class Tried:
    """One scenario when its fault was over."""

    name: str
    events: Sequence[Mapping[str, Any]]
    sent: Sent
    killed: int
    delivered_by_then: int

    @property
    def good(self) -> set[str]:
        return {event["messageId"] for event in self.events if "event" in event}


@dataclass(frozen=True)
class Counts:
    """Distinct events; `…_again` counts the times beyond the first at which one was archived or delivered."""

    scenario: str
    killed: int
    sent: int
    refused: Counter[int] = field(repr=False)
    accepted: int
    archived: int
    rejected: int
    delivered_by_then: int
    delivered: int
    lost: int
    archived_again: int
    delivered_again: int

    @property
    def repeated(self) -> int:
        return self.archived_again + self.delivered_again


def count(tried: Tried, archive: Archive, taken: Mapping[str, int]) -> Counts:
    """Lost is what was accepted and is in neither archive, or should have been delivered and was not."""
    ids = {event["messageId"] for event in tried.events}
    archived, rejected, delivered = (ids & found.keys() for found in (archive.events, archive.rejected, taken))
    lost = (tried.sent.accepted - archived - rejected) | ((tried.sent.accepted & tried.good) - delivered)
    return Counts(
        scenario=tried.name,
        killed=tried.killed,
        sent=len(ids),
        refused=tried.sent.refused,
        accepted=len(tried.sent.accepted),
        archived=len(archived),
        rejected=len(rejected),
        delivered_by_then=tried.delivered_by_then,
        delivered=len(delivered),
        lost=len(lost),
        archived_again=sum(archive.events[each] + archive.rejected[each] - 1 for each in archived | rejected),
        delivered_again=sum(taken[each] - 1 for each in delivered),
    )


def look_up(system: Running) -> Archive:
    originals = (json.loads(each["original"]) for each in system.archived("--rejected"))
    return Archive(
        Counter(each["messageId"] for each in system.archived()),
        Counter(each["messageId"] for each in originals if isinstance(each, dict) and "messageId" in each),
    )


def wait_for_rest(system: Running) -> float:
    """Until nothing is in any queue but in those for dead letters, and Firehose has written what it had; seconds."""
    started = time.monotonic()
    sqs = client("sqs", system.aws_url)
    urls = [url for url in sqs.list_queues(QueueNamePrefix=f"{STACK}-")["QueueUrls"] if f"{STACK}-dlq-" not in url]
    while any(map(_waiting, [sqs] * len(urls), urls)) and time.monotonic() - started < _PATIENCE:
        time.sleep(0.5)
    time.sleep(2)
    return time.monotonic() - started


def _waiting(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*_WAITING])["Attributes"]
    return sum(int(attributes[name]) for name in _WAITING)
