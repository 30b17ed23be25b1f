"""The backlog of a local system: messages that wait because more come than this machine works on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import aws
from local.settings import STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.settings import Settings

_EVERY = 10.0  # seconds
#: Messages; fewer are worked on before anybody could read of them.
_MANY = 100


class Backlog:
    """Tells of a queue once it is long, again each time it is twice as long, and when it is empty."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def news(self, waiting: Mapping[str, int]) -> Iterator[str]:
        """Yield what is new. `waiting` has the number of messages of each queue."""
        for name, count in waiting.items():
            before = self._told.get(name, 0)
            if count >= max(_MANY, 2 * before):
                self._told[name] = count
                yield f"{count:,} messages wait for {name}: more come than this machine works on"
            elif before and not count:
                del self._told[name]
                yield f"no message waits for {name} any more"

    async def watch(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Until cancelled. An AWS that does not answer has no news."""
        sqs = await asyncio.to_thread(aws.client, "sqs", settings.aws_url)
        while True:
            await asyncio.sleep(_EVERY)
            try:
                waiting = await asyncio.to_thread(_waiting, sqs)
            except (BotoCoreError, ClientError):
                continue
            for text in self.news(waiting):
                say(text)


def _waiting(sqs: Any) -> dict[str, int]:
    """Return the messages that are to be had from each queue, dead letters aside."""
    prefix, found = f"{STACK}-", {}
    for url in sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []):
        name = url.rpartition("/")[2].removeprefix(prefix)
        if not name.startswith("dlq-"):
            found[name] = aws.waiting_on(sqs, url)
    return found
