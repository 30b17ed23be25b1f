"""A BigQuery behind its REST API: an httpcore connection whose requests end here, on a DuckDB.

Requests are held to the shapes that Google documents. The SQL runs on DuckDB, statement by statement; what only
BigQuery has is translated, and what BigQuery does not have or take is refused, for DuckDB would be kinder.
"""

import gzip
import re
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb
import httpcore
import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT, LOCATION, ACCOUNT = "analytics-123456", "EU", "loader@analytics-123456.iam.gserviceaccount.com"
TOKEN = "https://oauth2.googleapis.com/token"
#: https://docs.cloud.google.com/bigquery/quotas#query_jobs
MAX_SCRIPT, MAX_REQUEST, MAX_NAME = 1024 * 1000, 10_000_000, 300
#: https://docs.cloud.google.com/bigquery/docs/transactions#limitations
MAX_TABLES = 100
#: Rows of a page of an answer.
PAGE = 50
FORBIDDEN = re.compile(
    "_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier|_change_sequence_number|_change_type"
    "|_change_timestamp",
    re.IGNORECASE,
)
TYPES = {"STRING": "VARCHAR", "INT64": "BIGINT", "FLOAT64": "DOUBLE", "BOOL": "BOOLEAN", "TIMESTAMP": "TIMESTAMP"}
#: What DuckDB calls them, in a description of tables and in one of an answer.
SCHEMA_TYPES = {text: kind for kind, text in TYPES.items()} | {"DATE": "DATE", "DECIMAL(18,3)": "NUMERIC"}
ANSWER_TYPES = {
    "VARCHAR": "STRING", "BIGINT": "INTEGER", "INTEGER": "INTEGER", "HUGEINT": "INTEGER", "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN", "TIMESTAMP": "TIMESTAMP", "DATE": "DATE",
}  # fmt: skip
DESCRIBED = re.compile(
    r"SELECT table_name, LOWER\(column_name\), data_type FROM `([^`]+)`\.`([^`]+)`\.INFORMATION_SCHEMA\.COLUMNS"
    r" WHERE NOT STARTS_WITH\(table_name, '_sluice_'\) ORDER BY table_name, ordinal_position"
)
DROPPED = re.compile(r"DROP SCHEMA IF EXISTS (?:`[^`]+`\.)?`?([^`]+?)`? CASCADE")
HAVING = re.compile(
    r"SELECT table_schema FROM `([^`]+)`\.`region-([^`]+)`\.INFORMATION_SCHEMA\.TABLES"
    r" WHERE table_name = @name ORDER BY 1"
)
GUARD = re.compile(r"IF @@row_count != 1 THEN RAISE USING MESSAGE = '([^']+)'; END IF")
TABLE = re.compile(r"`([^`]+)`\.`([^`]+)`(?:\.`([^`]+)`)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00")
STATUS = {"notFound": 404, "duplicate": 409, "accessDenied": 403, "rateLimitExceeded": 403, "backendError": 503}
#: Words that no name without backticks may be.
RESERVED = re.compile(r" AS (?:at|new|rows|hash|all|set|to|end|if)\b")


class FaultError(Exception):
    """An error of BigQuery's, by its reason."""

    def __init__(self, reason: str, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.reason, self.status = reason, status or STATUS.get(reason, 400)


@dataclass
class Job:
    is_script: bool = False
    error: FaultError | None = None
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def credentials(**other: str) -> str:
    """Return the JSON that Google gives once for a key."""
    pem = private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account", "project_id": PROJECT, "private_key_id": "k1", "private_key": pem.decode(),
        "client_email": ACCOUNT, "token_uri": TOKEN,
    }  # fmt: skip
    return orjson.dumps(key | other).decode()


