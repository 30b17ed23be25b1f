"""The progress of a run, on disk, so that another run does not send again.

A SQLite file with a row for each object of the archive that was begun. A row is written after the send that it tells
of, so a crash in between repeats that send and loses nothing.
"""

import json
import sqlite3
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cli.errors import OperatorError
from sluice.archive.reader import Item

#: `lines` are how many of an object's lines are done; NULL is all of them.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS run (asked TEXT NOT NULL, facts TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS object (name BLOB PRIMARY KEY, lines INTEGER) WITHOUT ROWID",
)


class Progress:
    """The progress of one run. Open it, work, close it; only one process at a time can.

    `asked` must be what it was when the file was begun. `facts` are taken from the file then: what `3d` was when the
    run began. Raises OperatorError.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=0, autocommit=True)
        try:
            self.facts = self._begin(asked, facts)
        except sqlite3.DatabaseError as error:
            self.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise OperatorError(f"another run is using {path}") from error
            raise OperatorError(f"{path} is no state of a run; name another file with --state") from error
        except BaseException:
            self.close()
            raise

    def __bool__(self) -> bool:
        """Return whether anything is done."""
        return self._database.execute("SELECT 1 FROM object LIMIT 1").fetchone() is not None

    def lines_of(self, item: Item) -> int | None:
        """Return how many lines of an object are done, None if all are."""
        row = self._database.execute("SELECT lines FROM object WHERE name = ?", (_digest(item),)).fetchone()
        lines: int | None = 0 if row is None else row[0]
        return lines

    def reached(self, item: Item, lines: int) -> None:
        """Note that so many lines of an object are done."""
        self._note(item, lines)

    def finished(self, item: Item) -> None:
        """Note that all lines of an object are done."""
        self._note(item, None)

    def remove(self) -> None:
        """Delete the file: the run is complete."""
        self.close()
        self.path.unlink()

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, asked: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts of the run that the file belongs to, which may be this one."""
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("BEGIN EXCLUSIVE")  # the lock stays after the commit, until the file is closed
        for table in _TABLES:
            self._database.execute(table)
        self._database.execute("COMMIT")
        wanted = json.dumps(asked, sort_keys=True)
        row = self._database.execute("SELECT asked, facts FROM run").fetchone()
        if row is None:
            self._database.execute("INSERT INTO run VALUES (?, ?)", (wanted, json.dumps(facts)))
            return dict(facts)
        if row[0] != wanted:
            raise OperatorError(f"{self.path} belongs to another run; name another file with --state, or remove it")
        known: dict[str, Any] = json.loads(row[1])
        return known

    def _note(self, item: Item, lines: int | None) -> None:
        self._database.execute("INSERT OR REPLACE INTO object VALUES (?, ?)", (_digest(item), lines))


def _digest(item: Item) -> bytes:
    """Return a name of 16 bytes: of a million objects, those are 30 MB on disk."""
    return blake2b(f"{item.key}\n{item.etag}".encode(), digest_size=16).digest()
