"""Datasets of a project: those of sources, whose turn is read here, and one for staged rows, which go by themselves.

https://docs.cloud.google.com/bigquery/docs/reference/rest/v2/datasets
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from catalogue.warehouses.bigquery import statements, values
from catalogue.warehouses.bigquery.errors import DuplicateError
from catalogue.warehouses.bigquery.jobs import Jobs
from catalogue.warehouses.bigquery.rest import Rest
from catalogue.warehouses.bigquery.settings import Settings
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import StatementError

#: The dataset of staged rows, with `_` before it, which hides it; and for how many milliseconds a table is there.
_STAGING, _STAGED_FOR = "sluice_staging", 6 * 3_600_000


class Datasets:
    """The datasets that loaders make. All methods raise UnavailableError and StatementError."""

    def __init__(self, rest: Rest, jobs: Jobs, settings: Settings) -> None:
        self._rest, self._jobs = rest, jobs
        self._project, self._location, self._prefix = settings.project, settings.location, settings.dataset_prefix
        self._has_staging = False

    def whole(self, schema: str, *table: str) -> str:
        """Return the whole name of the dataset of a schema, or of a table in it, for SQL."""
        return statements.whole(self._project, self._prefix + schema, *table)

    def having(self) -> str:
        """Return what asks which datasets of the project and place have a table, whose name is a parameter.

        https://docs.cloud.google.com/bigquery/docs/information-schema-tables
        """
        place = statements.whole(self._project, f"region-{self._location.lower()}")
        return f"SELECT table_schema FROM {place}.INFORMATION_SCHEMA.TABLES WHERE table_name = @name ORDER BY 1"

    def schema(self, dataset: str) -> str:
        """Return the schema that a dataset is, or "" if it is none of ours."""
        return dataset.removeprefix(self._prefix) if dataset.startswith(self._prefix) else ""

    def turn(self, schema: str) -> str:
        """Return who has committed last. It is read as it is in the table: without a job, which costs nothing.

        Raises NotFoundError if the dataset is not set up.
        """
        dataset = self._prefix + schema
        path = f"projects/{self._project}/datasets/{dataset}/tables/{statements.TURN}/data"
        found = self._rest.get(path, {"maxResults": "1"}).get("rows", [])
        if not found:
            raise StatementError(f"{dataset}.{statements.TURN} has no row; drop it, and it is made anew")
        return str(found[0]["f"][0]["v"])

    def set_up(self, schema: str) -> None:
        """Make the dataset of a schema, and our tables in it, if they are not there."""
        self._make(self._prefix + schema)
        self._jobs.run(statements.own_tables(self.whole(schema)), {}, is_repeatable=True)

    def stage(self, columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
        """Begin to load rows into a table of their own. Return its whole name and the job.

        Its columns are called c0, c1, c2 …
        """
        dataset, table = f"_{self._prefix}{_STAGING}", f"staged_{uuid4().hex}"
        if not self._has_staging:
            self._make(dataset, defaultTableExpirationMs=str(_STAGED_FOR))
            self._has_staging = True
        job = self._jobs.load(dataset, table, columns, values.packed(columns, rows))
        return statements.whole(self._project, dataset, table), job

    def _make(self, name: str, **options: str) -> None:
        reference = {"projectId": self._project, "datasetId": name}
        made = {"datasetReference": reference, "location": self._location, **options}
        with suppress(DuplicateError):
            self._rest.post(f"projects/{self._project}/datasets", made)
