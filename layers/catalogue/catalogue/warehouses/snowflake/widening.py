"""The widening of columns of integers to floats: Snowflake changes no type in place, and no declaration is undone.

A column X has a new one beside it, is copied there, and the new one takes its name. A loader may die between any two
statements, and another one may be at work: so there is a third column, which says that X is still what counts.

  X                           nothing has begun
  X, _SLUICE_X, _SLUICE_X_    begun: nobody who sees this writes to X, and whoever has read before is overtaken
  _SLUICE_X                   X and the third went in one statement, which fails if somebody else has done it
  X                           the new one has its name

Whoever finds one of the states in the middle goes on from it. No property's column begins like that.
https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from catalogue.warehouses.snowflake import statements
from sluice.warehouses.column_types import ColumnType

_NEW, _DOUBTFUL = "_sluice_", "_"
_quoted = statements.quoted


def settled(columns: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the columns of a table as they are when what has begun is done."""
    found = {name: kind for name, kind in columns.items() if not name.startswith(_NEW)}
    return found | dict.fromkeys(begun(columns), "float")


def begun(columns: Collection[str]) -> list[str]:
    """Return the columns of a table whose widening has begun, and is not done."""
    return [name.removeprefix(_NEW) for name in columns if name.startswith(_NEW) and not name.endswith(_DOUBTFUL)]


def widen(
    target: str,
    names: Iterable[str],
    there: Collection[str],
    declare: Callable[[str], object],
    change: Callable[[str], None],
) -> None:
    """Widen columns of a table, which has the columns `there`. `change` is a transaction that takes the turn."""
    columns = list(names)
    if new := [name for name in columns if _NEW + name not in there]:
        declare(f"ALTER TABLE {target} ADD COLUMN {', '.join(_declared(new))}")
    if doubtful := [name for name in columns if name in there]:
        copied = ", ".join(f"{_quoted(_NEW + name)} = {_quoted(name)}" for name in doubtful)
        change(f"UPDATE {target} SET {copied}")
        dropped = (f"{_quoted(name)}, {_quoted(_NEW + name + _DOUBTFUL)}" for name in doubtful)
        declare(f"ALTER TABLE {target} DROP COLUMN {', '.join(dropped)}")
    for name in columns:
        declare(f"ALTER TABLE {target} RENAME COLUMN {_quoted(_NEW + name)} TO {_quoted(name)}")


def _declared(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield f"{_quoted(_NEW + name)} {statements.TYPES['float']}"
        yield f"{_quoted(_NEW + name + _DOUBTFUL)} BOOLEAN"
