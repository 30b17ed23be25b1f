"""The embedded AWS, a webhook's receiver, and functions in the real runtime: started when first asked for."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from catalogue import types as catalogue
from sluice.workspace.compiler import compile_file
from tests.integration.cloud import Cloud, serve
from tests.integration.processes import free_ports
from tests.integration.rie import ROOT, Runtime
from tests.receiver import Receiver
from tests.stack import code_of

#: A function by its logical id, with changes of its environment; None takes a variable out. The same one each time.
type Functions = Callable[..., Runtime]


@pytest.fixture(scope="session")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    yield from serve(free_ports(1)[0], tmp_path_factory.mktemp("aws"))


@pytest.fixture
def cloud(_cloud: Cloud) -> Cloud:
    """The embedded AWS with nothing on its queues, in its table and in its bucket."""
    _cloud.clean()
    return _cloud


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: Receiver) -> Receiver:
    """The destination's other end: it has received nothing, and takes everything."""
    _receiver.received.clear()
    _receiver.answer = lambda _: (200, {}, b"ok")
    return _receiver


@pytest.fixture(scope="session")
def _workspace(_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace as it is shipped, its destination enabled and pointed at the receiver."""
    folder = tmp_path_factory.mktemp("workspace")
    document = yaml.safe_load((ROOT / "layers/workspace/workspace.yaml").read_text("utf-8"))
    (crm,) = document["destinations"]
    crm["enabled"] = True
    crm["settings"]["url"] = f"{_receiver.url}/hook"
    (folder / "workspace.yaml").write_text(yaml.safe_dump(document), "utf-8")
    compile_file(folder / "workspace.yaml", folder / "workspace.json", catalogue)
    return folder / "workspace.json"


@pytest.fixture(scope="session")
def functions(_cloud: Cloud, _workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    folder = tmp_path_factory.mktemp("functions")
    started: dict[tuple[str, frozenset[tuple[str, str | None]]], Runtime] = {}
    with ExitStack() as stack:

        def function(name: str, **changes: str | None) -> Runtime:
            key = (name, frozenset(changes.items()))
            if key not in started:
                environment = {**_machine(_workspace), **_cloud.environment(name), **changes}
                runtime = Runtime(
                    ROOT / code_of(name),
                    {variable: value for variable, value in environment.items() if value is not None},
                    folder / f"{name}-{len(started)}.log",
                )
                started[key] = stack.enter_context(runtime)
            return started[key]

        yield function


def _machine(workspace: Path) -> dict[str, str]:
    """In place of the layers; and none of the person's own settings of AWS."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/layers/sluice:{ROOT}/layers/catalogue",
        "SLUICE_WORKSPACE": str(workspace),
        "SLUICE_ALLOW_LOOPBACK": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
