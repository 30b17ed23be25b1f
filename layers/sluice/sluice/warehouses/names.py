"""Names of tables and columns: Segment's snake case, and what an engine demands of a name.

https://segment.com/docs/connections/storage/warehouses/schema/
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

#: What is left as it is: lower-case letters and digits, with single underscores between them.
_CLEAN = re.compile(r"(?:[a-z0-9]|(?<!^)_(?=[a-z0-9]))*")
_WORD = re.compile(r"[A-Z0-9]+[a-z0-9]*|[a-z][a-z0-9]*")
_LOWER = re.compile(r"[a-z]")
#: Hexadecimal digits that tell two long names apart which begin alike.
_DIGEST = 8


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """The demands of an engine on names. Each is equal to itself alone, so that names can be remembered by it.

    `longest` is in bytes. `reserved` words get `_` before them, and so does a leading digit where it takes none.
    In SQL a name stands in quotation marks, and in upper case if it `is_upper_case`; elsewhere it is lower case.
    `drop_schema` is the statement that drops one with all that is in it, where its name stands.
    """

    longest: int
    reserved: frozenset[str] = frozenset()
    takes_leading_digits: bool = True
    quotation_mark: Literal['"', "`"] = '"'
    is_upper_case: bool = False
    drop_schema: str = "DROP SCHEMA IF EXISTS {} CASCADE"

    def quoted(self, name: str) -> str:
        """Return a name as it stands in SQL. Raises ValueError for one that would end its quotation marks."""
        if self.quotation_mark in name or "\\" in name:
            raise ValueError("a name has a quotation mark or a backslash")
        return self.quotation_mark + (name.upper() if self.is_upper_case else name) + self.quotation_mark


@lru_cache(100_000)
def snake_case(name: str) -> str:
    """Return `order_completed` for `Order Completed`, as Segment does; "" where nothing of a name can be said so.

    What is no letter or digit of ASCII parts words, and so does a capital that a small letter precedes.
    """
    clean = _CLEAN.match(name)[0]  # type: ignore[index]  # it matches nothing at least
    if len(clean) == len(name):
        return name
    words = _WORD.findall(name, len(clean))
    if words and "A" <= name[len(clean)] <= "Z" and not _LOWER.search(clean.rpartition("_")[2]):
        clean += words.pop(0).lower()
    return "_".join(filter(None, (clean, *map(str.lower, words))))


@lru_cache(100_000)
def identifier(name: str, dialect: Dialect) -> str:
    """Return a name in snake case as the engine takes it. Two that are too long and begin alike stay two."""
    if name in dialect.reserved or (name[:1].isdigit() and not dialect.takes_leading_digits):
        name = f"_{name}"
    if len(name) > dialect.longest:
        name = f"{name[: dialect.longest - _DIGEST - 1]}_{sha256(name.encode()).hexdigest()[:_DIGEST]}"
    return name


@lru_cache(100_000)
def column_of(prefix: str, key: str, dialect: Dialect) -> tuple[str, str]:
    """Return the name of a field below a prefix, and of its column. Both are "" where the field's says nothing."""
    name = snake_case(key)
    if not name:
        return "", ""
    whole = f"{prefix}_{name}" if prefix else name
    return whole, identifier(whole, dialect)
