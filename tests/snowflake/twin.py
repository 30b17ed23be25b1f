"""A Snowflake for tests, in a process of its own, which sessions of the real driver ask: see server.py."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

import orjson
import urllib3
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from catalogue.warehouses.snowflake.settings import Settings
from sluice.warehouses.settings import Secret
from tests.environments import python_of
from tests.pages import ROOT

PASSPHRASE, PASSWORD = "a long one", "open sesame"
_numbers = count(1)


@dataclass(frozen=True)
class Twin:
    """`settings` are those of an empty database, which no other test has. They are by password: a key is slow."""

    port: int
    settings: Settings
    by_key: Settings
    encrypted_key: str

    @property
    def place(self) -> Mapping[str, Any]:
        """Where the driver reaches it. A lost answer is asked for again, but not for long."""
        return {
            "host": "127.0.0.1", "port": self.port, "protocol": "http", "retry_max_attempts": 2,
            "retry_backoff_base_ms": 10,
        }  # fmt: skip

    def fault(
        self, pattern: str, kind: Literal["refuse", "lose", "cut"], times: int = 1, code: str = "", message: str = ""
    ) -> None:
        """Have the next statements that match refused, or carried out and not answered, or cut off before that."""
        fault = {"pattern": pattern, "kind": kind, "times": times, "code": code, "message": message}
        self._ask("POST", "faults", orjson.dumps(fault))

    def forget_faults(self) -> None:
        self._ask("DELETE", "faults")

    def sent(self) -> list[str]:
        """Return the statements that this database was sent, with names of files and turns left out."""
        told = self._ask("GET", f"told/{self.settings.database}")["sent"]
        return [re.sub(r"/tmp\S*?/[0-9a-f]{32}|(?<=/)[0-9a-f]{32}", "*", each) for each in told]

    def logins(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self._ask("GET", f"told/{self.settings.database}")["logins"]
        return [each for each in told if each.get("databaseName") == self.settings.database]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        answer = urllib3.request(method, f"http://127.0.0.1:{self.port}/twin/{path}", body=body, retries=False)
        assert answer.status == 200, answer.status
        return orjson.loads(answer.data)


@contextmanager
def snowflake(folder: Path) -> Iterator[Twin]:
    """Run one."""
    python = python_of("snowflake")
    key = generate_private_key(65537, 2048)
    public = folder / "public.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command: list[str | Path] = [python, "-m", "tests.snowflake.server", str(port), public]
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, "TMPDIR": str(folder)}
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
    try:
        _wait(process, port, folder / "log")
        yield _twin(port, "NOBODY", _pem(key), _pem(key, PASSPHRASE))
    finally:
        process.terminate()
        process.wait(10)


def emptied(twin: Twin, *, is_stranger: bool = False) -> Twin:
    """Return the same server with another database, and with another key if it `is_stranger`'s."""
    name = f"T{os.getpid()}_{next(_numbers)}"
    key = _pem(generate_private_key(65537, 2048)) if is_stranger else twin.by_key.private_key
    return _twin(twin.port, name, key, twin.encrypted_key)


def _twin(port: int, database: str, key: str, encrypted_key: str) -> Twin:
    settings = Settings("acme-test", "loader", "LOADER_ROLE", "LOADING", database, password=Secret(PASSWORD))
    return Twin(port, settings, replace(settings, private_key=Secret(key), password=Secret("")), encrypted_key)


def _pem(key: RSAPrivateKey, passphrase: str = "") -> str:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
