"""Questions which ids are in a table: many in one query, as parameters, and no more than a request takes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalogue.warehouses.bigquery.statements import quoted

#: Bytes of ids in a request, which takes 10 MB and has each as JSON; and tables in a query.
#: https://docs.cloud.google.com/bigquery/quotas#query_jobs
MAX_IDS, _MAX_TABLES = 4_000_000, 50
#: Bytes around an id in JSON.
_AROUND = 14


@dataclass(frozen=True, slots=True)
class Question:
    """The ids that are looked for in a table, in rows received `since` then."""

    table: str
    whole: str
    ids: Sequence[str]
    since: datetime | None = None


@dataclass(slots=True)
class Query:
    """Some questions in one query. The first column of its answer is the index of the table, the second an id."""

    tables: list[str] = field(default_factory=list)
    selects: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    size: int = 0

    @property
    def sql(self) -> str:
        return " UNION ALL ".join(self.selects)

    def add(self, question: Question, ids: Sequence[str], size: int, more: Sequence[str]) -> None:
        at = len(self.tables)
        columns = "".join(f", {quoted(name)}" for name in more)
        where = f"`id` IN UNNEST(@ids{at})" + "".join(f" AND {quoted(name)} IS NOT NULL" for name in more)
        self.parameters[f"ids{at}"] = ids
        if question.since is not None:
            where += f" AND `received_at` >= @since{at}"
            self.parameters[f"since{at}"] = question.since
        self.tables.append(question.table)
        self.selects.append(f"SELECT {at} AS n, `id`{columns} FROM {question.whole} WHERE {where}")
        self.size += size


def together(questions: Iterable[Question], *more: str) -> Iterator[Query]:
    """Yield questions in as few queries as can be. Answers have the columns `more` besides, where they have a value."""
    query = Query()
    for question in questions:
        for ids, size in _groups(question.ids):
            if query.tables and (query.size + size > MAX_IDS or len(query.tables) == _MAX_TABLES):
                yield query
                query = Query()
            query.add(question, ids, size, more)
    if query.tables:
        yield query


def _groups(ids: Iterable[str]) -> Iterator[tuple[list[str], int]]:
    group: list[str] = []
    size = 0
    for each in ids:
        needed = len(each.encode()) + _AROUND
        if group and size + needed > MAX_IDS:
            yield group, size
            group, size = [], 0
        group.append(each)
        size += needed
    if group:
        yield group, size
