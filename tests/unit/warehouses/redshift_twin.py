"""A Redshift behind its Data API, and S3 beside it: real clients of botocore, whose requests end here, on a Postgres.

botocore checks each call by AWS' own model, and gives it the token by which a repeated call is known. The SQL runs on
Postgres. What only Redshift has is translated, and read to the letter: COPY, keys of distribution and order. What
Redshift does not have or takes otherwise is refused or done as Redshift does it, for Postgres would be kinder.
"""

import base64
import csv
import gzip
import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import orjson
import psycopg
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.session import get_session

#: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
MAX_STATEMENT, MAX_RESULT_ROW = 100_000, 64 * 1024
#: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
MAX_NAME = 127
MAX_ROW = 4 * 1024 * 1024
ROLE = "arn:aws:iam::123456789012:role/Reads"
#: Rows of a page of an answer.
PAGE = 50
COPY = re.compile(
    r"COPY (?P<table>\S+) \((?P<columns>.*)\) FROM 's3://(?P<bucket>[^/]+)/(?P<key>[^']+)'"
    r" IAM_ROLE '(?P<role>[^']+)'"
    r" FORMAT AS CSV GZIP NULL AS '(?P<mark>[^']+)' TIMEFORMAT AS 'auto' COMPUPDATE OFF STATUPDATE OFF"
)
#: What Postgres has and Redshift has not, or what ends a transaction there.
UNKNOWN = re.compile(
    r"ON CONFLICT|RETURNING|ON COMMIT|TRUNCATE|\bANY\s*\(|ALTER COLUMN|ADD COLUMN .*, ADD COLUMN|;|::|\bE'"
)
_SESSION = get_session()
_SESSION.set_credentials("key", "secret")
TYPE_NAMES = {"name": "varchar", "text": "varchar", "unknown": "varchar"}


class ApiError(Exception):
    """An answer of 400 or 500."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.status = code, status


class SqlError(Exception):
    """An error of Redshift's."""


@dataclass
class Statement:
    id: str
    sql: str
    session: str | None
    status: str = "STARTED"
    error: str = ""
    affected: int = -1
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Sequence[Any]] | None = None
    over: threading.Event = field(default_factory=threading.Event)


