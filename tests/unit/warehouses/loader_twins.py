"""Twins of what a loader is handed: a list of files, a bucket, and a world that dies at a step."""

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, BinaryIO

from sluice.archive.reader import MissingObjectError, StoredObject
from sluice.warehouses.file_list import Entry


class DeathError(BaseException):
    """The process is no more: nothing may catch this."""


@dataclass
class Steps:
    """Counts the calls to the world and dies before, or after, the one with the number `dies_at`."""

    dies_at: int | None = None
    is_after: bool = False
    taken: int = 0

    def __call__[**P, T](self, call: Callable[P, T]) -> Callable[P, T]:
        def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            self.taken += 1
            is_last = self.taken - 1 == self.dies_at
            if is_last and not self.is_after:
                raise DeathError
            answer = call(*args, **kwargs)
            if is_last:
                raise DeathError
            return answer

        return counted


@dataclass
class ListTwin:
    """A queue as SQS is one: what was taken and not removed comes again, once its time is up."""

    entries: list[str] = field(default_factory=list)
    in_hand: dict[str, str] = field(default_factory=dict)
    dead: list[tuple[str, str]] = field(default_factory=list)
    takes: Counter[str] = field(default_factory=Counter)

    def waiting(self) -> int:
        return len(self.entries)

    def add(self, bodies: Sequence[str]) -> Sequence[int]:
        self.entries += bodies
        return []

    def take(self) -> Sequence[Entry]:
        taken, self.entries = self.entries[:10], self.entries[10:]
        found = []
        for body in taken:
            self.takes[body] += 1
            receipt = f"r{self.takes.total()}"
            self.in_hand[receipt] = body
            found.append(Entry(body, receipt, self.takes[body]))
        return found

    def remove(self, entry: Entry) -> None:
        self.in_hand.pop(entry.receipt, None)

    def give_back(self, entry: Entry) -> None:
        self.entries.append(self.in_hand.pop(entry.receipt))

    def give_up(self, entry: Entry, reason: str) -> None:
        self.dead.append((entry.body, reason))

    def time_passes(self) -> None:
        self.entries += self.in_hand.values()
        self.in_hand.clear()


@dataclass
class BucketTwin:
    """The objects of an archive."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def file(
        self, name: str, *events: dict[str, Any], source: str = "web", at: str = "2026-01-15T12", area: str = "events"
    ) -> str:
        """Put a file of events, or of objects, into an hour and return its key."""
        day, _, hour = at.partition("T")
        key = f"{area}/source={source}/day={day}/hour={hour}/{name}.gz"
        self.kept[key] = gzip.compress(b"".join(json.dumps(event).encode() + b"\n" for event in events))
        return key

    def prefixes(self, prefix: str) -> Iterator[str]:
        yield from sorted(
            {prefix + key.removeprefix(prefix).split("/")[0] + "/" for key in self.kept if key.startswith(prefix)}
        )

    def objects(self, prefix: str, after: str = "") -> Iterator[StoredObject]:
        for key in sorted(self.kept):
            if key.startswith(prefix) and key > after:
                yield StoredObject(key, "etag", len(self.kept[key]))

    @contextmanager
    def content(self, key: str) -> Iterator[BinaryIO]:
        if key not in self.kept:
            raise MissingObjectError(key)
        yield io.BytesIO(self.kept[key])


@dataclass
class Clock:
    """`left` seconds of the loader's life, of which each look takes `takes`; `at` is the time of day."""

    left: float = 900.0
    takes: float = 0.0
    at: float = 1768482000.0  # 2026-01-15T13:00:00Z

    def seconds_left(self) -> float:
        self.left -= self.takes
        return self.left

    def now(self) -> float:
        return self.at


def stepping(engine: Any, steps: Steps) -> Any:
    """Return an engine each of whose calls is a step, and so are a transaction's beginning, its end and its commit."""

    @contextmanager
    def transaction() -> Iterator[None]:
        steps(lambda: None)()
        with engine.transaction():
            yield
            steps(lambda: None)()
        steps(lambda: None)()  # committed, and nobody was told

    calls = {name: steps(getattr(engine, name)) for name in ("loaded", "describe", "change", "put", "note")}
    return SimpleNamespace(dialect=engine.dialect, events_at_once=100, transaction=transaction, **calls)
