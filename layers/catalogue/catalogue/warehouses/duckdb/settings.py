"""The settings of a file of DuckDB, which needs a disk that stays: only `make run` has one."""

from sluice.warehouses.settings import settings


@settings
class Settings:
    """`path` is where the file is, or is to be made."""

    path: str
