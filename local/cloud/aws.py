"""The embedded AWS: one ministack process at a time, on loopback only.

A local system begins with an empty one. What it holds is in its memory; told to end, it writes that down for the
process after it. Killed, it leaves nothing: no queue, no table, no object.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
from botocore.config import Config

from local import processes
from local.settings import CREDENTIALS, REGION, ROOT, Settings

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

_START_TIMEOUT = 20.0  # seconds


class AwsError(Exception):
    """The embedded AWS did not start, or ended."""


class EmbeddedAws:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: Process | None = None

    def forget(self) -> None:
        """Nothing of what there was is to be found by the next process."""
        shutil.rmtree(self._settings.aws_state, ignore_errors=True)

    async def start(self) -> None:
        """Start with what the process before it left. Raises AwsError if it does not answer in time."""
        settings = self._settings
        scratch = settings.state / "tmp"
        for folder in (scratch, settings.aws_state, settings.aws_log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with settings.aws_log.open("w" if self._process is None else "a") as log:
            command: list[str | Path] = [ROOT / ".venv-aws/bin/python", ROOT / "local/cloud/embedded_aws"]
            self._process = await processes.start(command, _environment(settings), scratch, log)
        await _wait_until_healthy(settings, self._process)

    async def ended(self) -> bool:
        """Wait for its end; whether it wrote down what it had."""
        assert self._process  # noqa: S101 - it was started
        return await self._process.wait() == 0

    async def stop(self) -> None:
        """Stop for good, and drop all that it has."""
        if self._process:
            await processes.stop(self._process, grace=0)


def client(service: str, url: str) -> Any:
    """A boto3 client of the embedded AWS, untouched by the person's own AWS configuration."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    config = Config(proxies={}, max_pool_connections=4)
    return session.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


def waiting_on(sqs: Any, url: str) -> int:
    """Return how many messages are to be had from a queue."""
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


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
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.aws_state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.aws_state / "s3"),
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
