"""`sluice warehouse`: the archive as tables of Segment's schema, in a file of DuckDB or in Postgres."""

import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import orjson
from rich import progress as bars
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from catalogue.warehouses.duckdb.warehouse import DuckDb
from cli.errors import OperatorError, UsageError
from cli.operations.places import Places
from cli.operations.verification import verified
from cli.times import window
from sluice.archive.reader import Archive, Item, Window
from sluice.memory import collect_rarely
from sluice.warehouses.batches import MAX_COLUMNS, MAX_TABLES, MAX_VALUES
from sluice.warehouses.rows import MERGED
from sluice.warehouses.warehouse import LOADS, REJECTS, Target, left, load_file, schema_of

if TYPE_CHECKING:
    from catalogue.warehouses.postgres.warehouse import Postgres

#: The part of what a table or schema may have that is worth a word.
_NEARLY = 0.8
#: Rows of an answer that are shown.
_MOST_ROWS = 200
#: Seconds that a question waits for a file which somebody else has open.
_PATIENCE = 30.0


def run(options: Namespace) -> int:
    """Run one of the commands. Raises OperatorError, UsageError."""
    collect_rarely()
    try:
        return {"sync": _sync, "sql": _sql, "status": _status, "verify": _verify}[options.what](options)
    except duckdb.IOException as error:
        raise OperatorError(f"{options.file} cannot be opened: {str(error).splitlines()[0]}") from error


@contextmanager
def _opened(options: Namespace) -> Iterator["DuckDb | Postgres"]:
    """Open the warehouse that is meant. Raises OperatorError."""
    if options.postgres is None:
        if options.what != "sync":
            _must_exist(options.file)
        with DuckDb(options.file) as file:
            yield file
        return
    import psycopg

    from catalogue.warehouses.postgres.warehouse import Postgres

    try:
        database = Postgres(options.postgres)
    except psycopg.Error as error:
        raise OperatorError(f"Postgres cannot be reached: {str(error).splitlines()[0]}") from error
    with database:
        try:
            yield database
        except psycopg.Error as error:
            raise OperatorError(f"Postgres says: {str(error).splitlines()[0]}") from error


def _must_exist(file: Path) -> None:
    """Refuse to make an empty file. Raises UsageError."""
    if not file.exists():
        raise UsageError(f"there is no {file}; `sluice warehouse sync` makes it")


def _name(warehouse: "DuckDb | Postgres") -> str:
    """Return the name by which `integrations` of an event may mean the warehouse."""
    return "duckdb" if isinstance(warehouse, DuckDb) else "postgres"


def _sync(options: Namespace) -> int:
    archive = Places(options.stage).archive()
    with _opened(options) as warehouse:
        rows, rejects, files = sync(archive, warehouse, window(options.start, options.end), options.source)
    told = f"{rows:,} rows of {files:,} files" if files else "no new files"
    told += f", {rejects:,} values rejected" * bool(rejects)
    print(f"{'Postgres' if options.postgres else options.file}: {told}")
    return 0


def sync(
    archive: Archive, warehouse: "DuckDb | Postgres", span: Window, source: str | None = None
) -> tuple[int, int, int]:
    """Load what is not loaded yet, file by file: stopped, it goes on where it was. Return rows, rejects and files.

    Raises DamagedObjectError.
    """
    rows = rejects = files = 0
    for each, schema, items in _files(archive, warehouse, span, source):
        for key in _shown(left(warehouse, schema, list(items)), each):
            target = Target([_name(warehouse)], schema)
            done = load_file(warehouse, target, key, map(orjson.loads, archive.lines(items[key])))
            rows, rejects, files = rows + sum(done.rows.values()), rejects + done.rejects, files + 1
    return rows, rejects, files


def _files(
    archive: Archive, warehouse: "DuckDb | Postgres", span: Window, source: str | None
) -> Iterator[tuple[str, str, dict[str, Item]]]:
    """Yield each source, or the one, with its schema and its files by their keys."""
    for each in archive.sources("events") if source is None else [source]:
        items = {item.key: item for item in archive.items("events", each, span)}
        yield each, schema_of(each, warehouse.dialect), items


