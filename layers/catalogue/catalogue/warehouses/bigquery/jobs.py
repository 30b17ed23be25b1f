"""Jobs: queries, scripts and loads, each with an id of our own by which a repeated call finds the first.

https://docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from catalogue.warehouses.bigquery import values
from catalogue.warehouses.bigquery.errors import DuplicateError, error_of
from catalogue.warehouses.bigquery.rest import Rest
from catalogue.warehouses.bigquery.statements import TYPES
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import PassingError, StatementError, UnavailableError

#: Seconds that BigQuery holds an answer back until a query has ended, and that a job may take.
_LONG_POLL, _PATIENCE = 20, 600
#: Seconds between two questions, where it does not hold it back.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
#: Times that a job is begun anew which failed for a reason that goes by, and seconds before the second one.
_ATTEMPTS, _PAUSE = 4, 2.0
#: Rows of a page of an answer, and of all of them.
_PAGE, MAX_ROWS = 10_000, 1_000_000

type Parameter = str | int | Sequence[str] | Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Jobs:
    """The jobs of a project, where its datasets are. All methods raise UnavailableError and StatementError."""

    def __init__(
        self,
        rest: Rest,
        project: str,
        location: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest, self._project, self._location = rest, project, location
        self._sleep, self._clock = sleep, clock

    def ask(self, sql: str, parameters: Mapping[str, Parameter], *, is_repeatable: bool = True) -> Answer:
        """Return the answer to a query; an empty one to what is none.

        `is_repeatable`: it may run again if it fails for a reason that goes by.
        """
        return self._anew(lambda: self._asked(self._query(sql, parameters)), _ATTEMPTS if is_repeatable else 1)

    def run(self, script: str, parameters: Mapping[str, Parameter], *, is_repeatable: bool = False) -> None:
        """Run a script to its end. A transaction in it is committed or, after an error of BigQuery's, is not."""
        self._anew(lambda: self.wait(self._query(script, parameters)), _ATTEMPTS if is_repeatable else 1)

    def load(self, dataset: str, table: str, columns: Mapping[str, ColumnType], content: bytes) -> str:
        """Begin to load rows into a table, as `values.packed` has them, and return the job. It replaces the table."""
        fields = [{"name": f"c{at}", "type": TYPES[kind]} for at, kind in enumerate(columns.values())]
        load = {
            "destinationTable": {"projectId": self._project, "datasetId": dataset, "tableId": table},
            "schema": {"fields": fields},
            "sourceFormat": "NEWLINE_DELIMITED_JSON",
            "createDisposition": "CREATE_IF_NEEDED",
            "writeDisposition": "WRITE_TRUNCATE",
        }
        job = self._job({"load": load})
        with suppress(DuplicateError):
            self._rest.upload(f"projects/{self._project}/jobs", job, content)
        return str(job["jobReference"]["jobId"])

    def wait(self, job: str) -> None:
        """Wait for the end of a job. One that takes too long is cancelled."""
        until, pause = self._clock() + _PATIENCE, _SHORTEST_PAUSE
        while not self._is_over(job):
            self._mind(job, until)
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _job(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        reference = {"projectId": self._project, "jobId": f"sluice_{uuid4().hex}", "location": self._location}
        return {"jobReference": reference, "configuration": {**configuration, "jobTimeoutMs": str(_PATIENCE * 1000)}}

    def _query(self, sql: str, parameters: Mapping[str, Parameter]) -> str:
        """Begin a query or a script and return its job."""
        query: dict[str, Any] = {"query": sql, "useLegacySql": False}
        if parameters:
            query["parameterMode"] = "NAMED"
            query["queryParameters"] = [values.parameter(*each) for each in parameters.items()]
        job = self._job({"query": query})
        with suppress(DuplicateError):
            self._rest.post(f"projects/{self._project}/jobs", job)
        return str(job["jobReference"]["jobId"])

    def _asked(self, job: str) -> Answer:
        until = self._clock() + _PATIENCE
        columns: list[str] = []
        found: list[tuple[Any, ...]] = []
        more: dict[str, str] = {}
        while True:
            page = self._page(job, more)
            if not page.get("jobComplete"):
                self._mind(job, until)
                self._sleep(_SHORTEST_PAUSE)
                continue
            fields = page.get("schema", {}).get("fields", [])
            columns = columns or [str(each["name"]) for each in fields]
            found += values.rows(fields, page.get("rows", []))
            if len(found) > MAX_ROWS:
                raise StatementError(f"the answer has more than {MAX_ROWS:,} rows")
            if not page.get("pageToken"):
                if not columns:  # a script that has failed may have an empty answer
                    self._is_over(job)
                return Answer(columns, found)
            more = {"pageToken": page["pageToken"]}

    def _page(self, job: str, more: Mapping[str, str]) -> Any:
        """Return a page of an answer. What is wrong with a job is told by the job itself."""
        wanted = {
            "location": self._location,
            "maxResults": str(_PAGE),
            "timeoutMs": str(_LONG_POLL * 1000),
            "formatOptions.useInt64Timestamp": "true",
        }
        try:
            return self._rest.get(f"projects/{self._project}/queries/{job}", {**wanted, **more})
        except (UnavailableError, StatementError):
            self._is_over(job)
            raise

    def _is_over(self, job: str) -> bool:
        """Return whether a job has ended. Raises what it ended with, if that is an error."""
        found = self._rest.get(f"projects/{self._project}/jobs/{job}", {"location": self._location})
        status = found.get("status", {})
        if error := status.get("errorResult"):
            raise error_of(f"job {job}", 0, str(error.get("reason", "")), str(error.get("message", "")))
        return bool(status.get("state") == "DONE")

    def _mind(self, job: str, until: float) -> None:
        """Cancel a job whose time is up. Raises UnavailableError then."""
        if self._clock() < until:
            return
        with suppress(UnavailableError, StatementError):
            self._rest.post(f"projects/{self._project}/jobs/{job}/cancel", {}, {"location": self._location})
        raise UnavailableError(f"job {job} takes longer than {_PATIENCE} s")

    def _anew[T](self, do: Callable[[], T], attempts: int) -> T:
        pause = _PAUSE
        for _ in range(1, attempts):
            try:
                return do()
            except PassingError:
                self._sleep(pause)
                pause *= 2
        return do()
