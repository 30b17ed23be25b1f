"""What goes wrong while a load runs. Each one is over, and everything is up again, when its block ends."""

import contextlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from local.cloud.aws import client
from local.own import Running
from tests.receiver import Receiver

#: Seconds from one kill to the next: longer than a function takes to start, so that some requests pass between two.
_BETWEEN_KILLS = 1.5
#: Seconds of load before the embedded AWS is told to end, and of each way in which the webhook is down.
_BEFORE, _DOWN = 1.0, 2.0


@contextlib.contextmanager
def killing(system: Running, *services: str) -> Iterator[set[int]]:
    """kill -9 of whatever processes some functions have, again and again; those that were killed."""
    killed: set[int] = set()
    over = threading.Event()

    def kill() -> None:
        while not over.wait(_BETWEEN_KILLS):
            found = [_processes(system, f"POWERTOOLS_SERVICE_NAME={service}") for service in services]
            for process in itertools.chain.from_iterable(found):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.add(process)

    with _meanwhile(kill, over):
        yield killed


@contextlib.contextmanager
def restarting_aws(system: Running) -> Iterator[set[int]]:
    """SIGTERM to the embedded AWS; it is for the local system to start it again."""
    (process,) = _processes(system, f"GATEWAY_PORT={system.aws_url.rpartition(':')[2]}")
    ended: set[int] = set()

    def end() -> None:
        time.sleep(_BEFORE)
        os.kill(process, signal.SIGTERM)
        while Path(f"/proc/{process}").exists():
            time.sleep(0.02)
        ended.add(process)

    with _meanwhile(end):
        yield ended
    client("sqs", system.aws_url).list_queues()  # boto3 tries until it answers


@contextlib.contextmanager
def webhook_down(receiver: Receiver) -> Iterator[set[int]]:
    """First nobody listens, then all it says is 503."""

    def fail() -> None:
        with receiver.refusing():
            time.sleep(_DOWN)
        before, receiver.answer = receiver.answer, lambda _: (503, {}, b"down for repairs")
        time.sleep(_DOWN)
        receiver.answer = before

    with _meanwhile(fail):
        yield set()


@contextlib.contextmanager
def _meanwhile(work: Callable[[], None], over: threading.Event | None = None) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        if over:
            over.set()
        thread.join()


def _processes(system: Running, mark: str) -> list[int]:
    """Processes of this system whose environment has the mark."""
    marks = (f"{mark}\0".encode(), str(system.state).encode())
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if all(mark in environment for mark in marks):
            found.append(int(folder.name))
    return found
