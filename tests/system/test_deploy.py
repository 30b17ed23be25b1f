"""From a fresh clone into an account: `make workspace`, `make deploy`. The account is the embedded AWS."""

import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

import pytest
import yaml

from local.cloud.aws import client
from local.own import inherited_environment
from local.settings import ROOT
from tests import stack
from tests.pages import blocks
from tests.system.conftest import System

#: `sam deploy --guided` asks for the stack and the region, then for each parameter, then for six choices of its own,
#: and at last whether to deploy. A person takes every default and says yes.
ANSWERS = "\n" * (2 + len(stack.TEMPLATE["Parameters"]) + 6) + "y\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files that git knows, as they are now, with the environments of this checkout."""
    folder = tmp_path_factory.mktemp("clone") / "sluice"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in (".venv", ".venv-sam", ".venv-aws"):
        (folder / name).symlink_to(ROOT / name)
    # Stamps name the folder they were made for; the environments themselves do not care where they are used from.
    setup = folder / "bin/setup"
    setup.write_text(setup.read_text().replace("str(ROOT)\n", f"{str(ROOT)!r}\n"))
    yield folder


#: Of each package that functions load, something.
_IMPORTED = (
    "aws_lambda_powertools/logging/logger.py", "httpcore/_sync/http11.py", "h11/_connection.py", "jwt/api_jwt.py",
    "liquid/environment.py", "ua_parser/__init__.py", "orjson/__init__.py",
)  # fmt: skip


def make(folder: Path, target: str, **environment: str) -> str:
    done = subprocess.run(
        ["make", target], cwd=folder, env={**inherited_environment(), **environment}, input=ANSWERS,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def deploy(clone: Path, system: System, home: Path) -> str:
    """Deploy the workspace of the clone as the README says."""
    make(clone, "workspace")
    return make(
        clone, "deploy", AWS_ENDPOINT_URL=system.aws_url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1", HOME=str(home),
    )  # fmt: skip


def queue(name: str, system: System) -> tuple[str, dict[str, str]]:
    """Return the address and the attributes of a destination's queue."""
    sqs = client("sqs", system.aws_url)
    url = sqs.get_queue_url(QueueName=f"sluice-prod-destination-{name}")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_a_destination_is_added_and_everything_deployed(clone: Path, system: System, tmp_path: Path) -> None:
    # Given the README's destination in the workspace
    with (clone / "layers/workspace/workspace.yaml").open("a") as workspace:
        workspace.write(blocks("README.md", "yaml")[0])

    # When it is deployed as the README says
    printed = deploy(clone, system, tmp_path)

    # Then the stack is there, with what the destination needs
    assert "Successfully created/updated stack" in printed
    functions = client("lambda", system.aws_url).get_paginator("list_functions").paginate()
    names = {each["FunctionName"] for page in functions for each in page["Functions"]}
    assert {"sluice-prod-tracking", "sluice-prod-router", "sluice-prod-destination-orders"} <= names
    queues = client("sqs", system.aws_url).list_queues(QueueNamePrefix="sluice-prod-")["QueueUrls"]
    assert {"sluice-prod-destination-orders", "sluice-prod-dlq-destination-orders"} <= {
        url.rpartition("/")[2] for url in queues
    }


def test_destinations_come_and_go_and_the_others_keep_their_queues(clone: Path, system: System, tmp_path: Path) -> None:
    # Given the destinations crm and orders are deployed, and something waits for orders
    url, before = queue("orders", system)
    client("sqs", system.aws_url).send_message(QueueUrl=url, MessageBody="waits", DelaySeconds=900)

    # When crm is taken out, billing comes, and the order is another
    path = clone / "layers/workspace/workspace.yaml"
    document = yaml.safe_load(path.read_text())
    (orders,) = (each for each in document["destinations"] if each["id"] == "orders")
    billing = {"id": "billing", "type": "webhook", "settings": {"url": "https://billing.example.com/hook"}}
    path.write_text(yaml.safe_dump({**document, "destinations": [billing, orders]}, sort_keys=False))
    deploy(clone, system, tmp_path)

    # Then crm's queue is gone, billing's is there, and orders' is the one that it was
    found = client("sqs", system.aws_url).list_queues(QueueNamePrefix="sluice-prod-destination-")["QueueUrls"]
    names = {url.rpartition("-")[2] for url in found}
    assert "billing" in names
    assert "crm" not in names
    same, after = queue("orders", system)
    assert (same, after["CreatedTimestamp"]) == (url, before["CreatedTimestamp"])
    assert after["ApproximateNumberOfMessagesDelayed"] == "1"


def test_what_functions_import_is_built_compiled(clone: Path, tmp_path: Path) -> None:
    """Given the layers laid over one another, as Lambda does it, each module has bytecode of its own source."""
    built = clone / ".aws-sam/build"
    for layer in ("SluiceLayer", "CatalogueLayer", "CompiledLayer"):
        shutil.copytree(built / layer, tmp_path, dirs_exist_ok=True)
    ours = [*(tmp_path / "python").glob("sluice/**/*.py"), *(tmp_path / "python").glob("catalogue/**/*.py")]
    assert any(source.name == "destination.py" and source.parent.name == "webhook" for source in ours)
    sources = [
        *ours,
        *(tmp_path / "python" / name for name in _IMPORTED),
    ]
    assert len(sources) > 80
    for source in sources:
        header = Path(cache_from_source(str(source))).read_bytes()[:16]
        flags, digest = int.from_bytes(header[4:8], "little"), header[8:]
        assert header[:4] == MAGIC_NUMBER
        assert flags == (0b11 if source in ours else 0b01), "looked at when it is ours, else taken as it is"
        assert digest == source_hash(source.read_bytes()), f"{source} is of another version"


def test_a_build_fails_on_a_workspace_that_the_template_does_not_follow(clone: Path) -> None:
    path = clone / "layers/workspace/workspace.yaml"
    document = yaml.safe_load(path.read_text())
    document["destinations"].append({"id": "another", "type": "webhook", "settings": {"url": "https://a.example.com"}})
    path.write_text(yaml.safe_dump(document))
    done = subprocess.run(["make", "build"], cwd=clone, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode != 0
    assert "run `make workspace`" in done.stdout + done.stderr
