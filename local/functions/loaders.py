"""The loaders of warehouses, which a schedule starts in AWS every hour: here, once something waits for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.functions.workers import Function
    from local.settings import Settings

_EVERY = 2.0  # seconds
_SERVICE = "warehouse-"


async def load_all(settings: Settings, functions: Mapping[str, Function]) -> None:
    """Load whatever waits, until cancelled. An AWS that does not answer has nothing to load."""
    sqs = await asyncio.to_thread(aws.client, "sqs", settings.aws_url)
    while True:
        await asyncio.sleep(_EVERY)
        loaders = [each for each in functions.values() if each.spec.service.startswith(_SERVICE)]
        await asyncio.gather(*(_load(sqs, each) for each in loaders))


async def _load(sqs: Any, loader: Function) -> None:
    try:
        waiting = await asyncio.to_thread(aws.waiting_on, sqs, loader.spec.variables["QUEUE_URL"])
    except (BotoCoreError, ClientError):
        return
    if waiting:
        await loader.invoke(b"{}")
