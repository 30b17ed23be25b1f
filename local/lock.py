"""The lock of a local system, one per checkout, and its published places."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
from typing import TYPE_CHECKING, Any

from local.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.settings import Settings


class UnavailableError(Exception):
    """Something else is where we want to be; one line for the person."""


@contextlib.contextmanager
def single_instance(settings: Settings) -> Iterator[None]:
    """Holds the lock until we end, however that happens. Raises UnavailableError."""
    settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with settings.lock_file.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = read_lock(settings.lock_file)
            raise UnavailableError(
                f"already up at {other.get('url', 'an unknown address')} (process {other.get('pid', 'unknown')})"
            ) from None
        publish(settings, {"pid": os.getpid(), "url": settings.url, "aws_url": settings.aws_url})
        try:
            yield
        finally:
            file.truncate(0)


def publish(settings: Settings, facts: dict[str, Any]) -> None:
    """Write what others may know of the running system. In place: the lock is on this very file."""
    settings.lock_file.write_text(json.dumps(facts) + "\n")


def read_lock(path: Path) -> dict[str, Any]:
    """Empty when nothing runs."""
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def running(path: Path) -> dict[str, Any]:
    """Return what a running system published; empty after its end, also after a crash."""
    facts = read_lock(path)
    try:
        os.kill(int(facts["pid"]), 0)
    except (KeyError, ValueError, ProcessLookupError):
        return {}
    return facts


def system() -> tuple[Settings, dict[str, Any]]:
    """Return the settings here, and what the system published. Raises SettingsError, UnavailableError."""
    settings = read_settings()
    facts = running(settings.lock_file)
    if "bucket" not in facts:
        raise UnavailableError("the local system is not up; start it with `make run`")
    return settings, facts


def check_port(name: str, port: int) -> None:
    """Check that a port is free. Raises UnavailableError when the port of the loopback interface is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise UnavailableError(f"port {port} {reason}; choose another with {name}=…") from None
