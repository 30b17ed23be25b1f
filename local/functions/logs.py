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
#: Characters of the file, and of the one before it, which is kept: some 300,000 steps of events each.
_MOST_CHARACTERS = 64 * 1024 * 1024

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
    """Starts empty: it is about this run. A full file becomes `functions.log.1`, and the one of that name goes."""

    def __init__(self, path: Path, most: int = _MOST_CHARACTERS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._most, self._written = path, most, 0
        path.with_name(f"{path.name}.1").unlink(missing_ok=True)
        self._file: TextIO = path.open("w", encoding="utf-8", buffering=1)

    def write(self, service: str, line: str) -> None:
        self._append(as_json_line(service, line))

    def platform(self, service: str, level: str, message: str) -> None:
        """Log what Lambda itself would log about a function: time-outs, crashes."""
        entry = {"level": level, "service": service, "timestamp": _now(), "message": message}
        self._append(json.dumps(entry, ensure_ascii=False))

    def _append(self, line: str) -> None:
        if self._written >= self._most:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file, self._written = self._path.open("w", encoding="utf-8", buffering=1), 0
        self._written += self._file.write(line + "\n")

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
