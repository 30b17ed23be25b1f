"""An account with Glue and S3, by moto, and an Athena that reads what is there as Glue says: by DuckDB.

botocore checks each call by AWS' own model. What moto takes and Glue does not is refused here: the change of a table
that somebody else has changed since it was read.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import orjson
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from catalogue.warehouses.lake.layout import Layout
from catalogue.warehouses.lake.warehouse import Lake
from sluice.aws.glue_tables import GlueTables, LakeObjects
from sluice.warehouses.settings import Staging

BUCKET, PREFIX = "archive", "lake/l1/"
#: Hive's types in Parquet, as DuckDB shows them, and in DuckDB.
PARQUET = {
    "timestamp": ("INT64", "TIMESTAMP_MICROS", "TIMESTAMP"),
    "bigint": ("INT64", "INT_64", "BIGINT"),
    "double": ("DOUBLE", None, "DOUBLE"),
    "boolean": ("BOOLEAN", None, "BOOLEAN"),
    "string": ("BYTE_ARRAY", "UTF8", "VARCHAR"),
}


@cache
def _client(service: str, _: str = "") -> Any:
    """Return a client, which takes a while to make; one that a twin hears is another."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    session = get_session()
    session.set_credentials("key", "secret")
    return session.create_client(service, region_name="eu-central-1", config=config)


class Twin:
    """`before` and `after` are called with the name of each call of a lake; what they raise is what it hears."""

    def __init__(self, folder: Path) -> None:
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._folder = folder
        self._listed: list[str] = []
        self.s3, self.glue = _client("s3"), _client("glue")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        for service in ("glue", "s3"):
            events = _client(service, "heard").meta.events
            events.register(f"provide-client-params.{service}", self._before, unique_id="before")
            events.register(f"after-call.{service}", self._after, unique_id="after")

    def close(self) -> None:
        for service in ("glue", "s3"):
            events = _client(service, "heard").meta.events
            events.unregister(f"provide-client-params.{service}", self._before, unique_id="before")
            events.unregister(f"after-call.{service}", self._after, unique_id="after")

    def lake(self) -> Lake:
        """Return a lake whose calls are heard."""
        glue, s3 = _client("glue", "heard"), _client("s3", "heard")
        return Lake(GlueTables(glue), LakeObjects(s3, BUCKET), Layout(Staging(BUCKET, PREFIX), "sluice"))

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def objects(self) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def table(self, name: str, database: str = "sluice_web") -> dict[str, Any]:
        """Return a table as Glue has it, without what Glue itself says of it."""
        found = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        own = {"CreateTime", "UpdateTime", "VersionId", "CatalogId", "DatabaseName", "IsRegisteredWithLakeFormation"}
        return {key: value for key, value in found.items() if key not in own}

    def _after(self, model: Any, **_: Any) -> None:
        self.after(model.name)

    def _before(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, params))
        self.before(model.name)
        if model.name == "UpdateTable":
            where = {"DatabaseName": params["DatabaseName"], "Name": params["TableInput"]["Name"]}
            if self.glue.get_table(**where)["Table"]["VersionId"] != params["VersionId"]:
                raise refusal("ConcurrentModificationException", "UpdateTable")

    # --- Athena ---

    def ask(self, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows. The database `sluice_web` is the schema `web`.

        Only tables that the query names are read, and what views need.
        """
        words = set(re.findall(r"\w+", query))
        named = words | {f"_sluice_{word}" for word in words}
        self._listed = self.objects()
        with duckdb.connect() as athena:
            athena.execute("SET TimeZone = 'UTC'")
            for database in [each["Name"] for each in self.glue.get_databases()["DatabaseList"]]:
                schema = database.removeprefix("sluice_")
                athena.execute(f'CREATE SCHEMA "{schema}"; USE "{schema}"')
                tables = [
                    each for each in self.glue.get_tables(DatabaseName=database)["TableList"] if each["Name"] in named
                ]
                for table in sorted(tables, key=lambda each: each["TableType"]):
                    athena.execute(f'CREATE VIEW "{table["Name"]}" AS {self._read(athena, table)}')
            answer = athena.execute(query)
            return [each[0] for each in answer.description or ()], answer.fetchall()

    def _read(self, athena: duckdb.DuckDBPyConnection, table: Mapping[str, Any]) -> str:
        """Return the query that a table is: all objects of its partitions, read by the names of columns."""
        if table["TableType"] == "VIRTUAL_VIEW":
            return str(view(table)["originalSql"])
        storage = table["StorageDescriptor"]
        columns = {each["Name"]: each["Type"] for each in storage["Columns"]}
        where = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
        places = {(): storage["Location"]}
        if table["PartitionKeys"]:
            found = self.glue.get_partitions(**where)["Partitions"]
            places = {tuple(each["Values"]): each["StorageDescriptor"]["Location"] for each in found}
            assert len(places) == len(found)
        all_, parts = set(self._below(storage["Location"])), []
        for values, location in places.items():
            for key in self._below(location):
                all_.remove(key)
                path = self._folder / key.replace("/", "_")
                path.write_bytes(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
                parts.append(self._part(athena, path, columns, values))
        assert not all_, "objects that no partition has"
        none = ", ".join(f'NULL::{PARQUET[kind][2]} AS "{name}"' for name, kind in columns.items())
        keys = "".join(f", NULL::VARCHAR AS {key['Name']}" for key in table["PartitionKeys"])
        return " UNION ALL ".join(parts or [f"SELECT {none}{keys} LIMIT 0"])

    def _part(
        self, athena: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str], values: tuple[str, ...]
    ) -> str:
        described = athena.execute("SELECT name, type, converted_type FROM parquet_schema(?) OFFSET 1", [str(path)])
        there = {name: (kind, converted) for name, kind, converted in described.fetchall()}
        assert there == {name: PARQUET[columns[name]][:2] for name in there}
        selected = ", ".join(
            f'"{name}"::{PARQUET[kind][2]} AS "{name}"' if name in there else f'NULL::{PARQUET[kind][2]} AS "{name}"'
            for name, kind in columns.items()
        )
        keys = "".join(f", '{value}' AS {key}" for key, value in zip(("day", "hr"), values, strict=False))
        return f"SELECT {selected}{keys} FROM read_parquet('{path}', hive_partitioning = false)"  # noqa: S608

    def _below(self, location: str) -> Iterator[str]:
        prefix = location.removeprefix(f"s3://{BUCKET}/")
        assert prefix.endswith("/")
        yield from (key for key in self._listed if key.startswith(prefix))


def view(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of a view."""
    packed = table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    document: dict[str, Any] = orjson.loads(base64.b64decode(packed))
    return document


def refusal(code: str, call: str, status: int = 400, message: str = "no") -> ClientError:
    about: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(about, call)


@contextmanager
def account(folder: Path) -> Iterator[Twin]:
    with mock_aws(), closing(Twin(folder)) as twin:
        yield twin
