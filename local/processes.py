"""Child processes that never outlive their parent, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BACKGROUND = 5  # of the 20 steps of `nice`
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def inherited_environment() -> dict[str, str]:
    """Return a child's environment: no AWS settings or credentials of the person, no other Python path."""
    return {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}


async def start(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    cwd: Path,
    output: int | Any,
) -> Process:
    """A child in its own process group, with stderr joined to stdout in `output` (a file or asyncio's PIPE)."""
    return await asyncio.create_subprocess_exec(
        *map(str, command),
        env=dict(environment),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C in the terminal reaches us only; we end the children in order
        preexec_fn=_die_with_parent if _LIBC else None,
    )


async def stop(process: Process, grace: float = 3) -> None:
    """End the process and everything in its group: politely, after `grace` seconds for certain."""
    if process.returncode is None:
        signal_group(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
    signal_group(process, signal.SIGKILL)
    await process.wait()


def step_back(process: Process) -> None:
    """Let others have the processor first."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _BACKGROUND)


def signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def run(command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path) -> tuple[int, str]:
    """The exit status and the whole output of a command; cancelling ends the command."""
    process = await start(command, environment, cwd, asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        await stop(process)
        raise
    return process.returncode or 0, output.decode(errors="replace")


def _die_with_parent() -> None:
    """Runs in the child before its program: the kernel kills it when we are gone, even by SIGKILL."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
