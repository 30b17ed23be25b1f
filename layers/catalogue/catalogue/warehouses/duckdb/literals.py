"""Names, texts and moments as they stand in DuckDB's SQL and in what it reads."""

from datetime import datetime


def written(moment: datetime) -> str:
    """Return a moment in UTC as DuckDB reads one."""
    return moment.replace(tzinfo=None).isoformat(" ")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
