"""`sluice warehouse status`, `check` and `verify`: whether a warehouse is as it should be."""

from argparse import Namespace

from rich.console import Console
from rich.table import Table

from cli.errors import OperatorError, UsageError
from cli.operations.places import Places
from cli.times import window
from cli.warehouse import loader
from cli.warehouse.beside import PREFIX, beside
from cli.warehouse.limits import filling, many_tables, most_columns
from cli.warehouse.opened import configured, opened
from cli.warehouse.prompt import console_of
from cli.warehouse.verification import verified
from sluice.warehouses.batches import Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import LOADS, REJECTS, Warehouse


def run_status(options: Namespace) -> int:
    """Print how the loader is, for a warehouse of the workspace, and what is in the tables."""
    console = console_of()
    if options.warehouse:
        for line in loader.told(configured(options), options.stage):
            console.print(line)
    try:
        with opened(options) as warehouse:
            if warehouse.engine.is_queryable:
                show_tables(warehouse.engine, console)
            else:
                console.print("its tables are asked elsewhere, as by Athena")
    except OperatorError as error:
        if not options.warehouse:
            raise
        console.print(f"its tables cannot be looked at from here: {error}")
    return 0


def show_tables(warehouse: Warehouse, console: Console) -> None:
    """Print what is in the tables of each schema."""
    for schema in (name for name in warehouse.schemas() if not name.startswith(PREFIX)):
        loads, rejects = warehouse.whole(schema, LOADS), warehouse.whole(schema, REJECTS)
        ((files, last),) = warehouse.query(f"SELECT count(*), max(loaded_at) FROM {loads}")[1]  # noqa: S608
        console.print(f"{schema}: {files:,} files" + (f", the last at {last:%Y-%m-%d %H:%M} UTC" if files else ""))
        table = Table("table", "rows", "columns", "rejected")
        rejected = dict(warehouse.query(f"SELECT table_name, count(*) FROM {rejects} GROUP BY 1")[1])  # noqa: S608
        tables = warehouse.describe(schema)
        for name, columns in sorted(tables.items()):
            ((rows,),) = warehouse.query(f"SELECT count(*) FROM {warehouse.whole(schema, name)}")[1]  # noqa: S608
            columns_told = filling(len(columns), most_columns(name))
            table.add_row(name, f"{rows:,}", columns_told, f"{rejected.get(name, 0):,}")
        console.print(table)
        if told := many_tables(tables):
            console.print(told)


def run_check(options: Namespace) -> int:
    """Connect, make a schema and a table with a row, and drop it all. Raises OperatorError where that fails."""
    with opened(options) as warehouse:
        if not warehouse.engine.is_queryable:
            print(f"{warehouse.label}: its settings can be used; the first load says whether we may write there")
            return 0
        check_rights(warehouse.engine)
        print(f"{warehouse.label}: it lets us in, and we may make schemas and tables and put rows into them")
    return 0


def check_rights(warehouse: Warehouse) -> None:
    """Make a schema and a table with a row, and drop them."""
    columns: dict[str, ColumnType] = {"id": "varchar", "total": "float"}
    table = TableBatch(columns, [{"id": "1", "total": 1.5}])
    with beside(warehouse, "check") as schema, warehouse.transaction():
        warehouse.change(schema, Batch({"tried": table}, {"tried": columns}))
        warehouse.put(schema, Batch({"tried": table}))


def run_verify(options: Namespace) -> int:
    """Count the archive beside the tables; return 1 where they differ."""
    span, is_right = window(options.start, options.end), True
    with opened(options) as warehouse:
        if not warehouse.engine.is_queryable:
            raise UsageError(f"{warehouse.label} is asked elsewhere, as by Athena, and not from here")
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
