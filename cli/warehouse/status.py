"""`sluice warehouse status`, `check` and `verify`: whether a warehouse is as it should be."""

from argparse import Namespace

from rich.console import Console
from rich.table import Table

from cli.errors import OperatorError, UsageError
from cli.operations.places import Places
from cli.times import window
from cli.warehouse import loader
from cli.warehouse.limits import filling, many_tables, most_columns
from cli.warehouse.opened import configured, opened
from cli.warehouse.prompt import console_of, schemas
from cli.warehouse.trial import trial
from cli.warehouse.verification import verified
from sluice.warehouses.batches import Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import LOADS, REJECTS, Warehouse

#: A schema that is made and taken back, to see whether it can be.
_TRIED = "_sluice_check"


def run_status(options: Namespace) -> int:
    """Print how the loader is, for a warehouse of the workspace, and what is in the tables."""
    console = console_of()
    if options.warehouse:
        for line in loader.told(configured(options), options.stage):
            console.print(line)
    try:
        with opened(options) as warehouse:
            if warehouse.engine.is_queryable:
                _tables(warehouse.engine, console)
            else:
                console.print("its tables are asked elsewhere, as by Athena or in its console")
    except OperatorError as error:
        if not options.warehouse:
            raise
        console.print(f"its tables cannot be looked at from here: {error}")
    return 0


def _tables(warehouse: Warehouse, console: Console) -> None:
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
            columns_told = filling(len(columns), most_columns(name, columns))
            table.add_row(name, f"{rows:,}", columns_told, f"{rejected.get(name, 0):,}")
        console.print(table)
        if told := many_tables(tables):
            console.print(told)


def run_check(options: Namespace) -> int:
    """Connect, make a schema and a table with a row, and take it all back. Raises OperatorError where that fails."""
    columns: dict[str, ColumnType] = {"id": "varchar", "total": "float"}
    table = TableBatch(columns, [{"id": "1", "total": 1.5}])
    with opened(options) as warehouse:
        if not warehouse.engine.is_queryable:
            print(f"{warehouse.label}: its settings can be used; the first load says whether we may write there")
            return 0
        with trial(warehouse.engine, _TRIED, Batch({"tried": table}, {"tried": columns})):
            pass
        print(f"{warehouse.label}: it lets us in, and we may make schemas and tables and put rows into them")
    return 0


def run_verify(options: Namespace) -> int:
    """Count the archive beside the tables; return 1 where they differ."""
    span, is_right = window(options.start, options.end), True
    with opened(options) as warehouse:
        if not warehouse.engine.is_queryable:
            raise UsageError(f"{warehouse.label} is asked elsewhere, as by Athena or in its console, and not from here")
        archive = Places(options.stage).archive()
        for source, target, items in warehouse.files(archive, span, options.source):
            there = warehouse.engine.loaded(target.schema, items.keys())
            if waiting := len(items) - len(there):
                print(f"{source}: {waiting:,} files are not loaded yet")
            loaded = [item for key, item in items.items() if key in there]
            for verdict in verified(warehouse.engine, target, archive, loaded) if loaded else ():
                is_right &= verdict.is_right
                print(f"{source}: {verdict}")
    return 0 if is_right else 1
