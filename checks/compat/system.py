"""The workspace for the SDKs, a source for every row and one webhook; and how their processes end."""

import asyncio
import os
import signal
from collections.abc import Sequence

import yaml

from checks.compat.rows import Row


def workspace_of(rows: Sequence[Row], receiver_url: str) -> str:
    sources = [{"id": row.id, "name": row.name, "type": row.source, "write_keys": [row.key]} for row in rows]
    destinations = [{"id": "receiver", "type": "webhook", "settings": {"url": receiver_url}}]
    return yaml.safe_dump({"sources": sources, "destinations": destinations})


async def end(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Ctrl-C to the process and those that it started, and no mercy after some seconds."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
