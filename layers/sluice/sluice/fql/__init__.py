"""FQL, Segment's language of triggers and filters: text to a function of an event, and to what browsers run.

https://segment.com/docs/api/public-api/fql/
"""

from sluice.fql.compiler import Condition, UndecidableError, compile_node, required, strict_node
from sluice.fql.index import any_of, by_name, chosen, is_about_name, undecided
from sluice.fql.ir import ir
from sluice.fql.parser import FqlError, parse

__all__ = [
    "Condition",
    "FqlError",
    "UndecidableError",
    "any_of",
    "by_name",
    "chosen",
    "compile",
    "ir",
    "is_about_name",
    "parse",
    "required",
    "strict",
    "undecided",
]


def compile(text: str) -> Condition:  # noqa: A001 - what it does
    """A function that says whether an event fits; it never raises, and what cannot be decided does not fit.

    `all` fits every event. Raises FqlError, which says where and why.
    """
    return compile_node(parse(text))


def strict(text: str) -> Condition:
    """The same for filters, which must not let an event pass because it breaks them: raises UndecidableError."""
    return strict_node(parse(text))
