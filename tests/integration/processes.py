"""Programs of other people's, started for the tests and ended with them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

#: Seconds: to listen after the start, and to end when asked to.
_START, _GRACE = 20.0, 3.0


class StartError(Exception):
    """The program ended, or does not listen; the text has its output."""


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Program:
    """A process that listens on `port`, with all that it writes in the file `log`."""

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path, port: int, log: Path
    ) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_for(port)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def output(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it and its children, which may have groups of their own: politely, then for certain."""
        children = self._children()
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
        for group in (self._process.pid, *children):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        self._process.wait()

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + _START
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.02)
        state = "does not listen" if self._process.poll() is None else f"ended with {self._process.returncode}"
        raise StartError(f"{self._process.args!r} {state}\n{self.output()}")

    def _children(self) -> list[int]:
        pid = self._process.pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []
