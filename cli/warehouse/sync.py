"""`sluice warehouse sync` and `plan`: load from this machine what is not loaded yet, or say what that would change."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import batched

import orjson
from rich import progress as bars
from rich.console import Console

from cli.operations.places import Places
from cli.times import window
from cli.warehouse.limits import filling, is_near, many_tables, most_columns
from cli.warehouse.opened import Opened, opened
from sluice.archive.reader import Archive, Window
from sluice.warehouses.batches import Batch, Schema
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import batch_of_events, left, load_file


def run_sync(options: Namespace) -> int:
    archive = Places(options.stage).archive()
    with opened(options, is_made=True) as warehouse:
        rows, rejects, files = sync(archive, warehouse, window(options.start, options.end), options.source)
    told = f"{rows:,} rows of {files:,} files" if files else "no new files"
    told += f", {rejects:,} values rejected" * bool(rejects)
    print(f"{warehouse.label}: {told}")
    return 0


def sync(archive: Archive, warehouse: Opened, span: Window, source: str | None = None) -> tuple[int, int, int]:
    """Load what is not loaded yet, file by file: stopped, it goes on where it was. Return rows, rejects and files.

    Raises DamagedObjectError.
    """
    rows = rejects = files = 0
    for each, target, items in warehouse.files(archive, span, source):
        for key in _shown(left(warehouse.engine, target.schema, list(items)), f"loading {each}"):
            done = load_file(warehouse.engine, target, key, map(orjson.loads, archive.lines(items[key])))
            rows, rejects, files = rows + sum(done.rows.values()), rejects + done.rejects, files + 1
    return rows, rejects, files


def run_plan(options: Namespace) -> int:
    """Print what a load would change in the tables, and what it would reject. Nothing is changed."""
    span = window(options.start, options.end)
    with opened(options) as warehouse:
        archive = Places(options.stage).archive()
        for source, target, items in warehouse.files(archive, span, options.source):
            waiting = left(warehouse.engine, target.schema, list(items))
            print(f"{source}: {len(waiting):,} files to load into {target.schema}")
            tables = {name: dict(columns) for name, columns in warehouse.engine.describe(target.schema).items()}
            rejected: Counter[tuple[str, str, str]] = Counter()
            for key in _shown(waiting, f"reading {source}"):
                events = map(orjson.loads, archive.lines(items[key]))
                for some in batched(events, warehouse.engine.events_at_once, strict=False):
                    batch = batch_of_events(some, target, warehouse.engine.dialect, tables)
                    for line in _changes(batch, tables):
                        print(f"  {line}")
                    rejected.update((each.table, each.column, each.reason) for each in batch.rejects)
            for (table, column, reason), count in rejected.most_common():
                print(f"  {count:,} values rejected: {table}.{column}, {reason}")
            for line in _limits(tables):
                print(f"  {line}")
    return 0


def _changes(batch: Batch, tables: dict[str, dict[str, ColumnType]]) -> Iterator[str]:
    """Yield what a batch would change, and note it in the tables."""
    for table, columns in batch.added.items():
        told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        yield f"{'add to' if table in tables else 'make'} {table}: {told}"
        tables.setdefault(table, {}).update(columns)
    for table, names in batch.widened.items():
        yield f"widen {table}: {', '.join(names)} to float"
        tables[table].update(dict.fromkeys(names, "float"))


def _limits(tables: Schema) -> Iterator[str]:
    """Yield what is nearly full."""
    if told := many_tables(tables):
        yield told
    for name, columns in tables.items():
        if is_near(len(columns), most := most_columns(name, columns)):
            yield f"{name} has {filling(len(columns), most)} columns"


def _shown(keys: Sequence[str], text: str) -> Iterator[str]:
    """Yield the keys, with a bar on stderr where that is a terminal."""
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(keys, description=text)
