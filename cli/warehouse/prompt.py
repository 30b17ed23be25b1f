"""`sluice warehouse sql`: questions to a file of DuckDB, one or as many as are typed."""

import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from catalogue.warehouses.duckdb.warehouse import DuckDb
from cli.warehouse.opened import must_exist

#: Rows of an answer that are shown.
_MOST_ROWS = 200
#: Seconds that a question waits for a file which somebody else has open.
_PATIENCE = 30.0


def run(options: Namespace) -> int:
    must_exist(options.file)
    console = console_of()
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


def console_of() -> Console:
    """Return the console of a command, as wide as a page where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def search(warehouse: DuckDb) -> None:
    """Have names of tables mean those of the sources, in order, where no schema is said."""
    found = [warehouse.whole(name) for name in warehouse.schemas()]
    if found:
        warehouse.query(f"SET search_path = '{','.join([*found, 'main'])}'")


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
