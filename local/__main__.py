"""`python -m local`: the whole system, until Ctrl-C. What the environment can change is in settings.py."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

import uvloop

from local.cloud.aws import AwsError
from local.cloud.deploy import DeployError
from local.lock import UnavailableError, single_instance
from local.settings import Settings, SettingsError, read_settings
from local.system import System
from local.workspace import WorkspaceError

_EXPECTED = (AwsError, DeployError, SettingsError, UnavailableError, WorkspaceError)


def main() -> int:
    try:
        settings = read_settings()
        with single_instance(settings), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_signal(settings))
    except _EXPECTED as error:
        # The compiler's messages begin with file and line, for people and editors to jump to.
        print(error if isinstance(error, WorkspaceError) else f"local: {error}", file=sys.stderr)
        return 1
    return 0


async def _until_signal(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(System(settings).run())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    sys.exit(main())
