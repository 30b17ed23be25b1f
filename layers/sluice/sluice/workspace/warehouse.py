"""A warehouse in workspace.yaml, field by field."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from sluice.workspace.fields import DestinationId, Model, SchemaName, SecurityGroupId, SourceId, SubnetId, duration


class Drop(Model):
    """The collections and properties that a warehouse does not get: Segment's selective sync."""

    collections: list[str] = []
    """Tables, as `pages`, or events, as `Order Completed`; `web/pages` is that of the source `web` alone."""
    properties: dict[str, list[str]] = {}
    """Columns by their collection; `"*"` stands for all collections."""

    @field_validator("properties")
    @classmethod
    def _leave_what_rows_need(cls, properties: dict[str, list[str]]) -> dict[str, list[str]]:
        for names in properties.values():
            if needed := {"id", "received_at"} & set(names):
                raise ValueError(f"every row needs {', '.join(sorted(needed))}")
        return properties


class Vpc(Model):
    """The network of a database that the internet does not reach."""

    subnets: Annotated[list[SubnetId], Field(min_length=1, max_length=16)]
    """Subnets from which the database is reached, and S3, SQS, DynamoDB and your secrets by VPC endpoints."""
    security_groups: Annotated[list[SecurityGroupId], Field(min_length=1, max_length=5)]
    """Security groups of the function; that of the database has to let them in."""


class Warehouse(Model):
    """A warehouse that the archive is loaded into. Each has its own function, list of files and alarms."""

    id: DestinationId
    """Names its function and queue, and the folder of its secrets: `/sluice/<id>/…`."""
    type: str
    """One of the types that docs/warehouses.md lists."""
    sources: list[SourceId] | None = None
    """Only files of these sources; of all if left out."""
    enabled: bool = True
    """A disabled warehouse is not loaded. Enabled again, it gets what came in between."""
    interval: Annotated[timedelta, BeforeValidator(duration)] = timedelta(hours=1)
    """How often new files are loaded: `5m` to `24h`. Where a warehouse bills each time it wakes, it is a price."""
    settings: dict[str, Any] = {}
    """What this type of warehouse asks for; see docs/warehouses.md."""
    schemas: dict[SourceId, SchemaName] = {}
    """The name of a source's schema, where it shall not be called after the source's id."""
    names: list[str] = []
    """Other ids by which `integrations` of events mean this warehouse, such as that of Segment's."""
    drop: Drop = Drop()
    """What it does not get."""
    types: Literal["widen", "segment"] = "widen"
    """`segment`: fractions are cut in columns of integers, and texts after 512 characters, as Segment does it."""
    vpc: Vpc | None = None
    """The network that its function works in; outside any if left out."""

    @field_validator("interval")
    @classmethod
    def _whole_minutes_of_a_day(cls, interval: timedelta) -> timedelta:
        if not timedelta(minutes=5) <= interval <= timedelta(days=1) or interval % timedelta(minutes=1):
            raise ValueError("must be whole minutes, from 5m to 24h")
        return interval
