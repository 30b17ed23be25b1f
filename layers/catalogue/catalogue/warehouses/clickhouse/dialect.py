"""ClickHouse's names. It keeps few words for itself: https://clickhouse.com/docs/sql-reference/syntax#keywords"""

from catalogue.warehouses.duckdb.dialect import DIALECT as DUCKDB
from sluice.warehouses.names import Dialect

#: Words that mean something else where a column is asked for by them, which was tried with each word of
#: `system.keywords`; and databases that are its own. The words of SQL are left out as elsewhere, so that a question
#: means the same in every warehouse.
_OWN = frozenset({"cube", "inf", "infinity", "nan", "rollup", "top", "default", "information_schema", "system"})

#: A table is a folder, and a column is files, whose names may have 255 bytes.
DIALECT = Dialect(
    longest=127,
    reserved=DUCKDB.reserved | _OWN,
    takes_leading_digits=False,
    quotation_mark="`",
    drop_schema="DROP DATABASE IF EXISTS {}",
)
