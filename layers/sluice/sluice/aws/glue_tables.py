"""Tables of the Glue Data Catalog, and the objects in S3 that they are made of.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import REFUSING, each
from sluice.aws.clients import PIPELINE, session
from sluice.warehouses.warehouse import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Partitions that a call adds at most. https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
_MAX_PARTITIONS = 100
#: And for what settings name and is not there.
_REFUSING = REFUSING | {"NoSuchBucket"}
#: Codes of what passes: too many calls, and another loader that has changed the same table first.
_PASSING = frozenset({
    "AlreadyExistsException", "ConcurrentModificationException", "OperationTimeoutException", "RequestTimeout",
    "ResourceNotReadyException", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "VersionMismatchException",
})  # fmt: skip


class CatalogError(Exception):
    """A call that Glue or S3 does not carry out. The text shows nothing of what was sent."""


class GlueApi(Protocol):
    """The part of boto3's client for `glue` that is used."""

    @property
    def meta(self) -> Any: ...
    def get_paginator(self, operation: str, /) -> Any: ...
    def create_database(self, **request: Any) -> Any: ...
    def create_table(self, **request: Any) -> Any: ...
    def update_table(self, **request: Any) -> Any: ...
    def batch_create_partition(self, **request: Any) -> Any: ...


def glue() -> GlueApi:
    return cast("GlueApi", session().create_client("glue", config=PIPELINE))


@dataclass(slots=True)
class Table:
    """A table or a view: its `columns` by name, as Glue has a column, and the rest of its `definition`.

    `version` is the one that was read; "" is a table that Glue does not have yet.
    """

    definition: Mapping[str, Any]
    columns: dict[str, Mapping[str, Any]]
    version: str = ""

    @property
    def name(self) -> str:
        return str(self.definition["Name"])

    @property
    def location(self) -> str:
        """Return the address in S3 that its objects are below, without the last slash; "" for a view."""
        return str(self._storage.get("Location", "")).rstrip("/")

    @property
    def _storage(self) -> Mapping[str, Any]:
        storage: Mapping[str, Any] = self.definition.get("StorageDescriptor", {})
        return storage

    def storage(self, location: str | None = None) -> dict[str, Any]:
        """Return what Glue calls its storage descriptor; with the location of one of its partitions, that one's."""
        elsewhere = {} if location is None else {"Location": location}
        return {**self._storage, "Columns": list(self.columns.values()), **elsewhere}

    def input(self) -> dict[str, Any]:
        return {**self.definition, "StorageDescriptor": self.storage()}