class Raw(io.BytesIO):
    """The content of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Twin:
    """`before` and `after` are called with the name of each call, and its SQL if it has any.

    What they raise is what a client hears instead of its answer.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.before: Callable[[str, str], None] = lambda *_: None
        self.after: Callable[[str, str], None] = lambda *_: None
        self.calls: list[str] = []
        self.sent: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.statements: dict[str, Statement] = {}
        self.sessions: dict[str, psycopg.Connection[Any]] = {}
        self._clients: dict[tuple[str, int], Any] = {}
        self._tokens: dict[str, dict[str, Any]] = {}
        self._long: dict[str, str] = {}
        self._lock = threading.Lock()
        with self._connection() as connection:
            connection.execute(
                "CREATE OR REPLACE FUNCTION getdate() RETURNS timestamp LANGUAGE sql AS $$ SELECT now()::timestamp $$"
            )

    def client(self, service: str, attempts: int = 1) -> Any:
        """Return a client of botocore's, whose requests this answers."""
        if (service, attempts) in self._clients:
            return self._clients[service, attempts]
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=45)
        made = _SESSION.create_client(service, region_name="eu-central-1", config=config)
        answer = self._answered if service == "redshift-data" else self._stored
        answering: Callable[..., Any] = lambda request, **_: answer(request)  # noqa: E731
        made.meta.events.register(f"before-send.{service}", answering)
        self._clients[service, attempts] = made
        return made

    def wait(self) -> None:
        """Wait until no statement is running."""
        for each in list(self.statements.values()):
            assert each.over.wait(30)

    def expire(self) -> None:
        """Close all sessions, as the API does with those that are idle."""
        sessions, self.sessions = self.sessions, {}
        for connection in sessions.values():
            connection.cancel_safe()
        self.wait()
        for connection in sessions.values():
            connection.close()

    # --- S3 ---

    def _stored(self, request: AWSPreparedRequest) -> AWSResponse:
        address = urlsplit(request.url)
        bucket, key = str(address.hostname).partition(".")[0], unquote(address.path).lstrip("/")
        call = "PutObject" if request.method == "PUT" else "DeleteObjects"
        return self._heard(call, "", request, lambda: self._store(call, f"{bucket}/{key}", request))

    def _store(self, call: str, name: str, request: AWSPreparedRequest) -> bytes:
        given: Any = request.body
        body: bytes = given.read() if hasattr(given, "read") else given
        if call == "PutObject":
            chunked = "aws-chunked" in str(request.headers.get("Content-Encoding", ""))
            self.objects[name] = b"".join(_chunks(body)) if chunked else body
            return b""
        for key in re.findall(r"<Key>(.*?)</Key>", body.decode()):
            self.deleted.append(key)
            self.objects.pop(name + key, None)
        return b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'

    # --- The Data API ---

    def _answered(self, request: AWSPreparedRequest) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        call = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        content: Any = request.body
        given = orjson.loads(content)
        does = {
            "ExecuteStatement": self._execute,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "CancelStatement": self._cancel,
        }[call]
        return self._heard(call, given.get("Sql", ""), request, lambda: orjson.dumps(does(given)))

    def _heard(self, call: str, sql: str, request: AWSPreparedRequest, do: Callable[[], bytes]) -> AWSResponse:
        with self._lock:
            self.calls.append(call)
        try:
            self.before(call, sql)
            status, body = 200, do()
        except ApiError as error:
            status, body = error.status, orjson.dumps({"__type": error.code, "message": str(error)})
        self.after(call, sql)
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, Raw(body))

    def _execute(self, given: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if given["ClientToken"] in self._tokens:
                return self._tokens[given["ClientToken"]]
            self.sent.append(given["Sql"])
            statement = Statement(str(uuid4()), given["Sql"], given.get("SessionId"))
            connection = self._of(statement, given)
            self.statements[statement.id] = statement
            answer = {"Id": statement.id, "Status": "SUBMITTED"}
            if statement.session:
                answer["SessionId"] = statement.session
            self._tokens[given["ClientToken"]] = answer
        values = {each["name"]: each["value"] for each in given.get("Parameters", [])}
        threading.Thread(target=self._carry_out, args=(statement, connection, values), daemon=True).start()
        return answer

    def _of(self, statement: Statement, given: dict[str, Any]) -> psycopg.Connection[Any]:
        """Return the connection that a statement runs on. Raises ApiError."""
        if len(given["Sql"].encode()) > MAX_STATEMENT:
            raise ApiError("ValidationException", "the statement is longer than 100 KB")
        if not all(each["value"] for each in given.get("Parameters", [])):
            raise ApiError("ValidationException", "a parameter has no value")
        place = [name for name in ("ClusterIdentifier", "WorkgroupName") if name in given]
        if statement.session is None:
            if len(place) != 1 or "Database" not in given:
                raise ApiError("ValidationException", "the database is not said")
            if "SessionKeepAliveSeconds" in given:
                statement.session = str(uuid4())
                self.sessions[statement.session] = self._connection()
                return self.sessions[statement.session]
            return self._connection()
        if place or "Database" in given:
            raise ApiError("ValidationException", "a session has its database")
        if statement.session not in self.sessions:
            raise ApiError("ValidationException", "Session is not available")
        if any(
            each.session == statement.session and not each.over.is_set()
            for each in self.statements.values()
            if each is not statement
        ):
            raise ApiError("ValidationException", "Session is busy")
        return self.sessions[statement.session]

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.uri, autocommit=True, options="-c timezone=UTC")

    def _describe(self, given: dict[str, Any]) -> dict[str, Any]:
        statement = self._statement(given)
        statement.over.wait(given.get("WaitTimeSeconds", 0))
        answer: dict[str, Any] = {
            "Id": statement.id, "Status": statement.status, "HasResultSet": statement.rows is not None,
            "ResultRows": statement.affected, "ResultSize": -1,
        }  # fmt: skip
        return answer | ({"Error": statement.error} if statement.error else {})

    def _result(self, given: dict[str, Any]) -> dict[str, Any]:
        statement = self._statement(given)
        if statement.rows is None:
            raise ApiError("ResourceNotFoundException", "Query does not have result.")
        first = int(given.get("NextToken", 0))
        rows = statement.rows[first : first + PAGE]
        more = {"NextToken": str(first + PAGE)} if first + PAGE < len(statement.rows) else {}
        columns = [{"name": name, "label": name, "typeName": kind} for name, kind in statement.columns]
        records = [[self._field(value) for value in row] for row in rows]
        if any(len(orjson.dumps(each)) > MAX_RESULT_ROW for each in records):
            raise ApiError("ValidationException", "a row of the result is longer than 64 KB")
        return {"Records": records, "ColumnMetadata": columns, "TotalNumRows": len(statement.rows), **more}

    def _field(self, value: Any) -> dict[str, Any]:
        match value:
            case None:
                return {"isNull": True}
            case bool():
                return {"booleanValue": value}
            case int():
                return {"longValue": value}
            case float():
                return {"doubleValue": value}
            case Decimal():
                return {"stringValue": str(value)}
            case _:
                return {"stringValue": self._long.get(str(value), str(value))}

    def _cancel(self, given: dict[str, Any]) -> dict[str, Any]:
        statement = self._statement(given)
        if statement.session in self.sessions:
            self.sessions[statement.session].cancel_safe()
        return {"Status": True}

    def _statement(self, given: dict[str, Any]) -> Statement:
        if given["Id"] not in self.statements:
            raise ApiError("ResourceNotFoundException", "there is no such statement")
        return self.statements[given["Id"]]

    # --- Redshift ---

    def _carry_out(self, statement: Statement, connection: psycopg.Connection[Any], values: dict[str, str]) -> None:
        try:
            with connection.cursor() as cursor:
                if copied := COPY.fullmatch(statement.sql):
                    self._copy(cursor, copied)
                else:
                    cursor.execute(self._translated(statement.sql, values), values)
                    statement.affected = max(0, cursor.rowcount)
                    if cursor.description:
                        types = psycopg.adapters.types
                        kinds = [getattr(types.get(each.type_code), "name", "") for each in cursor.description]
                        statement.columns = [
                            (each.name, TYPE_NAMES.get(kind, kind))
                            for each, kind in zip(cursor.description, kinds, strict=True)
                        ]
                        statement.rows = cursor.fetchall()
            statement.status = "FINISHED"
        except (psycopg.Error, SqlError) as error:
            if isinstance(error, SqlError) and not connection.closed:
                self._spoil(connection)
            statement.status, statement.error = "FAILED", f"ERROR: {error}"
        finally:
            if statement.session is None:
                connection.close()
            statement.over.set()

    def _spoil(self, connection: psycopg.Connection[Any]) -> None:
        """Make the transaction one that can only be rolled back, as an error of Redshift's does."""
        try:
            connection.execute("SELECT 1/0")
        except psycopg.Error:
            return

    def _translated(self, sql: str, values: dict[str, str]) -> str:
        """Return a statement as Postgres has it. Raises SqlError for what Redshift would not take."""
        if unknown := UNKNOWN.search(sql):
            raise SqlError(f'syntax error at or near "{unknown[0]}"')
        if too_long := [name for name in re.findall(r'"([^"]+)"', sql) if len(name.encode()) > MAX_NAME]:
            raise SqlError(f'the name "{too_long[0]}" is too long')
        named = set(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", sql))) if values else set()
        if named != set(values):
            raise SqlError(f"the parameters are {sorted(values)}, not {sorted(named)}")
        if sql == "BEGIN":
            return "BEGIN ISOLATION LEVEL REPEATABLE READ"
        sql = re.sub(r' (?:DISTKEY|SORTKEY)\("?\w+"?\)', "", sql)
        # Blanks at the end say nothing when texts are compared.
        sql = re.sub(r'(\S+\."id") = (\S+\.c\d+)', r"rtrim(\1) = rtrim(\2)", sql)
        sql = re.sub(r'"([^"]+)"', lambda found: f'"{self._short(found[1])}"', sql)
        return re.sub(r":(\w+)", r"%(\1)s", sql.replace("%", "%%")) if values else sql

    def _short(self, name: str) -> str:
        """Return a name, or another for one that is too long for Postgres."""
        if len(name.encode()) < 64:
            return name
        short = f"{name[:30]}_{sha256(name.encode()).hexdigest()[:30]}"
        self._long[short] = name
        return short

    def _copy(self, cursor: psycopg.Cursor[Any], copied: re.Match[str]) -> None:
        """Copy as the options say: what is quoted is no value as well if it is the mark, and what is empty stays."""
        columns = copied["columns"].split(", ")
        if copied["role"] != ROLE:
            raise SqlError("User arn:aws:redshift:x is not authorized to assume IAM Role")
        place = f"{copied['bucket']}/{copied['key']}"
        found = [body for name, body in self.objects.items() if name.startswith(place)]
        if len(found) != 1:
            raise SqlError(f"The specified S3 prefix '{copied['key']}' does not exist")
        cursor.execute(f"SELECT {', '.join(columns)} FROM {copied['table']} LIMIT 0")  # noqa: S608
        kinds = [(each.type_code, each.internal_size) for each in cursor.description or ()]
        cursor.execute(
            "SELECT attname, atttypmod - 4 FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
            [copied["table"]],
        )
        widths: dict[str, int] = dict(cursor.fetchall())
        records = list(csv.reader(io.StringIO(gzip.decompress(found[0]).decode(), newline=""), strict=True))
        with cursor.copy(f"COPY {copied['table']} ({', '.join(columns)}) FROM STDIN") as copy:
            for record in records:
                if len(record) != len(columns):
                    raise SqlError("Load into table 'x' failed.  Extra column(s) found")
                if sum(len(each.encode()) + each.count("|") + 1 for each in record) > MAX_ROW:
                    raise SqlError("Load into table 'x' failed.  Input line is too long")
                copy.write_row(
                    [
                        self._cell(value, copied["mark"], is_text=kind == 1043, width=widths[name.strip('"')])
                        for value, (kind, _), name in zip(record, kinds, columns, strict=True)
                    ]
                )

    def _cell(self, value: str, mark: str, *, is_text: bool, width: int) -> str | None:
        if value == mark or (not value and not is_text):
            return None
        if is_text and len(value.encode()) > width:
            raise SqlError(f"Load into table 'x' failed.  String length exceeds DDL length, Value '{value[:20]}'")
        return value


def _chunks(body: bytes) -> Iterator[bytes]:
    """Yield the content of a body in the encoding `aws-chunked`, and hold it to its checksum."""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            assert base64.b64decode(body.partition(b":")[2].strip())
            return
        yield body[:length]
        body = body[length + 2 :]
