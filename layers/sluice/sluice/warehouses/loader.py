"""The loader of a warehouse: the files on its list, one after the other, until they are loaded or time is up.

Whatever line it dies on, nothing is lost and nothing is there twice: a file leaves the list after the transaction that
has its rows and the note that it is loaded.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import orjson

from sluice.archive.reader import Archive, DamagedObjectError, MissingObjectError
from sluice.telemetry import logs
from sluice.warehouses.file_list import Entry, File, FileList, UnreadableEntryError, file_of
from sluice.warehouses.listing import list_again, to_be_listed
from sluice.warehouses.memory import Memory
from sluice.warehouses.target import target_of
from sluice.warehouses.warehouse import Target, UnavailableError, Warehouse, load_file
from sluice.workspace import compiled

#: Seconds before the end of its life at which a loader begins nothing more.
STOPS_BEFORE = 120
#: Files that fail one after the other before it is the warehouse and not the files.
_FAILURES = 3
#: Times that a file is tried. What fails as often needs somebody.
TAKES = 20

type Connect = Callable[[bool], AbstractContextManager[Warehouse]]


@dataclass(slots=True)
class Report:
    """The result of a load. `refusal` is why the warehouse could not be opened; `is_refused`, by its own word."""

    files: int = 0
    events: int = 0
    rows: int = 0
    rejects: int = 0
    failed: int = 0
    given_up: int = 0
    refusal: str = ""
    is_refused: bool = False
    is_stopped: bool = False

    def __str__(self) -> str:
        if self.refusal:
            return self.refusal
        said = f"{self.files:,} files, {self.rows:,} rows"
        said += f", {self.rejects:,} values rejected" * bool(self.rejects)
        said += f", {self.failed:,} files failed" * bool(self.failed)
        said += f", {self.given_up:,} given up" * bool(self.given_up)
        return said + ", more are waiting" * self.is_stopped


@dataclass(frozen=True, slots=True)
class Loader:
    """The loader of a configured warehouse. `connect` is told whether to read secrets anew."""

    configured: compiled.Warehouse
    files: FileList
    archive: Archive
    connect: Connect
    seconds_left: Callable[[], float]
    now: Callable[[], float]
    _targets: dict[str, Target] = field(default_factory=dict)

    def is_late(self) -> bool:
        return self.seconds_left() < STOPS_BEFORE

    def target(self, source: str, warehouse: Warehouse) -> Target:
        """Return where the files of a source go, and what of them."""
        if source not in self._targets:
            self._targets[source] = target_of(self.configured, source, warehouse.dialect)
        return self._targets[source]


def load(loader: Loader, memory: Memory) -> Report:
    """Load what is on the list, and what the archive has besides where it was not listed for a day.

    With nothing to load the warehouse is not opened: some are paid for by the time that they are awake.
    """
    report, failures = Report(), 0
    listings = list(to_be_listed(loader.archive, loader.configured, memory, loader.now()))
    while (listings or loader.files.waiting()) and not report.is_stopped and failures < _FAILURES:
        try:
            with _opened(loader) as warehouse:
                while listings and not loader.is_late():
                    list_again(loader, warehouse, listings.pop(), memory)
                failures = _load_all(loader, warehouse, report, failures)
        except UnavailableError as error:
            report.refusal, report.is_refused = str(error), error.is_refused
            break
        if not failures:
            break
    return report


def _opened(loader: Loader) -> AbstractContextManager[Warehouse]:
    """Open the warehouse; refused, once more with secrets read anew. Raises UnavailableError."""
    try:
        return loader.connect(False)
    except UnavailableError as error:
        if not error.is_refused:
            raise
    return loader.connect(True)


def _load_all(loader: Loader, warehouse: Warehouse, report: Report, failures: int) -> int:
    """Load until the list is empty, time is up or a file fails: then its connection is not used again.

    Return how many files failed in a row; 0 if the list is empty or time is up.
    """
    while entries := loader.files.take():
        waiting = deque(sorted(entries, key=lambda each: each.takes))
        while waiting:
            report.is_stopped = loader.is_late()
            if report.is_stopped:
                _give_back(loader, waiting)
                return 0
            try:
                is_usable = _load_one(loader, warehouse, waiting.popleft(), report)
            except UnavailableError:
                _give_back(loader, waiting)
                raise
            if not is_usable:
                _give_back(loader, waiting)
                return failures + 1
            failures = 0
    return 0


def _give_back(loader: Loader, entries: Iterable[Entry]) -> None:
    for entry in entries:
        loader.files.give_back(entry)


def _load_one(loader: Loader, warehouse: Warehouse, entry: Entry, report: Report) -> bool:
    """Load the file of an entry and remove that. Return whether the warehouse can be used for another file."""
    try:
        file = file_of(entry.body)
    except UnreadableEntryError as error:
        return _gave_up(loader, entry, str(error), report)
    if not loader.configured.wants(file.source):
        loader.files.remove(entry)
        return True
    try:
        _load_file(loader, warehouse, file, report)
    except DamagedObjectError as error:
        return _gave_up(loader, entry, str(error), report)
    except UnavailableError:
        loader.files.give_back(entry)
        raise
    except MissingObjectError:
        logs.logger.warning("the file is no longer there", extra={"file": file.key})
    except Exception as error:  # noqa: BLE001 - whatever it is, the file stays on the list, and the others come first
        logs.fault(error)
        logs.logger.error("the file could not be loaded", extra={"file": file.key, "takes": entry.takes})
        report.failed += 1
        if entry.takes >= TAKES:
            _gave_up(loader, entry, type(error).__name__, report)
        return False
    loader.files.remove(entry)
    return True


def _load_file(loader: Loader, warehouse: Warehouse, file: File, report: Report) -> None:
    target = loader.target(file.source, warehouse)
    events = map(orjson.loads, loader.archive.lines(file))
    done = load_file(warehouse, target, file.key, events, is_repeated=file.is_repeated)
    report.files += 1
    report.events += done.events
    report.rows += sum(done.rows.values())
    report.rejects += done.rejects


def _gave_up(loader: Loader, entry: Entry, reason: str, report: Report) -> bool:
    loader.files.give_up(entry, reason)
    loader.files.remove(entry)
    report.given_up += 1
    return True
