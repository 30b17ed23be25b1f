"""A function in the real Lambda runtime, without Docker.

AWS's runtime interface emulator comes with the SAM CLI; inside it runs `python -m awslambdaric app.handler`, as in
the managed runtime. One invocation at a time: a second one at once makes the emulator panic.
"""

import http.client
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.integration.processes import Program, free_ports

ROOT = Path(__file__).resolve().parents[2]
_EMULATORS = ROOT / ".venv-sam/lib/python3.13/site-packages/samcli/local/rapid"
_PATH = "/2015-03-31/functions/function/invocations"
#: Seconds that an invocation may take, the first one's imports included.
_PATIENCE = 30.0


class FunctionError(Exception):
    """The handler raised, or did not answer in time; the text has what Lambda says and what the function wrote."""


class Runtime(Program):
    """One execution environment; `code` is the function's folder."""

    def __init__(self, code: Path, environment: Mapping[str, str], log: Path) -> None:
        self._port, api = free_ports(2)
        command: list[str | Path] = [
            *(_emulator(), "--log-level", "error"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
            *("--runtime-api-address", f"127.0.0.1:{api}"),
            *(sys.executable, "-m", "awslambdaric", "app.handler"),
        ]
        self._read = 0
        super().__init__(command, environment, code, self._port, log)

    def invoke(self, event: Any) -> Any:
        """The handler's answer. Raises FunctionError."""
        self._read = len(self.output())
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            connection.request("POST", _PATH, json.dumps(event).encode())
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FunctionError(f"{error!r}\n{self.output()}") from error
        finally:
            connection.close()
        if isinstance(answer, dict) and "errorType" in answer:
            raise FunctionError(f"{answer}\n{self.output()}")
        return answer

    def written(self) -> str:
        """What the function wrote during the last invocation."""
        return self.output()[self._read :]

    def steps(self) -> list[dict[str, Any]]:
        """The steps that the last invocation logged, as `make tail` shows them."""
        return [line for line in _json_lines(self.written()) if "step" in line]


def _emulator() -> Path:
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return _EMULATORS / f"aws-lambda-rie-{machine}"


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
