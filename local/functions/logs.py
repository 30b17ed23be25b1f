"""One file with every line the functions print, as JSON, for `make tail`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

_CHUNK = 64 * 1024


_LEVEL = re.compile(r"\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]\s*")


def as_json_line(service: str, line: str) -> str:
    """A line that is a JSON object stays as it is; any other is wrapped.

    The runtime client writes an uncaught exception as one line, `[ERROR] …`, with carriage returns for line ends.
    """
    if line.startswith("{"):
        try:
            if isinstance(json.loads(line), dict):
                return line
        except ValueError:
            pass
    fields = {"service": service, "timestamp": _now()}
    if level := _LEVEL.match(line):
        fields["level"], line = level[1], line[level.end() :]
    return json.dumps({**fields, "message": line.replace("\r", "\n")}, ensure_ascii=False)


class FunctionsLog:
    """Starts empty: it is about this run."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("w", encoding="utf-8", buffering=1)

    def write(self, service: str, line: str) -> None:
        self._file.write(as_json_line(service, line) + "\n")

    def platform(self, service: str, level: str, message: str) -> None:
        """Log what Lambda itself would log about a function: time-outs, crashes."""
        self._file.write(
            json.dumps(
                {"level": level, "service": service, "timestamp": _now(), "message": message}, ensure_ascii=False
            )
            + "\n"
        )

    async def copy(self, service: str, stream: asyncio.StreamReader) -> None:
        """Until the stream ends. Lines may be longer than any buffer."""
        pending = b""
        while chunk := await stream.read(_CHUNK):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._write_bytes(service, line)
        self._write_bytes(service, pending)

    def _write_bytes(self, service: str, line: bytes) -> None:
        if text := line.decode(errors="replace").strip():
            self.write(service, text)

    def close(self) -> None:
        self._file.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