class Twin(httpcore.ConnectionInterface):
    """`before` and `after` are called with the name of each call, and its SQL if it has any.

    What they raise is what a client hears instead of its answer: a FaultError, or what httpcore raises.
    """

    def __init__(self) -> None:
        self.before: Callable[[str, str], None] = lambda *_: None
        self.after: Callable[[str, str], None] = lambda *_: None
        #: Called with the SQL of a job when it begins to run, "" for a load. What it raises is how the job ends.
        self.starting: Callable[[str, str], None] = lambda *_: None
        self.requests: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.sent: list[str] = []
        self.parameters: list[dict[str, Any]] = []
        self.datasets: dict[str, dict[str, Any]] = {}
        self.layouts: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}
        self.tokens: set[str] = set()
        self.slow = 0
        self.repeated = 0
        self.was_closed = False
        self._count = 0
        self._db = duckdb.connect()
        self._lock = threading.RLock()

    # --- What httpcore asks ---

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        assert {"connect", "read", "write", "pool"} == set(request.extensions["timeout"])
        address = urlsplit(f"{request.url.scheme.decode()}://{request.url.host.decode()}{request.url.target.decode()}")
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        content = b"".join(request.stream)  # type: ignore[arg-type]
        parameters = {name: value for name, (value,) in parse_qs(address.query).items()}
        name, does, sql = self._route(request.method.decode(), address.scheme, address.netloc, unquote(address.path),
            parameters, headers, content)  # fmt: skip
        with self._lock:
            self.calls.append(name)
            try:
                self.before(name, sql)
                if name != "token" and headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                    raise FaultError("authError", "Request had invalid authentication credentials.", 401)
                status, body = 200, orjson.dumps(does())
            except FaultError as fault:
                reasons = [{"reason": fault.reason, "message": str(fault)}]
                error: Any = {"code": fault.status, "message": str(fault), "errors": reasons}
                if name == "token":
                    error = fault.reason
                status, body = fault.status, orjson.dumps({"error": error})
            self.after(name, sql)
        return httpcore.Response(status, headers=[("Content-Type", "application/json")], content=body)

    def close(self) -> None:
        self.was_closed = True

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of somebody else's."""
        return self._db.cursor()

    def arrive(self, document: dict[str, Any]) -> None:
        """Have a job begin now whose request was lost."""
        self._insert(document)

    def _route(
        self, method: str, scheme: str, host: str, path: str, parameters: dict[str, str], headers: Mapping[str, str],
        content: bytes,
    ) -> tuple[str, Callable[[], Any], str]:  # fmt: skip
        """Return the name of a call, what answers it and its SQL."""
        assert scheme == "https"
        if (method, host, path) == ("POST", "oauth2.googleapis.com", "/token"):
            return "token", lambda: self._grant(headers, content), ""
        assert host == "bigquery.googleapis.com"
        below = f"/bigquery/v2/projects/{PROJECT}/"
        if (method, path) == ("POST", f"/upload{below}jobs"):
            assert parameters == {"uploadType": "multipart"}
            return "upload", lambda: self._upload(headers, content), ""
        assert path.startswith(below)
        what, *names = path.removeprefix(below).split("/")
        if method == "POST":
            assert headers["content-type"] == "application/json; charset=UTF-8"
            if len(content) > MAX_REQUEST:
                raise AssertionError("the request is longer than 10 MB")
            document = orjson.loads(content)
            if (what, names) == ("datasets", []):
                return "dataset", lambda: self._make(document), ""
            if (what, names) == ("jobs", []):
                sql = document["configuration"]["query"]["query"]
                self.requests.append(document)
                return "insert", lambda: self._insert(document), sql
            assert (what, names[1:], document) == ("jobs", ["cancel"], {})
            return "cancel", lambda: {"kind": "bigquery#jobCancelResponse"}, ""
        assert method == "GET"
        match what, names:
            case "jobs", [job]:
                assert parameters == {"location": LOCATION}
                return "job", lambda: self._status(job), ""
            case "queries", [job]:
                return "results", lambda: self._results(job, parameters), ""
            case "datasets", [dataset, "tables", table, "data"]:
                assert parameters == {"maxResults": "1"}
                return "data", lambda: self._data(dataset, table), ""
        raise AssertionError(path)

    # --- Tokens and datasets ---

    def _grant(self, headers: Mapping[str, str], content: bytes) -> Any:
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        form = {name: value for name, (value,) in parse_qs(content.decode()).items()}
        assert form.keys() == {"grant_type", "assertion"}
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        try:
            claims = jwt.decode(
                form["assertion"], private_key().public_key(), ["RS256"], audience=TOKEN,
                options={"verify_exp": False, "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidSignatureError as error:
            raise FaultError("invalid_grant", "Invalid JWT Signature.") from error
        assert claims.keys() == {"iss", "scope", "aud", "iat", "exp"}
        assert claims["iss"] == ACCOUNT
        assert claims["scope"] == "https://www.googleapis.com/auth/bigquery"
        assert claims["exp"] - claims["iat"] == 3600
        self._count += 1
        self.tokens.add(f"ya29.{self._count}")
        return {"access_token": f"ya29.{self._count}", "expires_in": 3599, "token_type": "Bearer"}

    def _make(self, document: dict[str, Any]) -> Any:
        assert document.keys() - {"defaultTableExpirationMs"} == {"datasetReference", "location"}
        reference = document["datasetReference"]
        assert reference.keys() == {"projectId", "datasetId"}
        assert re.fullmatch(r"\w{1,1024}", reference["datasetId"], re.ASCII)
        assert document["location"] == LOCATION
        assert int(document.get("defaultTableExpirationMs", 3_600_000)) >= 3_600_000
        if self._is_there(reference["datasetId"]):
            raise FaultError("duplicate", f"Already Exists: Dataset {PROJECT}:{reference['datasetId']}")
        self.datasets[reference["datasetId"]] = document
        self._db.execute(f'CREATE SCHEMA "{reference["datasetId"]}"')
        return document

    def _is_there(self, dataset: str) -> bool:
        return dataset in self.datasets

    def _data(self, dataset: str, table: str) -> Any:
        try:
            rows = self._db.cursor().execute(f'SELECT * FROM "{dataset}"."{table}"').fetchall()  # noqa: S608
        except duckdb.CatalogException as error:
            raise FaultError("notFound", f"Not found: Table {PROJECT}:{dataset}.{table}") from error
        found: dict[str, Any] = {"kind": "bigquery#tableDataList", "totalRows": str(len(rows))}
        return found | ({"rows": [{"f": [{"v": value} for value in row]} for row in rows[:1]]} if rows else {})

    # --- Jobs ---

    def _begin(self, document: dict[str, Any], do: Callable[[Job], None]) -> Any:
        assert document.keys() == {"jobReference", "configuration"}
        reference = document["jobReference"]
        assert reference.keys() == {"projectId", "jobId", "location"}
        assert (reference["projectId"], reference["location"]) == (PROJECT, LOCATION)
        assert re.fullmatch(r"[\w-]{1,1024}", reference["jobId"], re.ASCII)
        assert int(document["configuration"]["jobTimeoutMs"]) > 0
        if reference["jobId"] in self.jobs:
            self.repeated += 1
            raise FaultError("duplicate", f"Already Exists: Job {PROJECT}:{LOCATION}.{reference['jobId']}")
        job = self.jobs[reference["jobId"]] = Job()
        try:
            query = document["configuration"].get("query", {})
            self.starting("job_begins", query.get("query", ""))
            do(job)
        except FaultError as fault:
            job.error = fault
        return {**document, "status": {"state": "RUNNING"}}

    def _insert(self, document: dict[str, Any]) -> Any:
        assert document["configuration"].keys() == {"query", "jobTimeoutMs"}
        query = document["configuration"]["query"]
        optional = {"parameterMode", "queryParameters"}
        assert query.keys() - optional == {"query", "useLegacySql"}
        assert query["useLegacySql"] is False
        assert not optional & query.keys() or query["parameterMode"] == "NAMED"
        values = {each["name"]: _parameter(each) for each in query.get("queryParameters", [])}
        self.sent.append(query["query"])
        self.parameters.append(values)
        return self._begin(document, lambda job: self._carry_out(job, query["query"], values))

    def _status(self, name: str) -> Any:
        job = self._job(name)
        if self.slow > 0:
            self.slow -= 1
            return {"status": {"state": "RUNNING"}}
        status: dict[str, Any] = {"state": "DONE"}
        if job.error:
            status["errorResult"] = {"reason": job.error.reason, "message": str(job.error)}
        return {"status": status}

    def _results(self, name: str, parameters: Mapping[str, str]) -> Any:
        assert parameters.keys() - {"pageToken"} == {
            "location", "maxResults", "timeoutMs", "formatOptions.useInt64Timestamp",
        }  # fmt: skip
        assert parameters["location"] == LOCATION
        job = self._job(name)
        if self.slow > 0:
            self.slow -= 1
            return {"jobComplete": False}
        if job.error and job.is_script:  # https://github.com/googleapis/google-cloud-go/issues/3304
            return {"jobComplete": True}
        if job.error:
            raise job.error
        first = int(parameters.get("pageToken", 0))
        rows = job.rows[first : first + min(PAGE, int(parameters["maxResults"]))]
        fields = [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in job.columns]
        more = {"pageToken": str(first + PAGE)} if first + PAGE < len(job.rows) else {}
        found = [{"f": [{"v": _cell(value)} for value in row]} for row in rows]
        return {"jobComplete": True, "schema": {"fields": fields}, "totalRows": str(len(job.rows)), **more} | (
            {"rows": found} if found else {}
        )

    def _job(self, name: str) -> Job:
        if name not in self.jobs:
            raise FaultError("notFound", f"Not found: Job {PROJECT}:{LOCATION}.{name}")
        return self.jobs[name]

    # --- Loads ---

    def _upload(self, headers: Mapping[str, str], content: bytes) -> Any:
        kind, _, boundary = headers["content-type"].partition("; boundary=")
        assert kind == "multipart/related"
        assert int(headers["content-length"]) == len(content)
        mark = b"--" + boundary.encode()
        before, about, media, after = (b"\r\n" + content).split(b"\r\n" + mark)
        assert (before, after) == (b"", b"--\r\n")
        head, _, document = about.partition(b"\r\n\r\n")
        assert head == b"\r\nContent-Type: application/json; charset=UTF-8"
        head, _, lines = media.partition(b"\r\n\r\n")
        assert head == b"\r\nContent-Type: application/octet-stream"
        found = orjson.loads(document)
        assert found["configuration"].keys() == {"load", "jobTimeoutMs"}
        return self._begin(found, lambda _: self._load(found["configuration"]["load"], gzip.decompress(lines)))

    def _load(self, load: dict[str, Any], lines: bytes) -> None:
        reference = load.pop("destinationTable")
        fields = {each["name"]: each["type"] for each in load.pop("schema")["fields"]}
        assert load == {
            "sourceFormat": "NEWLINE_DELIMITED_JSON", "createDisposition": "CREATE_IF_NEEDED",
            "writeDisposition": "WRITE_TRUNCATE",
        }  # fmt: skip
        assert reference.keys() == {"projectId", "datasetId", "tableId"}
        self._named(reference["projectId"], reference["datasetId"])
        for line in lines.splitlines():
            for name, value in orjson.loads(line).items():
                assert _is_loaded(value, fields[name]), f"{value!r} is no {fields[name]}"
        table = f'"{reference["datasetId"]}"."{reference["tableId"]}"'
        declared = ", ".join(f"{name}: '{TYPES[kind]}'" for name, kind in fields.items())
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(lines)
            file.flush()
            read = f"read_json('{file.name}', format = 'newline_delimited', columns = {{{declared}}})"
            self._db.cursor().execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {read}")  # noqa: S608

    # --- Statements ---

    def _carry_out(self, job: Job, script: str, values: Mapping[str, Any]) -> None:
        if len(script) > MAX_SCRIPT:
            raise FaultError("invalid", "The query is too large.")
        if found := RESERVED.search(script):
            raise FaultError("invalidQuery", f"Syntax error: Unexpected keyword{found[0][3:].upper()}")
        named = set(re.findall(r"(?<!@)@([a-z]\w*)", script)) if values else set()
        assert named == values.keys(), (named, values.keys())
        cursor = self._db.cursor()
        several = script.removesuffix(";").split(";\n")
        job.is_script = len(several) > 1
        try:
            self._carry_out_all(cursor, job, several, values)
        except duckdb.TransactionException as error:
            raise FaultError(
                "invalidQuery", f"Query error: Transaction is aborted due to concurrent update against table {error}"
            ) from error
        except duckdb.CatalogException as error:
            raise FaultError("notFound", f"Not found: Table {PROJECT}:{error}") from error
        except duckdb.Error as error:
            raise FaultError("invalidQuery", f"{error} at [1:8]") from error
        finally:
            cursor.close()

    def _carry_out_all(
        self, cursor: duckdb.DuckDBPyConnection, job: Job, statements: Sequence[str], values: Mapping[str, Any]
    ) -> None:
        changed: set[str] | None = None
        affected = 0
        for sql in statements:
            if sql == "BEGIN TRANSACTION":
                cursor.begin()
                changed = set()
            elif sql == "COMMIT TRANSACTION":
                cursor.commit()
                changed = None
            elif guarded := GUARD.fullmatch(sql):
                if affected != 1:
                    raise FaultError("invalidQuery", f"{guarded[1]} at [3:31]")
            else:
                self._limit(sql, changed)
                affected = self._run(cursor, job, sql, values)

    def _limit(self, sql: str, changed: set[str] | None) -> None:
        """Raise what BigQuery raises for what a transaction may not do."""
        word = sql.split(" ", 1)[0]
        if changed is None:
            return
        if word in ("CREATE", "ALTER", "DROP"):
            raise FaultError("invalidQuery", "DDL statements are not supported in a transaction")
        if word in ("INSERT", "UPDATE", "DELETE", "MERGE") and (found := TABLE.search(sql)):
            changed.add(found[0])
        if len(changed) > MAX_TABLES:
            raise FaultError("invalidQuery", "The transaction modifies more tables than it may")

    def _run(self, cursor: duckdb.DuckDBPyConnection, job: Job, sql: str, values: Mapping[str, Any]) -> int:
        if found := DESCRIBED.fullmatch(sql):
            self._named(found[1], found[2])
            rows = cursor.execute(
                "SELECT table_name, lower(column_name), data_type FROM information_schema.columns"
                " WHERE table_schema = ? AND NOT starts_with(table_name, '_sluice_')"
                " ORDER BY table_name, ordinal_position",
                [found[2]],
            ).fetchall()
            job.rows = [(table, column, SCHEMA_TYPES.get(kind, kind)) for table, column, kind in rows]
            job.columns = [(name, "STRING") for name in ("table_name", "f0_", "data_type")]
            return 0
        if found := HAVING.fullmatch(sql):
            assert (found[1], found[2]) == (PROJECT, LOCATION.lower())
            query = "SELECT table_schema FROM information_schema.tables WHERE table_name = ? ORDER BY 1"
            job.rows = cursor.execute(query, [values["name"]]).fetchall()
            job.columns = [("table_schema", "STRING")]
            return 0
        if dropped := DROPPED.fullmatch(sql):
            self.datasets.pop(dropped[1], None)
            sql = f'DROP SCHEMA IF EXISTS "{dropped[1]}" CASCADE'
        for each in self._translated(sql):
            used = {name: value for name, value in values.items() if re.search(rf"\${name}\b", each)}
            answer = cursor.execute(each, used or None)
        columns = [(name, str(kind)) for name, kind, *_ in answer.description or []]
        job.rows = answer.fetchall()
        job.columns = [
            (name, "NUMERIC" if kind.startswith("DECIMAL") else ANSWER_TYPES.get(kind, "STRING"))
            for name, kind in columns
        ]
        return int(job.rows[0][0]) if job.rows and columns[0][0] == "Count" else 0

    def _named(self, project: str, dataset: str) -> None:
        assert project == PROJECT
        if not self._is_there(dataset):
            raise FaultError("notFound", f"Not found: Dataset {PROJECT}:{dataset} was not found in location {LOCATION}")

    def _translated(self, sql: str) -> list[str]:
        """Return a statement as DuckDB has it, which may be several."""

        def table(found: re.Match[str]) -> str:
            self._named(found[1], found[2])
            return f'"{found[2]}"."{found[3]}"'

        sql = TABLE.sub(table, sql)
        sql = re.sub(r"`([^`]+)`", lambda found: f'"{_column(found[1])}"', sql)
        sql = re.sub(r"IN UNNEST\(@(\w+)\)", r"IN (SELECT unnest($\1))", sql)
        sql = re.sub(r"(?<!@)@([a-z]\w*)", r"$\1", sql).replace("CURRENT_TIMESTAMP()", "now()::TIMESTAMP")
        if layout := re.search(r'( PARTITION BY TIMESTAMP_TRUNC\("received_at", DAY\))?( CLUSTER BY "id")?$', sql):
            if layout[0]:
                self.layouts[sql.split(" ")[5]] = layout[0].strip()
            sql = sql[: layout.start()]
        if sql.startswith(("CREATE TABLE", "ALTER TABLE")) and " AS SELECT " not in sql:
            sql = re.sub(
                rf'"[^"]*"|\b({"|".join(TYPES)})\b', lambda found: TYPES[found[1]] if found[1] else found[0], sql
            )
            if " SET DATA TYPE " in sql:
                assert sql.endswith(" SET DATA TYPE DOUBLE")
                assert sql.count("ALTER COLUMN") == 1
            head, *added = re.split(r",? ADD COLUMN ", sql)
            return [f"{head} ADD COLUMN {each}" for each in added] or [sql]
        return [sql]


def _column(name: str) -> str:
    """Return a name that a column may have. Raises FaultError for another.

    https://docs.cloud.google.com/bigquery/docs/schemas#column_names
    """
    if not re.fullmatch(r"[a-zA-Z_]\w*", name, re.ASCII) or len(name) > MAX_NAME or FORBIDDEN.match(name):
        raise FaultError("invalid", f"Invalid field name {name}")
    return name


def _is_loaded(value: Any, kind: str) -> bool:
    match kind:
        case "STRING":
            return isinstance(value, str) and "\0" not in value
        case "INT64":
            return isinstance(value, str) and -(2**63) <= int(value) < 2**63
        case "FLOAT64":
            return isinstance(value, float)
        case "BOOL":
            return isinstance(value, bool)
        case "TIMESTAMP":
            return isinstance(value, str) and MOMENT.fullmatch(value) is not None
    return False


def _parameter(given: dict[str, Any]) -> Any:
    assert given.keys() == {"name", "parameterType", "parameterValue"}
    kind, value = given["parameterType"], given["parameterValue"]
    if kind["type"] == "ARRAY":
        assert kind == {"type": "ARRAY", "arrayType": {"type": "STRING"}}
        return [each["value"] for each in value["arrayValues"]]
    assert kind.keys() == {"type"}
    text = value["value"]
    assert isinstance(text, str)
    if kind["type"] == "TIMESTAMP":
        assert MOMENT.fullmatch(text)
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return int(text) if kind["type"] == "INT64" else text


def _cell(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case datetime():
            return str((value - datetime(1970, 1, 1)) // timedelta(microseconds=1))  # noqa: DTZ001 - of BigQuery's
        case Decimal():
            return str(value)
        case _:
            return str(value)
