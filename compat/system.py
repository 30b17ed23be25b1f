"""A local system of our own, started as `make run` starts one, with a source for every row and one webhook."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compat.rows import Row

ROOT = Path(__file__).resolve().parent.parent
#: Seconds within which the system is ready, and within which it ends; each takes a few.
STARTING, ENDING = 120, 30


class StartError(Exception):
    """The local system did not start; the text is what it printed."""


@dataclass(frozen=True)
class System:
    url: str
    environment: Mapping[str, str]

    async def archived(self, *options: str) -> list[dict[str, Any]]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "local.archive",
            *options,
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        # Not splitlines(): what clients send may have line ends that only Python knows.
        return [json.loads(line) for line in output.decode().split("\n") if line]


@asynccontextmanager
async def local_system(rows: Sequence[Row], receiver_url: str, folder: Path) -> AsyncIterator[System]:
    """Raises StartError. `folder` is empty, and belongs to the system until it has ended."""
    workspace, ready, output = folder / "workspace.yaml", folder / "ready.json", folder / "output.txt"
    workspace.write_text(yaml.safe_dump(workspace_of(rows, receiver_url)))
    environment = {
        **os.environ,
        "PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
        "WORKSPACE": str(workspace),
        "STATE_DIR": str(folder / "state"),
        "READY_FILE": str(ready),
    }
    with output.open("w") as to:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local", cwd=ROOT, env=environment, stdout=to, stderr=to, start_new_session=True
        )
    try:
        yield System((await _facts(process, ready, output))["url"], environment)
    finally:
        await end(process, ENDING)


def workspace_of(rows: Sequence[Row], receiver_url: str) -> dict[str, Any]:
    return {
        "sources": [{"id": row.id, "name": row.name, "type": row.source, "write_keys": [row.key]} for row in rows],
        "destinations": [{"id": "receiver", "type": "webhook", "settings": {"url": receiver_url}}],
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def end(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Ctrl-C to the process and those that it started, and no mercy after some seconds."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _facts(process: asyncio.subprocess.Process, ready: Path, output: Path) -> dict[str, str]:
    until = time.monotonic() + STARTING
    while not ready.exists():
        if process.returncode is not None or time.monotonic() > until:
            raise StartError(output.read_text())
        await asyncio.sleep(0.1)
    return dict(json.loads(ready.read_text()))
