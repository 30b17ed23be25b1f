"""Redshift by its Data API, and the objects in S3 that its COPY reads: neither a driver nor a network of its own.

https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

import gzip
import io
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any, Protocol, TextIO, cast
from uuid import uuid4

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import REFUSING
from sluice.aws.clients import PIPELINE, session
from sluice.warehouses.warehouse import RefusedError, StatementError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Seconds that the API holds an answer back until a statement has ended, at most.
_LONG_POLL = 30
#: Seconds between two questions, where it does not.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
#: Seconds that a statement is waited for.
_PATIENCE = 600.0
#: Seconds without a statement after which the API closes a session: one that is worked with, and one that is done.
_IDLE, _DONE = 300, 1
_NONE: Mapping[str, str] = {}
_ENDED = frozenset({"FINISHED", "FAILED", "ABORTED"})
#: The same in the words of Redshift, of IAM where the Data API hands them on, and of S3 where COPY does.
_REFUSALS = re.compile(
    "not authorized|permission denied|access ?denied|authentication failed|must be owner|insufficient privilege",
    re.IGNORECASE,
)
#: What an error may go on with after what it quotes.
_ENDING = re.compile("[\"'] (does not exist|already exists|because other objects depend on it)")


class DataApi(Protocol):
    """The part of boto3's client for `redshift-data` that is used."""

    @property
    def meta(self) -> Any: ...
    def execute_statement(self, **request: Any) -> dict[str, Any]: ...
    def describe_statement(self, **request: Any) -> dict[str, Any]: ...
    def get_statement_result(self, **request: Any) -> dict[str, Any]: ...
    def cancel_statement(self, **request: Any) -> dict[str, Any]: ...


