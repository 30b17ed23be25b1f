"""Snowflake's names and reserved words. https://docs.snowflake.com/en/sql-reference/reserved-keywords"""

from sluice.warehouses.names import Dialect

#: Those that no column or no table may be called without quotation marks, for nobody shall need any.
_RESERVED = frozenset({
    "all", "alter", "and", "any", "as", "between", "by", "case", "cast", "check", "column", "connect", "constraint",
    "create", "cross", "current", "current_date", "current_time", "current_timestamp", "current_user", "delete",
    "distinct", "drop", "else", "exists", "false", "following", "for", "from", "full", "grant", "group", "having",
    "ilike", "in", "increment", "inner", "insert", "intersect", "into", "is", "join", "lateral", "left", "like",
    "localtime", "localtimestamp", "minus", "natural", "not", "null", "of", "on", "or", "order", "qualify", "regexp",
    "revoke", "right", "rlike", "row", "rows", "sample", "select", "set", "some", "start", "table", "tablesample",
    "then", "to", "trigger", "true", "try_cast", "union", "unique", "update", "using", "values", "when", "whenever",
    "where", "with",
})  # fmt: skip

#: A name has 255 characters. Nine are left for a column on its way to another type: see widening.py.
#: https://docs.snowflake.com/en/sql-reference/identifiers-syntax
DIALECT = Dialect(longest=246, reserved=_RESERVED, takes_leading_digits=False, is_upper_case=True)
