"""FQL, Segment's language of triggers and filters: text to a function of an event, and to what browsers run.

https://segment.com/docs/api/public-api/fql/
"""

from sluice.fql.compiling import Condition, compile_node, required
from sluice.fql.indexing import selector
from sluice.fql.ir import ir
from sluice.fql.parsing import FqlError, parse

__all__ = ["Condition", "FqlError", "compile", "ir", "parse", "required", "selector"]


def compile(text: str) -> Condition:  # noqa: A001 - what it does
    """A function that says whether an event fits; it never raises, and what cannot be decided does not fit.

    `all` fits every event. Raises FqlError, which says where and why.
    """
    return compile_node(parse(text))
