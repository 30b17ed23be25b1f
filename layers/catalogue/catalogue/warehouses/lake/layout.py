"""The layout of a lake: how its databases are called, and where the objects of a table are."""

from dataclasses import dataclass
from hashlib import sha256

from sluice.aws.glue_tables import Table
from sluice.warehouses.settings import Staging


@dataclass(frozen=True, slots=True)
class Layout:
    """A place in S3, and how the names of the databases begin."""

    place: Staging
    prefix: str

    def database(self, schema: str) -> str:
        return f"{self.prefix}_{schema}"

    def base(self, schema: str) -> str:
        """Return the address below which a source has its objects."""
        return f"s3://{self.place.bucket}/{self.place.prefix}{schema}/"

    def key(self, schema: str, table: str, file: str, partition: str = "") -> str:
        """Return the key of a file's object of a table: the same, whoever loads it and however often."""
        name = sha256(file.encode()).hexdigest()[:32]
        return f"{folder(f'{self.place.prefix}{schema}/', table)}{partition}{name}.parquet"

    def has(self, schema: str, table: Table) -> bool:
        """Return whether the objects of a table are where ours are. Others may lie beside it in the database."""
        return table.location == folder(self.base(schema), table.name).rstrip("/")


def folder(base: str, table: str) -> str:
    """Return where the objects of a table are, as Segment's lake has it. Engines skip folders that begin with `_`."""
    return f"{base}segment_type={table}/"