def redshift_data() -> DataApi:
    config = PIPELINE.merge(Config(read_timeout=_LONG_POLL + 15))
    return cast("DataApi", session().create_client("redshift-data", config=config))


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class RedshiftData:
    """A database. Between `begin` and `commit` the statements are one transaction, in a session of its own.

    A batch of the API is a transaction as well, but one of 40 statements that answers when it is over: what is read
    under a lock could not decide what is written under it.

    A session answers for itself: it is one connection, runs one statement at a time, and is refused once it is closed.
    Nothing but our COMMIT commits what it did. So if a loader dies, or does not hear of a statement's end, the session
    is left alone: the API closes it when it has been idle, and Redshift takes back what was not committed.
    A ROLLBACK meanwhile could overtake the statement, which would then run, and be committed, on its own.
    """

    def __init__(self, client: DataApi, database: Mapping[str, str]) -> None:
        """`database` is what each call says of it: `Database`, `ClusterIdentifier` or `WorkgroupName`, and so on."""
        self._client, self._database = client, database
        self._session: str | None = None
        self._is_over = True
        members = client.meta.service_model.operation_model("DescribeStatement").input_shape.members
        #: The runtime brings boto3, and may have one from before the API could wait.
        self._waiting = {"WaitTimeSeconds": _LONG_POLL} if "WaitTimeSeconds" in members else {}

    @property
    def is_in_transaction(self) -> bool:
        return self._session is not None

    def run(self, sql: str, parameters: Mapping[str, str] = _NONE, patience: float = _PATIENCE) -> int:
        """Run a statement with parameters, which it calls `:name`. Return how many rows it has put or changed.

        `patience` is in seconds. Raises RefusedError, UnavailableError, StatementError.
        """
        return max(0, int(self._run(sql, parameters, patience).get("ResultRows", 0)))

    def ask(self, sql: str, parameters: Mapping[str, str] = _NONE) -> Answer:
        """Return the answer to a query; an empty one to what is none. Raises what `run` raises."""
        ended = self._run(sql, parameters)
        if not ended.get("HasResultSet"):
            return Answer([], [])
        kinds: list[str] = []
        columns: list[str] = []
        rows: list[tuple[Any, ...]] = []
        token: dict[str, str] = {}
        while True:
            with _told("the Data API"):
                page = self._client.get_statement_result(Id=ended["Id"], **token)
            if not columns:
                columns = [str(each.get("label") or each["name"]) for each in page["ColumnMetadata"]]
                kinds = [each.get("typeName", "") for each in page["ColumnMetadata"]]
            rows += [tuple(map(_value, record, kinds)) for record in page["Records"]]
            if not page.get("NextToken"):
                return Answer(columns, rows)
            token = {"NextToken": page["NextToken"]}

    def begin(self) -> None:
        self._session = self._run("BEGIN", SessionKeepAliveSeconds=_IDLE)["SessionId"]

    def commit(self) -> None:
        """Commit what was begun. After an error it may be committed or not, and what is in the tables says which."""
        if self._session is not None:
            self._run("COMMIT", SessionKeepAliveSeconds=_DONE)
            self._session = None

    def rollback(self) -> None:
        """Take back what was begun: now, or if a statement may still be running, when the session has been idle."""
        if self._session is not None and self._is_over:
            with suppress(UnavailableError, StatementError):
                self._run("ROLLBACK", SessionKeepAliveSeconds=_DONE)
        self._session = None

    def _run(
        self, sql: str, parameters: Mapping[str, str] = _NONE, patience: float = _PATIENCE, **options: Any
    ) -> dict[str, Any]:
        """Run a statement and return how it ended. botocore gives each a token, so that what it repeats runs once."""
        if parameters:
            options["Parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
        where = self._database if self._session is None else {"SessionId": self._session}
        self._is_over = False
        try:
            with _told("the Data API"):
                begun = self._client.execute_statement(Sql=sql, **where, **options)
        except UnavailableError as error:
            self._is_over = _never_ran(error.__cause__)
            raise
        ended = begun | self._end(begun["Id"], patience)
        self._is_over = True
        if ended["Status"] != "FINISHED":
            said = _shown(ended.get("Error") or ended["Status"])
            about = " ".join(sql.split()[:3]).partition("'")[0]
            text = f"{about}: {said} (statement {ended['Id']})"
            raise RefusedError(text) if _REFUSALS.search(said) else StatementError(text)
        return ended

    def _end(self, statement: str, patience: float) -> dict[str, Any]:
        """Wait for the end of a statement and return how it was. One that takes too long is cancelled."""
        until, pause = time.monotonic() + patience, _SHORTEST_PAUSE
        while True:
            with _told("the Data API"):
                found = self._client.describe_statement(Id=statement, **self._waiting)
            if found["Status"] in _ENDED:
                return found
            if time.monotonic() >= until:
                with suppress(BotoCoreError, ClientError):
                    self._client.cancel_statement(Id=statement)
                raise UnavailableError(f"statement {statement} of the Data API takes longer than {patience:.0f} s")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _never_ran(error: BaseException | None) -> bool:
    """Return whether a statement was refused at once. After a repeated call it is the first that may be running."""
    if not isinstance(error, ClientError):
        return False
    about = error.response.get("ResponseMetadata", {})
    return about.get("HTTPStatusCode", 500) < 500 and not about.get("RetryAttempts")


@contextmanager
def _told(service: str) -> Iterator[None]:
    """Raise what AWS answers as RefusedError or UnavailableError."""
    try:
        yield
    except ClientError as error:
        about = error.response.get("Error", {})
        code, said = about.get("Code", ""), _shown(about.get("Message", ""))
        text = f"{service} answers {code}: {said}"
        is_refused = code in REFUSING or _REFUSALS.search(said)
        raise RefusedError(text) if is_refused else UnavailableError(text) from error
    except BotoCoreError as error:
        raise UnavailableError(f"{service} cannot be reached: {type(error).__name__}") from error


def _shown(text: str) -> str:
    """Return the first line of an error up to what it quotes, which may be a value of a row."""
    said, *quoted = re.split("[\"'\n]", text, maxsplit=1)
    ending = _ENDING.search(text)
    return f"{said[:300].strip()}{' …' if quoted else ''}{f' {ending[1]}' if ending else ''}"


def _value(field: Mapping[str, Any], kind: str) -> Any:
    """Return a value of an answer. Times and exact numbers come as texts; a time that Python cannot have stays one."""
    ((name, value),) = field.items()
    if name == "isNull":
        return None
    if kind == "numeric":
        return Decimal(value)
    if kind in ("timestamp", "timestamptz"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return value


class StagedObjects:
    """Objects of a bucket that COPY reads, and that are deleted after that. They are below a folder of their own."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._folder = client, bucket, f"{prefix}{uuid4()}/"
        self._keys: list[str] = []
        self._count = 0

    def put(self, write: Callable[[TextIO], None]) -> str:
        """Put what `write` writes into an object, with gzip, and return its address. Raises UnavailableError.

        It is in a temporary file until then, not in memory.
        """
        self._count += 1
        key = f"{self._folder}{self._count}.csv.gz"
        with tempfile.TemporaryFile() as file:
            with (
                gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3) as packed,
                io.TextIOWrapper(cast("io.BufferedWriter", packed), "utf-8", newline="") as text,
            ):
                write(text)
            file.seek(0)
            self._keys.append(key)
            with _told("S3"):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=file)
        return f"s3://{self._bucket}/{key}"

    def clear(self) -> None:
        """Delete what was put. What S3 does not delete now stays until a rule of the bucket removes it."""
        keys, self._keys = self._keys, []
        for some in batched(keys, 1000, strict=False):
            with suppress(BotoCoreError, ClientError):
                self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
                )
