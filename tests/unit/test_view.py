"""The view `events_once`: valid for Athena's catalogue, and each event once, however often it was written."""

import base64
import json
import sqlite3
from typing import Any

from tests.stack import RESOURCES

TABLE = RESOURCES["EventsTable"]["Properties"]["TableInput"]
VIEW = RESOURCES["EventsOnceView"]["Properties"]["TableInput"]


def definition() -> Any:
    """What CloudFormation would have Athena read."""
    start, encoded, end = VIEW["ViewOriginalText"]["Fn::Join"][1]
    text = encoded["Fn::Base64"]["Fn::Sub"].replace("${GlueDatabase}", "sluice_prod")
    assert (start, end) == ("/* Presto View: ", " */")
    return json.loads(base64.b64decode(base64.b64encode(text.encode())))


def test_it_has_every_column_of_the_table_and_its_partitions() -> None:
    columns = [each["Name"] for each in (*TABLE["StorageDescriptor"]["Columns"], *TABLE["PartitionKeys"])]
    assert [each["name"] for each in definition()["columns"]] == columns
    assert [each["Name"] for each in VIEW["StorageDescriptor"]["Columns"]] == columns
    assert definition()["schema"] == "sluice_prod"


def test_each_event_is_there_once_for_its_source() -> None:
    """Given an event that Firehose took twice, and one of another source with the same id, both are seen, once."""
    columns = [each["name"] for each in definition()["columns"]]
    rows = [
        {"messageid": "m1", "source": "website", "day": "2026-11-24", "hour": 13, "receivedat": "2026-11-24T13:00:01Z"},
        {"messageid": "m1", "source": "website", "day": "2026-11-24", "hour": 13, "receivedat": "2026-11-24T13:00:01Z"},
        {"messageid": "m1", "source": "server", "day": "2026-11-24", "hour": 13, "receivedat": "2026-11-24T13:00:01Z"},
        {"messageid": "m2", "source": "website", "day": "2026-11-24", "hour": 14, "receivedat": "2026-11-24T14:00:01Z"},
    ]
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE events ({', '.join(f'"{name}"' for name in columns)})")
    database.executemany(
        f"INSERT INTO events VALUES ({', '.join('?' for _ in columns)})",  # noqa: S608 - our own columns
        [[row.get(name) for name in columns] for row in rows],
    )
    found = database.execute(definition()["originalSql"])
    names = [each[0] for each in found.description]
    assert names == columns
    seen = [dict(zip(names, row, strict=True)) for row in found]
    assert sorted((each["source"], each["messageid"]) for each in seen) == [
        ("server", "m1"), ("website", "m1"), ("website", "m2"),
    ]  # fmt: skip
    database.close()
