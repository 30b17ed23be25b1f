"""The local system, started as a person starts it, once for all tests of this folder."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.receiver import Receiver

ROOT = Path(__file__).parents[2]
#: Seconds within which the system must be ready; it takes about ten.
PATIENCE = 120

WORKSPACE = """
sources:
  - {{id: website, type: browser, write_keys: [wk_website], redirect_hosts: [shop.example.com]}}
  - {{id: server, type: server, write_keys: [wk_server]}}
destinations:
  - {{id: receiver, type: webhook, settings: {{url: "{url}/hook", shared_secret: "${{secret:/sluice/receiver/key}}"}}}}
"""


def a_persons_environment() -> dict[str, str]:
    """Without what `make test` hands down to the `make` that a test calls, which would make it talkative."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class System:
    """A running local system; `receiver` is what its one destination of its own delivers to."""

    url: str
    aws_url: str
    state: Path
    workspace: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    output: Path
    receiver: Receiver

    def run(self, *command: str, timeout: float = 60) -> str:
        """A command as a person would type it beside the running system; what it printed."""
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=True
        ).stdout

    def archived(self, *options: str) -> list[dict[str, Any]]:
        printed = self.run(".venv/bin/python", "-m", "local.archive", *options)
        return [json.loads(line) for line in printed.splitlines()]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)


def eventually[T](look: Callable[[], T], is_right: Callable[[T], bool], seconds: float = 20) -> T:
    """What is seen when it is right, or when the time is over."""
    until = time.monotonic() + seconds
    while not is_right(seen := look()) and time.monotonic() < until:
        time.sleep(0.2)
    return seen


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    state = tmp_path_factory.mktemp("state")
    with Receiver() as receiver:
        workspace, output, ready = state / "workspace.yaml", state / "output.txt", state / "ready.json"
        workspace.write_text(WORKSPACE.format(url=receiver.url))
        environment = {
            **a_persons_environment(),
            "PORT": str(free_port()),
            "AWS_PORT": str(free_port()),
            "WORKSPACE": str(workspace),
            "STATE_DIR": str(state / "local"),
            "READY_FILE": str(ready),
        }
        with output.open("w") as to:
            process = subprocess.Popen(
                ["make", "run"], cwd=ROOT, env=environment, stdout=to, stderr=to, text=True, start_new_session=True
            )
        try:
            facts = _facts(process, ready, output)
            yield System(
                facts["url"], facts["aws_url"], state / "local", workspace, environment, process, output, receiver
            )
        finally:
            end(process)


def _facts(process: subprocess.Popen[str], ready: Path, output: Path) -> dict[str, str]:
    until = time.monotonic() + PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the local system did not start:\n{output.read_text()}")
        time.sleep(0.1)
    return dict(json.loads(ready.read_text()))


def end(process: subprocess.Popen[str]) -> int:
    """Ctrl-C, as a terminal sends it: to the whole group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    return process.wait(30)