def _verify(options: Namespace) -> int:
    """Count the archive beside the tables; return 1 where they differ."""
    span, is_right = window(options.start, options.end), True
    with _opened(options) as warehouse:
        archive = Places(options.stage).archive()
        for source, schema, items in _files(archive, warehouse, span, options.source):
            there = warehouse.loaded(schema, items.keys())
            if waiting := len(items) - len(there):
                print(f"{source}: {waiting:,} files are not loaded yet")
            loaded = [item for key, item in items.items() if key in there]
            for verdict in verified(warehouse, _name(warehouse), schema, archive, loaded) if loaded else ():
                is_right &= verdict.is_right
                print(f"{source}: {verdict}")
    return 0 if is_right else 1


def _shown(keys: Sequence[str], source: str) -> Iterator[str]:
    """Yield the keys, with a bar on stderr where that is a terminal."""
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(keys, description=f"loading {source}")


def _sql(options: Namespace) -> int:
    _must_exist(options.file)
    console = _console()
    for query in [options.query] if options.query else _typed(console):
        with _waited_for(options.file) as warehouse:
            search(warehouse)
            status = answer(warehouse, query, console)
    return status if options.query else 0


def _waited_for(file: Path) -> DuckDb:
    """Open a file once nobody else has it open: for each question anew, so that a loader finds it free between two."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return DuckDb(file)
        except duckdb.IOException:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def search(warehouse: DuckDb) -> None:
    """Have names of tables mean those of the sources, in order, where no schema is said."""
    found = [f'"{name}"' for name in schemas(warehouse)]
    if found:
        warehouse.query(f"SET search_path = '{','.join([*found, 'main'])}'")


def schemas(warehouse: "DuckDb | Postgres") -> list[str]:
    """Return the schemas of sources."""
    _, rows = warehouse.query(
        f"SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = '{LOADS}' ORDER BY 1"  # noqa: S608
    )
    return [name for (name,) in rows]


def answer(warehouse: DuckDb, query: str, console: Console) -> int:
    """Print the answer to a question, or what is wrong with it."""
    try:
        names, rows = warehouse.query(query)
    except duckdb.Error as error:
        told = _cell(str(error).strip())
        told.stylize("red")
        console.print(told)
        return 1
    table = Table(*(Column(_cell(name)) for name in names))
    for row in rows[:_MOST_ROWS]:
        table.add_row(*map(_cell, row))
    console.print(table)
    if len(rows) > _MOST_ROWS:
        console.print(f"… and {len(rows) - _MOST_ROWS:,} rows more")
    return 0


def _filling(count: int, most: int) -> str:
    """Return a count, and of how many where that is near: beyond it, values share one column, and events one table."""
    return f"{count:,} of {most:,}" if count > _NEARLY * most else f"{count:,}"


def _cell(value: Any) -> Text:
    """Return a value as it is, and nothing that a terminal or rich would obey: strangers chose it."""
    text = "" if value is None else str(value)
    return Text("".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text))


def _typed(console: Console) -> Iterator[str]:
    """Yield what is typed up to each semicolon, until the end of the input."""
    console.print("SQL, with a semicolon at its end. `SHOW ALL TABLES;` lists tables, Ctrl-D ends.")
    lines: list[str] = []
    while True:
        try:
            line = console.input("  … " if lines else "sql> ")
        except EOFError:
            console.print()
            return
        lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines = []


def _status(options: Namespace) -> int:
    console = _console()
    with _opened(options) as warehouse:
        for schema in schemas(warehouse):
            ((files, last),) = warehouse.query(f'SELECT count(*), max(loaded_at) FROM "{schema}".{LOADS}')[1]  # noqa: S608
            console.print(f"{schema}: {files:,} files, the last at {last:%Y-%m-%d %H:%M} UTC")
            table = Table("table", "rows", "columns", "rejected")
            rejected = dict(
                warehouse.query(f'SELECT table_name, count(*) FROM "{schema}".{REJECTS} GROUP BY 1')[1]  # noqa: S608
            )
            tables = warehouse.describe(schema)
            for name, columns in sorted(tables.items()):
                ((rows,),) = warehouse.query(f'SELECT count(*) FROM "{schema}"."{name}"')[1]  # noqa: S608
                most = MAX_VALUES if name in MERGED else MAX_COLUMNS
                table.add_row(name, f"{rows:,}", _filling(len(columns), most), f"{rejected.get(name, 0):,}")
            console.print(table)
            if len(tables) > _NEARLY * MAX_TABLES:
                console.print(f"{_filling(len(tables), MAX_TABLES)} tables: are there ids in the names of events?")
    return 0
