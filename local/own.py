"""A local system of a program's own: started as a person starts one, on free ports, and ended with the program."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Seconds within which it must be ready, and within which it must have ended; each takes a few.
_STARTING, _ENDING = 120, 30
_COMMAND = (sys.executable, "-m", "local")


class StartError(Exception):
    """It did not start; the text is what it printed."""


@dataclass(frozen=True)
class Running:
    """`environment` is what commands need that shall find this system."""

    url: str
    aws_url: str
    state: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[str]
    output: Path

    def run(self, *command: str, timeout: float = 60) -> str:
        """A command as a person would type it beside the running system; what it printed."""
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=True
        ).stdout

    def archived(self, *options: str) -> list[dict[str, Any]]:
        printed = self.run(sys.executable, "-m", "local.archive", *options)
        # Not splitlines(): what clients send may have line ends that only Python knows.
        return [json.loads(line) for line in printed.split("\n") if line]


@contextlib.contextmanager
def local_system(
    folder: Path, workspace: str | None = None, command: Sequence[str] = _COMMAND, **variables: str
) -> Iterator[Running]:
    """`folder` is empty and belongs to the system until it has ended. Raises StartError.

    `workspace` is YAML, the project's own one if it is not given; `variables` go to the system's environment.
    """
    ready, output = folder / "ready.json", folder / "output.txt"
    environment = {**inherited_environment(), **own_settings(folder), **variables}
    if workspace is not None:
        environment["WORKSPACE"] = str(folder / "workspace.yaml")
        (folder / "workspace.yaml").write_text(workspace)
    with output.open("w") as to:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=to, stderr=to, text=True, start_new_session=True
        )
    try:
        facts = _facts(process, ready, output)
        state = Path(environment["STATE_DIR"])
        yield Running(facts["url"], facts["aws_url"], state, environment, process, output)
    finally:
        end(process)


def own_settings(folder: Path) -> dict[str, str]:
    """The environment of a local system that shares nothing with any other."""
    return {
        "PORT": str(free_port()),
        "TLS_PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
        "STATE_DIR": str(folder / "state"),
        "READY_FILE": str(folder / "ready.json"),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: subprocess.Popen[str]) -> int:
    """Ctrl-C, as a terminal sends it: to the whole group; without mercy when it does not help."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        return process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def inherited_environment() -> dict[str, str]:
    """Return the environment without what a `make` hands down, which would make a `make` below it talkative."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}


def _facts(process: subprocess.Popen[str], ready: Path, output: Path) -> dict[str, str]:
    until = time.monotonic() + _STARTING
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise StartError(output.read_text())
        time.sleep(0.1)
    return dict(json.loads(ready.read_text()))
