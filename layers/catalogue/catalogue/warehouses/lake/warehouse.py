"""A lake: Parquet in S3 by source, event and hour, with tables in Glue, for Athena, Spark and Trino.

The layout is that of Segment's lake; tables and columns are those of its warehouses.
https://segment.com/docs/connections/storage/data-lakes/
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from catalogue.warehouses.lake import rows as lake_rows
from catalogue.warehouses.lake import tables as definitions
from catalogue.warehouses.lake.dialect import DIALECT
from catalogue.warehouses.lake.layout import Layout
from catalogue.warehouses.lake.pieces import Pieces
from catalogue.warehouses.lake.settings import Settings
from sluice.aws.clients import s3
from sluice.aws.glue_tables import GlueTables, LakeObjects, Table, glue
from sluice.warehouses.batches import Batch, Reject, Schema, TableBatch, once
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import LOADS, REJECTS, UnavailableError

_STAGED, _LAKE = "staged/", "lake/"


def connect(settings: Settings, staging: Staging | None = None) -> "Lake":
    """Return a lake where its settings say, or else beside `staging`: below `lake/` what is `staged/` there.

    Nothing is asked yet. Raises ValueError where neither says a place.
    """
    if settings.bucket:
        place = Staging(settings.bucket, settings.prefix)
    elif staging is None:
        raise ValueError("neither `bucket` nor another place for the objects is said")
    else:
        place = Staging(staging.bucket, settings.prefix or _LAKE + staging.prefix.removeprefix(_STAGED))
    return Lake(GlueTables(glue()), LakeObjects(s3(), place.bucket), Layout(place, settings.database))


@dataclass(slots=True)
class _File:
    """A file that is being loaded: the tables that there are, those that it changes, and its rows."""

    schema: str
    name: str
    tables: dict[str, Table] | None = None
    changed: set[str] = field(default_factory=set)
    pieces: Pieces = field(default_factory=Pieces)
    seen: dict[str, set[Any]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)


class Lake:
    """Databases in Glue, one for each source, and the bucket that has their objects.

    There are no transactions. All that a file brings is kept on the disk until it is noted; then come the tables, its
    objects, their partitions, and last the object that says that it is loaded. The names of objects follow from that of
    the file, so one that is loaded again, because its loader died or another was at it, replaces its own rows.

    An event that comes in two files is there twice, as in Segment's lake; within a file it is there once. A row of
    `users` or `accounts` is a view of what was said of each, in whatever order.
    """

    dialect: Dialect = DIALECT
    #: Each table of a block takes a file of its own, whatever its rows; so many events take some 200 MB.
    events_at_once = 20_000
    is_queryable = False

    def __init__(self, glue_tables: GlueTables, objects: LakeObjects, layout: Layout) -> None:
        self._glue, self._objects, self._layout = glue_tables, objects, layout
        self._is_within = False
        self._file: _File | None = None
        #: Partitions that are there: of a database and a table.
        self._partitions: set[tuple[str, str, tuple[str, ...]]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take back what was kept of a file, if it fails. One of several transactions is kept from one to the next."""
        self._is_within = True
        try:
            yield
        except BaseException:
            self._forget()
            raise
        finally:
            self._is_within = False

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        """Ask for each file whether the object is there that notes it. In a transaction it is the file to load."""
        keys = {self._layout.key(schema, LOADS, file): file for file in files}
        found = {keys[key] for key in self._objects.there(keys)}
        if self._is_within:
            (file,) = files
            if self._file is None or (self._file.schema, self._file.name) != (schema, file):
                self._forget()
                self._file = _File(schema, file)
        return found

    def describe(self, schema: str) -> Schema:
        """Ask once for each file; what it changes is in the answer."""
        merged = {definitions.stored(table): table for table in MERGED}
        return {
            merged.get(name, name): {column: definitions.kind_of(each) for column, each in table.columns.items()}
            for name, table in self._tables(schema).items()
            if self._layout.has(schema, table) and name not in definitions.OWN
        }

    def change(self, schema: str, batch: Batch) -> None:
        """Keep what is to be changed until the file is noted. Raises UnavailableError for tables of somebody else."""
        file = self._opened(schema)
        tables = self._tables(schema)
        for name, columns in batch.added.items():
            table = self._table(schema, definitions.stored(name))
            rows = batch.tables[name].rows
            for column, kind in columns.items():
                if column not in table.columns:
                    values = (row.get(column) for row in rows)
                    table.columns[column] = definitions.new_column(column, kind, values)
            file.changed.add(table.name)
        for name, widened in batch.widened.items():
            table = tables[definitions.stored(name)]
            for column in widened:
                before = table.columns[column]
                table.columns[column] = definitions.widened(before)
                if table.columns[column] != before:
                    file.changed.add(table.name)

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        """Keep rows until the file is noted. Return how many are new in it; those of `MERGED` are all."""
        file = self._opened(schema)
        return {name: self._put(file, name, each) for name, each in batch.tables.items()}

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        """Put all that was kept of a file, and last that it is loaded. Raises UnavailableError, CatalogError."""
        kept = self._opened(schema)
        told = [*rejects, *kept.rejects]
        own: dict[str, list[dict[str, Any]]] = {
            LOADS: [{"file": file, "events": events, "rejects": len(told), "loaded_at": datetime.now(UTC)}],
            REJECTS: [
                {
                    "table_name": each.table, "row_id": each.row, "column_name": each.column, "value": each.value,
                    "reason": each.reason, "file": file,
                }
                for each in told
            ],
        }  # fmt: skip
        rows = kept.pieces.tables
        for name, columns in definitions.OWN.items():
            kept.pieces.add(name, columns, own[name])
        self._save(kept)
        self._put_objects(kept, rows)
        if told:
            self._objects.put({self._layout.key(schema, REJECTS, file): kept.pieces.whole(REJECTS)})
        else:
            self._objects.delete(self._layout.key(schema, REJECTS, file))
        self._objects.put({self._layout.key(schema, LOADS, file): kept.pieces.whole(LOADS)})
        self._forget()

    def whole(self, schema: str, *table: str) -> str:
        """Return a name as Athena, Spark and Trino have it."""
        return ".".join(map(DIALECT.quoted, (self._layout.database(schema), *table)))

    def schemas(self) -> list[str]:
        """Refuse, as below. Raises UnavailableError."""
        raise UnavailableError("a lake takes no questions itself; its databases are in Glue")

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:  # noqa: ARG002 - as every warehouse
        """Refuse: a lake is asked by an engine. Raises UnavailableError."""
        raise UnavailableError("a lake takes no questions itself; ask its tables in Athena, Spark or Trino")

    def _put(self, file: _File, name: str, batch: TableBatch) -> int:
        if name in MERGED:
            rows = lake_rows.changes(batch.rows)
        else:
            seen = file.seen.setdefault(name, set())
            rows = [row for row in once(batch.rows) if row["id"] not in seen]
            seen.update(row["id"] for row in rows)
        table = self._tables(file.schema)[definitions.stored(name)]
        columns = {column: table.columns[column] for column in batch.columns}
        file.rejects += lake_rows.fit(name, rows, columns)
        known = {column: each["Type"] for column, each in columns.items() if definitions.is_known(each)}
        file.pieces.add(table.name, known, rows)
        return len(rows)

    def _save(self, file: _File) -> None:
        """Make the tables that a file needs, and then the views of those."""
        tables, database = self._tables(file.schema), self._layout.database(file.schema)
        for name in definitions.OWN:
            if name not in tables:
                file.changed.add(self._table(file.schema, name).name)
        if LOADS in file.changed:
            self._glue.create_database(database, f"Events of a source of Sluice, in {self._layout.base(file.schema)}")
        changed = [tables[name] for name in sorted(file.changed)]
        self._glue.save(database, changed)
        new = {table.name for table in changed if not table.version}
        self._partitions = {each for each in self._partitions if each[0] != database or each[1] not in new}
        views = []
        for name in sorted(MERGED):
            if (stored := definitions.stored(name)) in file.pieces.tables:
                there = tables.get(name)
                view = definitions.latest(name, tables[stored], database, there.version if there else "")
                if there is None:
                    views.append(view)
                elif there.definition.get("Description") != definitions.LATEST:
                    raise UnavailableError(f"{database}.{name} is somebody else's", is_refused=True)
                elif there.definition.get("ViewOriginalText") != view.definition["ViewOriginalText"]:
                    views.append(view)
        self._glue.save(database, views)

    def _put_objects(self, file: _File, names: Iterable[str]) -> None:
        """Put the rows of a file, an object for each table and hour, and add the partitions that are not there."""
        tables, database = self._tables(file.schema), self._layout.database(file.schema)
        objects: dict[str, Path] = {}
        partitions: list[tuple[Table, list[tuple[str, ...]]]] = []
        for name in names:
            missing: list[tuple[str, ...]] = []
            for values, path in file.pieces.partitions(name):
                day, hr = values
                objects[self._layout.key(file.schema, name, file.name, f"day={day}/hr={hr}/")] = path
                if (database, name, values) not in self._partitions:
                    missing.append(values)
            partitions.append((tables[name], missing))
        self._objects.put(objects)
        self._glue.add_partitions(database, partitions)
        self._partitions |= {(database, table.name, values) for table, missing in partitions for values in missing}

    def _opened(self, schema: str) -> _File:
        if self._file is None or self._file.schema != schema:
            raise RuntimeError("what is put into a lake belongs to a file that it was asked about")
        return self._file

    def _forget(self) -> None:
        if self._file is not None:
            self._file.pieces.close()
            self._file = None

    def _tables(self, schema: str) -> dict[str, Table]:
        """Return the tables and views of a schema; of the one that is loaded into, with what is to be changed."""
        file = self._file if self._file is not None and self._file.schema == schema else None
        if file is None:
            return self._glue.tables(self._layout.database(schema))
        if file.tables is None:
            file.tables = self._glue.tables(self._layout.database(schema))
        return file.tables

    def _table(self, schema: str, name: str) -> Table:
        """Return a table of ours, a new one if there is none. Raises UnavailableError if it is somebody else's."""
        tables = self._tables(schema)
        if name not in tables:
            tables[name] = definitions.new_table(name, self._layout.base(schema), definitions.OWN.get(name))
        if not self._layout.has(schema, tables[name]):
            where = f"{self._layout.database(schema)}.{name}"
            raise UnavailableError(
                f"{where} is not below {self._layout.base(schema)}: somebody else's", is_refused=True
            )
        return tables[name]
