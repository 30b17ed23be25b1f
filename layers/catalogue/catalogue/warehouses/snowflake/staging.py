"""The staging of rows: a file in a stage of the session, copied into a temporary table from which they are put in."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from catalogue.warehouses.snowflake import rows as staged_rows
from catalogue.warehouses.snowflake import statements
from catalogue.warehouses.snowflake.session import Session
from sluice.warehouses.column_types import ColumnType


class Stage:
    """The stage of a session, in the schema that rows are for. It goes with the session, and so do its tables."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._schema, self._count = "", 0

    def reuse(self) -> None:
        """Have tables replaced that were made so far."""
        self._count = 0

    def copied(self, schema: str, columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Any]]) -> str:
        """Copy rows into a temporary table and return its name. Raises UnavailableError, StatementError."""
        if self._schema != schema:
            self._session.run("the schema", f"USE SCHEMA {statements.quoted(schema)}")
            self._session.run("the stage", f"CREATE TEMPORARY STAGE IF NOT EXISTS {statements.STAGE}")
            self._schema = schema
        self._count += 1
        staged = f"_SLUICE_STAGED_{self._count}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{uuid4().hex}.csv.gz"
            staged_rows.write(path, columns, rows)
            self._session.run("a file", statements.put(str(path)))
        self._session.run("staged rows", statements.create_staged(staged, columns))
        self._session.run("staged rows", statements.copy(staged, path.name))
        return staged
