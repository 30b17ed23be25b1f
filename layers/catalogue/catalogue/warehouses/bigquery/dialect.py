"""BigQuery's names and reserved words. https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/lexical"""

from sluice.warehouses.names import Dialect

_RESERVED = frozenset({
    "all", "and", "any", "array", "as", "asc", "assert_rows_modified", "at", "between", "by", "case", "cast", "collate",
    "contains", "create", "cross", "cube", "current", "default", "define", "desc", "distinct", "else", "end", "enum",
    "escape", "except", "exclude", "exists", "extract", "false", "fetch", "following", "for", "from", "full", "group",
    "grouping", "groups", "hash", "having", "if", "ignore", "in", "inner", "intersect", "interval", "into", "is",
    "join", "lateral", "left", "like", "limit", "lookup", "merge", "natural", "new", "no", "not", "null", "nulls", "of",
    "on", "or", "order", "outer", "over", "partition", "preceding", "proto", "qualify", "range", "recursive", "respect",
    "right", "rollup", "rows", "select", "set", "some", "struct", "tablesample", "then", "to", "treat", "true",
    "unbounded", "union", "unnest", "using", "when", "where", "window", "with", "within",
})  # fmt: skip

#: A name has 300 characters at most, and no name of a column begins with `_PARTITION`: so `partition` stays as it is,
#: in backticks. https://docs.cloud.google.com/bigquery/docs/schemas#column_names
DIALECT = Dialect(longest=300, reserved=_RESERVED - {"partition"}, takes_leading_digits=False, quotation_mark="`")
