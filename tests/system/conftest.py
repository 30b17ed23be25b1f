"""The local system, started as a person starts it, once for all tests of this folder."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.own import Running, local_system
from tests.receiver import Receiver

WORKSPACE = """
sources:
  - {{id: website, type: browser, write_keys: [wk_website], redirect_hosts: [shop.example.com]}}
  - {{id: server, type: server, write_keys: [wk_server]}}
  - {{id: app, type: mobile, write_keys: [wk_app]}}
destinations:
  - {{id: product, type: amplitude, sources: [app], settings: {{api_key: "${{secret:/sluice/product/key}}"}}}}
  - id: receiver
    type: webhook
    sources: [website, server]
    settings: {{url: "{url}/hook", shared_secret: "${{secret:/sluice/receiver/key}}"}}
"""


@dataclass(frozen=True)
class System(Running):
    """`receiver` is what its one destination of its own delivers to."""

    workspace: Path
    receiver: Receiver

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
    folder = tmp_path_factory.mktemp("system")
    with (
        Receiver() as receiver,
        local_system(
            folder, WORKSPACE.format(url=receiver.url), command=("make", "run"), SHORT_TIMEOUTS="true"
        ) as running,
    ):
        yield System(**vars(running), workspace=folder / "workspace.yaml", receiver=receiver)
