"""A function as the template deploys it, and the environment that Lambda gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.settings import CREDENTIALS, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class FunctionSpec:
    """A deployed function, and where its source is."""

    name: str
    arn: str
    code: Path
    handler: str
    timeout: int
    memory: int
    variables: Mapping[str, str]
    routes: tuple[str, ...]

    @property
    def service(self) -> str:
        return self.variables.get("POWERTOOLS_SERVICE_NAME", self.name)


def lambda_environment(spec: FunctionSpec) -> dict[str, str]:
    """The variables that Lambda itself sets, and the function's own."""
    return {
        **spec.variables,
        **CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_LEVEL": spec.variables.get("POWERTOOLS_LOG_LEVEL", "INFO"),
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(spec.code),
        "_HANDLER": spec.handler,
        "TZ": ":UTC",
    }
