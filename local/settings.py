"""The local system's places and ports: everything the environment can change, read once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
#: The value of PYTHONPATH with which functions and commands find the library and the catalogue.
LIBRARIES = f"{ROOT / 'layers/sluice'}:{ROOT / 'layers/catalogue'}"

STAGE = "local"
STACK = f"sluice-{STAGE}"
REGION = "us-east-1"
# The embedded AWS accepts any credentials; these are the ones it uses itself.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

INBOX = "inbox"  # the webhook receiver that the local system brings along
VENDOR = "vendor"  # where requests end that would leave this machine
WAREHOUSE = "local"  # the warehouse that the local system brings along, a file of DuckDB
FIREHOSE = "firehose"  # Firehose's API, for commands: what the embedded AWS has of it cannot partition


class SettingsError(Exception):
    """A setting from the environment cannot be used; the text is for the person who set it."""


@dataclass(frozen=True)
class Settings:
    port: int
    aws_port: int
    workspace: Path
    state: Path
    """Everything the local system writes; git-ignored, may be deleted while nothing runs."""
    ready_file: Path | None = None
    """Written when the system is ready, for programs that wait for it."""
    live: str = ""
    """Ids of destinations, separated by commas, that really reach their vendors; or `all`."""
    tls_port: int = 3443
    """Where the same API answers over TLS, for SDKs that speak nothing else."""
    is_function_url: bool = False
    """Whether a function URL takes the requests, and not API Gateway."""
    short_timeouts: bool = False
    """For tests that kill functions: the messages they had come back in seconds, not minutes."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def certificate(self) -> Path:
        return self.state / "tls" / "certificate.pem"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def inbox_url(self) -> str:
        return f"{self.url}/{INBOX}"

    @property
    def vendors_url(self) -> str:
        return f"{self.url}/{VENDOR}"

    @property
    def warehouses(self) -> Path:
        """The folder in which a file of DuckDB stands for each warehouse that is not live."""
        return self.state / "warehouses"

    @property
    def warehouse(self) -> Path:
        return self.warehouses / f"{WAREHOUSE}.duckdb"

    @property
    def lock_file(self) -> Path:
        return self.state / "local.lock"

    @property
    def secrets_file(self) -> Path:
        return self.state / "secrets.json"

    @property
    def functions_log(self) -> Path:
        return self.state / "logs" / "functions.log"

    @property
    def aws_log(self) -> Path:
        return self.state / "logs" / "aws.log"

    @property
    def aws_state(self) -> Path:
        return self.state / "aws"

    @property
    def deploy_log(self) -> Path:
        return self.state / "logs" / "deploy.log"

    @property
    def compiled_workspace(self) -> Path:
        return self.state / "workspace.json"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return PORT, TLS_PORT, AWS_PORT, WORKSPACE, LIVE, FRONT, STATE_DIR, READY_FILE and SHORT_TIMEOUTS.

    Paths are relative to the project. Raises SettingsError.
    """
    ready_file = environment.get("READY_FILE")
    settings = Settings(
        port=_port(environment, "PORT", 3000),
        aws_port=_port(environment, "AWS_PORT", 4566),
        tls_port=_port(environment, "TLS_PORT", 3443),
        workspace=ROOT / environment.get("WORKSPACE", "layers/workspace/workspace.yaml"),
        state=ROOT / environment.get("STATE_DIR", ".sluice"),
        ready_file=Path(ready_file).absolute() if ready_file else None,
        live=environment.get("LIVE", ""),
        is_function_url=_front(environment) == "url",
        short_timeouts=environment.get("SHORT_TIMEOUTS") == "true",
    )
    if len({settings.port, settings.tls_port, settings.aws_port}) < 3:
        raise SettingsError(
            f"PORT, TLS_PORT and AWS_PORT are {settings.port}, {settings.tls_port} and {settings.aws_port}; "
            "they must differ"
        )
    if not settings.workspace.is_file():
        raise SettingsError(f"WORKSPACE: there is no file {settings.workspace}")
    return settings


def _front(environment: Mapping[str, str]) -> str:
    front = environment.get("FRONT") or "api"
    if front not in ("api", "url"):
        raise SettingsError(f"FRONT is {front!r}; it must be api, for API Gateway, or url, for a function URL")
    return front


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SettingsError(f"{name} is {text!r}; it must be a port from 1 to 65535")
    return int(text)