class GlueTables:
    """The tables of databases. What is changed has to be as it was when it was read."""

    def __init__(self, client: GlueApi) -> None:
        self._client = client

    def tables(self, database: str) -> dict[str, Table]:
        """Return the tables and views of a database by name; none if it is not there.

        Raises UnavailableError, CatalogError.
        """
        settable = self._client.meta.service_model.shape_for("TableInput").members
        found: dict[str, Table] = {}
        try:
            with _told("Glue"):
                for page in self._client.get_paginator("get_tables").paginate(DatabaseName=database):
                    for said in page["TableList"]:
                        definition = {name: value for name, value in said.items() if name in settable}
                        columns = said.get("StorageDescriptor", {}).get("Columns", [])
                        by_name = {column["Name"]: column for column in columns}
                        found[said["Name"]] = Table(definition, by_name, said.get("VersionId", "0"))
        except CatalogError as error:
            if _code(error.__cause__) != "EntityNotFoundException":
                raise
        return found

    def create_database(self, database: str, description: str) -> None:
        """Create a database, unless it is there. Raises UnavailableError, CatalogError."""
        try:
            with _told("Glue"):
                self._client.create_database(DatabaseInput={"Name": database, "Description": description})
        except UnavailableError as error:
            if _code(error.__cause__) != "AlreadyExistsException":
                raise

    def save(self, database: str, tables: Iterable[Table]) -> None:
        """Create tables, or change them. Raises UnavailableError where somebody was faster, and CatalogError."""
        each(lambda table: self._save(database, table), list(tables))

    def _save(self, database: str, table: Table) -> None:
        with _told("Glue"):
            if table.version:
                self._client.update_table(
                    DatabaseName=database, TableInput=table.input(), VersionId=table.version, SkipArchive=True
                )
            else:
                self._client.create_table(DatabaseName=database, TableInput=table.input())

    def add_partitions(self, database: str, partitions: Iterable[tuple[Table, Sequence[tuple[str, ...]]]]) -> None:
        """Add partitions to tables by their values; those that are there stay. Raises UnavailableError, CatalogError.

        Each is where Hive has it: below its table, `day=2026-01-15/hr=12/`.
        """
        calls = [
            (table, some) for table, values in partitions for some in batched(values, _MAX_PARTITIONS, strict=False)
        ]
        each(lambda call: self._add_partitions(database, *call), calls)

    def _add_partitions(self, database: str, table: Table, partitions: Iterable[tuple[str, ...]]) -> None:
        keys = [key["Name"] for key in table.definition["PartitionKeys"]]
        inputs = []
        for values in partitions:
            folders = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
            inputs.append({"Values": list(values), "StorageDescriptor": table.storage(f"{table.location}/{folders}/")})
        with _told("Glue"):
            answer = self._client.batch_create_partition(
                DatabaseName=database, TableName=table.name, PartitionInputList=inputs
            )
        for refused in answer.get("Errors", []):
            code = refused.get("ErrorDetail", {}).get("ErrorCode", "")
            if code != "AlreadyExistsException":
                raise _error(f"Glue answers {code} to a partition", code)


class LakeObjects:
    """The objects of one bucket that tables are made of."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def there(self, keys: Collection[str]) -> set[str]:
        """Return those keys that have an object: a call for each. Raises UnavailableError, CatalogError."""
        asked = list(keys)
        return {key for key, is_there in zip(asked, each(self._is_there, asked), strict=True) if is_there}

    def put(self, files: Mapping[str, Path]) -> None:
        """Put files by the keys of their objects; what is there is replaced. Raises UnavailableError, CatalogError."""
        each(lambda item: self._put(*item), list(files.items()))

    def delete(self, key: str) -> None:
        """Delete an object, if it is there: a bucket with versions would keep a mark for one that is not."""
        if self._is_there(key):
            with _told("S3"):
                self._client.delete_object(Bucket=self._bucket, Key=key)

    def _is_there(self, key: str) -> bool:
        try:
            with _told("S3"):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except CatalogError as error:
            if _code(error.__cause__) in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def _put(self, key: str, path: Path) -> None:
        with path.open("rb") as file, _told("S3"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=file)


@contextmanager
def _told(service: str) -> Iterator[None]:
    """Raise what AWS answers as UnavailableError, or as CatalogError where to call again would not help."""
    try:
        yield
    except ClientError as error:
        about: Mapping[str, Any] = error.response
        status = about.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        said = about.get("Error", {})
        text = f"{service} answers {said.get('Code', '')} to {error.operation_name}"
        raise _error(text, said.get("Code", ""), status, said.get("Message", "")) from error
    except BotoCoreError as error:
        raise UnavailableError(f"{service} cannot be reached: {type(error).__name__}") from error


def _error(text: str, code: str, status: int = 0, message: str = "") -> Exception:
    """Return the error for an answer. Whom AWS refuses is told what it says about that, up to what it quotes."""
    if code in _REFUSING or status == 403:
        said = re.split("[\"'\n]", message, maxsplit=1)[0][:300].strip()
        return UnavailableError(f"{text}: {said}" if said else text, is_refused=True)
    if code in _PASSING or status >= 500:
        return UnavailableError(text)
    return CatalogError(text)


def _code(error: BaseException | None) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
