"""The embedded AWS: one ministack process, on loopback only, empty at every start."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
from botocore.config import Config

from local import processes
from local.settings import CREDENTIALS, REGION, ROOT, Settings

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

_START_TIMEOUT = 20.0  # seconds


class AwsError(Exception):
    """The embedded AWS did not start, or ended."""


@contextlib.asynccontextmanager
async def embedded_aws(settings: Settings) -> AsyncIterator[Process]:
    """Raises AwsError when it does not answer in time."""
    scratch = settings.state / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    settings.aws_log.parent.mkdir(parents=True, exist_ok=True)
    with settings.aws_log.open("w") as log:
        command: list[str | Path] = [ROOT / ".venv-aws/bin/python", "-m", "ministack"]
        process = await processes.start(command, _environment(settings), scratch, log)
    try:
        await _wait_until_healthy(settings, process)
        yield process
    finally:
        await processes.stop(process)


def client(service: str, url: str) -> Any:
    """A boto3 client of the embedded AWS, untouched by the person's own AWS configuration."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    config = Config(proxies={}, max_pool_connections=4)
    return session.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **processes.inherited_environment(),
        **CREDENTIALS,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(settings.aws_port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(settings.state / "tmp"),  # its process file
        # Servers of services that we do not use, and the person's Docker, which it would look through.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
    }


async def _wait_until_healthy(settings: Settings, process: Process) -> None:
    try:
        async with asyncio.timeout(_START_TIMEOUT), aiohttp.ClientSession() as session:
            while process.returncode is None:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{settings.aws_url}/_ministack/ready") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
    raise AwsError(f"the embedded AWS did not start; see {settings.aws_log}")
