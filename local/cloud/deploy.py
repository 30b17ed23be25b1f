"""The real template on the embedded AWS, through `sam deploy`, and what came of it.

`sam build` is left out: the functions run from the source tree (see workers.py), so nobody would look at the packages
that it makes. Everything else, every resource and every setting, is the template's.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import processes
from local.cloud import aws
from local.cloud.template import (
    CODE,
    HANDLER,
    NOTES,
    ROUTES,
    Document,
    TemplateError,
    load_template,
    localise,
    nested,
    shorten_timeouts,
    with_nested,
)
from local.functions.spec import FunctionSpec
from local.settings import CREDENTIALS, REGION, ROOT, STACK, STAGE, Settings
from local.workspace import Compiled, synchronise_template

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARTIFACTS = "sluice-local-artifacts"


class DeployError(Exception):
    """The stack could not be made; carries what the SAM CLI said."""


@dataclass(frozen=True)
class Deployment:
    functions: tuple[FunctionSpec, ...]
    bucket: str
    """Of the archive."""


async def deploy(settings: Settings, compiled: Compiled, forward_to: str) -> Deployment:
    """Create or change the stack. Raises DeployError, WorkspaceError."""
    synchronised = settings.state / "template.yaml"
    synchronised.write_text((ROOT / "template.yaml").read_text())
    await synchronise_template(compiled, synchronised)
    try:
        _write_templates(load_template(synchronised.read_text()), settings, forward_to)
    except TemplateError as error:
        raise DeployError(str(error)) from error
    await asyncio.to_thread(_make_bucket, settings)
    await _sam_deploy(settings)
    return await asyncio.to_thread(_describe, settings)


def _write_templates(document: Document, settings: Settings, forward_to: str) -> None:
    """Write the template and those that it nests as they are deployed here. Raises TemplateError."""
    paths: dict[str, Path] = {}
    for name in nested(document):
        paths[name] = settings.state / f"{Path(name).stem}.nested.json"
        inner = load_template((ROOT / name).read_text(), name)
        paths[name].write_text(json.dumps(_localised(inner, (ROOT / name).parent, settings, forward_to)))
    outer = with_nested(_localised(document, ROOT, settings, forward_to), paths)
    (settings.state / "template.json").write_text(json.dumps(outer))


def _localised(document: Document, folder: Path, settings: Settings, forward_to: str) -> Document:
    localised = localise(document, folder, forward_to)
    if settings.short_timeouts:
        shorten_timeouts(localised)
    return localised


async def _sam_deploy(settings: Settings) -> None:
    home = settings.state / "home"  # so that nobody's AWS or SAM configuration is read or written
    home.mkdir(exist_ok=True)
    environment = {
        **processes.inherited_environment(),
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": settings.aws_url,
        "HOME": str(home),
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds between looks at the stack
        "SAM_CLI_TELEMETRY": "0",
    }
    front = "FunctionUrl" if settings.is_function_url else "HttpApi"
    command: list[str | Path] = [
        *(ROOT / ".venv-sam/bin/sam", "deploy", "--template-file", settings.state / "template.json"),
        *("--stack-name", STACK, "--s3-bucket", _ARTIFACTS, "--region", REGION),
        *("--parameter-overrides", f"Stage={STAGE}", "LogLevel=DEBUG", f"Front={front}"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--language-extensions", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
    ]
    status, output = await processes.run(command, environment, settings.state)
    settings.deploy_log.write_text(output)
    if status:
        lines = [line for line in output.splitlines() if line.startswith("Error") or "FAILED" in line]
        raise DeployError("\n".join([*(lines or output.splitlines()[-5:]), f"all of it: {settings.deploy_log}"]))


def _make_bucket(settings: Settings) -> None:
    aws.client("s3", settings.aws_url).create_bucket(Bucket=_ARTIFACTS)  # a second time is no error in this region


def _describe(settings: Settings) -> Deployment:
    pages = aws.client("lambda", settings.aws_url).get_paginator("list_functions").paginate()
    functions = [function_spec(each) for page in pages for each in page["Functions"]]
    stack = aws.client("cloudformation", settings.aws_url).describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return Deployment(tuple(function for function in functions if function), outputs["ArchiveBucket"])


def function_spec(configuration: Mapping[str, Any]) -> FunctionSpec | None:
    """Return a function from its deployed configuration; None if it is not one of the template's."""
    variables = dict(configuration.get("Environment", {}).get("Variables", {}))
    if CODE not in variables:
        return None
    return FunctionSpec(
        name=configuration["FunctionName"],
        arn=configuration["FunctionArn"],
        code=Path(variables[CODE]),
        handler=variables[HANDLER],
        timeout=configuration["Timeout"],
        memory=configuration["MemorySize"],
        routes=tuple(json.loads(variables[ROUTES])),
        variables={name: value for name, value in variables.items() if name not in NOTES},
    )
