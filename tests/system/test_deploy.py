"""From a fresh clone into an account: `make workspace`, `make deploy`. The account is the embedded AWS."""

import marshal
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import MAGIC_NUMBER, cache_from_source, source_from_cache, source_hash
from pathlib import Path

import pytest
import yaml

from local.cloud.aws import client
from local.own import inherited_environment
from local.settings import ROOT
from tests import stack
from tests.pages import blocks, commands
from tests.system.conftest import System


def answers(**parameters: str) -> str:
    """Return what a person types who takes every default but these, and says yes.

    `sam deploy --guided` asks for the stack and the region, then for each parameter, then for six choices of its own,
    and at last whether to deploy.
    """
    given = [parameters.get(name, "") for name in stack.TEMPLATE["Parameters"]]
    return "\n".join(["", "", *given, *[""] * 6, "y", ""])


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


#: Not the default, so that it is seen to reach the build: 62 is AMD x86-64 in an ELF file's `e_machine`.
ARCHITECTURE, MACHINE = "x86_64", 62


def run(folder: Path, command: Sequence[str], typed: str, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**inherited_environment(), **environment}, input=typed,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def account(system: System, home: Path) -> dict[str, str]:
    """Return the environment in which the embedded AWS is the account."""
    return {
        "AWS_ENDPOINT_URL": system.aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOME": str(home),
    }


def deploy(clone: Path, system: System, home: Path, **parameters: str) -> str:
    """Deploy the workspace of the clone as the README says."""
    run(clone, ["make", "workspace"], "")
    environment = {"ARCHITECTURE": ARCHITECTURE, **account(system, home)}
    return run(clone, ["make", "deploy"], answers(**parameters), **environment)


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


def test_the_build_is_for_the_architecture_that_was_asked_for(clone: Path) -> None:
    built = clone / ".aws-sam/build"
    libraries = list((built / "SluiceLayer/python").rglob("*.so"))
    assert libraries
    assert {int.from_bytes(each.read_bytes()[18:20], "little") for each in libraries} == {MACHINE}
    template = yaml.load((built / "template.yaml").read_text(), yaml.BaseLoader)  # noqa: S506 - makes only strings
    assert template["Parameters"]["Architecture"]["AllowedValues"] == [ARCHITECTURE]


def test_what_functions_import_is_built_compiled(clone: Path, tmp_path: Path) -> None:
    """Given the layers laid over one another, as Lambda does it, each module has the bytecode of its own source."""
    built = clone / ".aws-sam/build"
    for layer in ("SluiceLayer", "CatalogueLayer", "CompiledLayer"):
        shutil.copytree(built / layer, tmp_path, dirs_exist_ok=True)
    python = tmp_path / "python"
    ours = {*python.glob("sluice/**/*.py"), *python.glob("catalogue/**/*.py")}
    # A folder whose name is no identifier, such as `jmespath-1.1.0.data`, has programs and nothing to import.
    found = {each: each.relative_to(python).parent.parts for each in python.rglob("*.py")}
    sources = {each for each, folders in found.items() if all(map(str.isidentifier, folders))}
    assert len(ours) > 80
    assert len(sources - ours) > 200
    for source in sources:
        content, compiled = source.read_bytes(), Path(cache_from_source(str(source))).read_bytes()
        flags = 0b11 if source in ours else 0b01  # looked at when it is ours, else taken as it is
        header = MAGIC_NUMBER + flags.to_bytes(4, "little") + source_hash(content)
        code = compile(content, f"/opt/python/{source.relative_to(python)}", "exec", dont_inherit=True, optimize=0)
        assert compiled.startswith(header), f"{source} is of another version"
        assert marshal.loads(compiled[len(header) :]) == code, source  # noqa: S302 - of our own build
    assert {Path(source_from_cache(str(each))) for each in python.rglob("*.pyc")} == sources


def test_a_stage_that_was_deleted_comes_back_to_its_archive(clone: Path, system: System, tmp_path: Path) -> None:
    # Given a stage whose stack is deleted; its archive stays
    s3, stacks = client("s3", system.aws_url), client("cloudformation", system.aws_url)
    name = _archive(system)
    s3.put_object(Bucket=name, Key="events/of-the-former-stack", Body=b"{}")
    (command,) = (each for each in commands("docs/operating.md") if "sam delete" in each)
    run(clone, [*command.split(), "--no-prompts"], "", **account(system, tmp_path))
    assert "sluice" not in {each["StackName"] for each in stacks.describe_stacks()["Stacks"]}
    assert s3.head_object(Bucket=name, Key="events/of-the-former-stack")

    # When it is deployed again with the archive's name
    deploy(clone, system, tmp_path, ArchiveBucketName=name)

    # Then Firehose writes to that bucket, and the stack does not call it its own
    assert _archive(system) == name
    stream = client("firehose", system.aws_url).describe_delivery_stream(DeliveryStreamName="sluice-prod-events")
    (destination,) = stream["DeliveryStreamDescription"]["Destinations"]
    assert destination["ExtendedS3DestinationDescription"]["BucketARN"] == f"arn:aws:s3:::{name}"
    resources = stacks.describe_stack_resources(StackName="sluice")["StackResources"]
    assert "ArchiveBucket" not in {each["LogicalResourceId"] for each in resources}


def _archive(system: System) -> str:
    """Return the archive's bucket, as the stack names it."""
    (stack,) = client("cloudformation", system.aws_url).describe_stacks(StackName="sluice")["Stacks"]
    return next(str(each["OutputValue"]) for each in stack["Outputs"] if each["OutputKey"] == "ArchiveBucket")


def test_a_build_fails_on_a_workspace_that_the_template_does_not_follow(clone: Path) -> None:
    path = clone / "layers/workspace/workspace.yaml"
    document = yaml.safe_load(path.read_text())
    document["destinations"].append({"id": "another", "type": "webhook", "settings": {"url": "https://a.example.com"}})
    path.write_text(yaml.safe_dump(document))
    done = subprocess.run(["make", "build"], cwd=clone, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode != 0
    assert "run `make workspace`" in done.stdout + done.stderr
