"""How far a run came, on disk: what another run need not send again.

A file of JSON lines. The first says what the run was asked for; each other one how many lines of an object are done.
It is written after the send it tells of, so a crash in between repeats that send and loses nothing.
"""

import fcntl
import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cli.errors import OperatorError
from sluice.archive.reader import Item


class Done:
    """What is done: a digest of 16 bytes for each finished object, and a number for those begun."""

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self._finished: set[bytes] = set()
        self._begun: dict[bytes, int] = {}
        for entry in entries:
            self.note(entry["key"], entry["etag"], entry.get("lines"))

    def note(self, key: str, etag: str, lines: int | None) -> None:
        """`lines` None: all of them."""
        name = _digest(key, etag)
        if lines is None:
            self._begun.pop(name, None)
            self._finished.add(name)
        else:
            self._begun[name] = lines

    def lines_of(self, item: Item) -> int | None:
        """How many of its lines are done; None when all are."""
        name = _digest(item.key, item.etag)
        return None if name in self._finished else self._begun.get(name, 0)

    def __bool__(self) -> bool:
        return bool(self._finished or self._begun)


class Journal:
    """Open it, work, close it; only one process at a time can.

    `asked` must be what it was when the file was begun, but for its `facts`, which are taken from the file then: what
    `3d` was when the run began. Raises OperatorError.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.facts, self.done = self._read(asked, facts)
        except BlockingIOError as error:
            self._file.close()
            raise OperatorError(f"another run is using {path}") from error
        except BaseException:
            self._file.close()
            raise

    def reached(self, item: Item, lines: int) -> None:
        self._note(item, lines)

    def finished(self, item: Item) -> None:
        self._note(item, None)

    def _note(self, item: Item, lines: int | None) -> None:
        self._write({"key": item.key, "etag": item.etag, **({} if lines is None else {"lines": lines})})
        self.done.note(item.key, item.etag, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _read(self, asked: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[dict[str, Any], Done]:
        """A line that was not written to its end is cut off."""
        self._file.seek(0)
        first = self._file.readline()
        if not first.endswith(b"\n"):
            self._file.truncate(0)
            self._write({"asked": asked, "facts": facts})
            return dict(facts), Done()
        try:
            head = json.loads(first)
            if head["asked"] != asked:
                raise OperatorError(f"{self.path} belongs to another run; name another file with --state, or remove it")
            done, whole = Done(), len(first)
            for line in self._file:
                if line.endswith(b"\n"):
                    entry = json.loads(line)
                    done.note(entry["key"], entry["etag"], entry.get("lines"))
                    whole += len(line)
        except (ValueError, KeyError, TypeError) as error:
            raise OperatorError(f"{self.path} is no state of a run; name another file with --state") from error
        self._file.truncate(whole)
        return dict(head["facts"]), done

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry, sort_keys=True).encode() + b"\n")
        self._file.flush()


def _digest(key: str, etag: str) -> bytes:
    return blake2b(f"{key}\n{etag}".encode(), digest_size=16).digest()
