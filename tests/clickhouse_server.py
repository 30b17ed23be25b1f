"""ClickHouse's HTTP interface, as far as a loader uses it, on the real engine: chdb, which has it in the process.

Runs in .venv-clickhouse: `python clickhouse_server.py <folder> <user> <password>` prints its port. Statements run one
after the other. What the engine says is answered with the status and the code that a server gives; what a server does
before its engine, passwords and forms with rows, is done here. https://clickhouse.com/docs/interfaces/http
"""

import base64
import gzip
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from chdb import session

FOLDER, USER, PASSWORD = sys.argv[1:]
#: Parameters of a request that are no settings of the engine.
OWN = {"query", "query_id", "default_format", "wait_end_of_query"}
STATUS = {
    "AUTHENTICATION_FAILED": 403, "ACCESS_DENIED": 403, "UNKNOWN_TABLE": 404, "UNKNOWN_DATABASE": 404,
    "UNKNOWN_IDENTIFIER": 404, "UNKNOWN_FUNCTION": 404, "UNKNOWN_SETTING": 404, "SYNTAX_ERROR": 400,
    "BAD_ARGUMENTS": 400, "TYPE_MISMATCH": 400, "NOT_IMPLEMENTED": 501,
}  # fmt: skip
INSERT = re.compile(r"(INSERT INTO .+) FORMAT (RowBinaryWithNamesAndTypes)", re.DOTALL)
PART = re.compile(
    rb'--(?P<boundary>[^\r\n]+)\r\nContent-Disposition: form-data; name="(\w+)"; filename="(\w+)"\r\n'
    rb"Content-Type: application/octet-stream\r\n\r\n(.*)\r\n--(?P=boundary)--\r\n",
    re.DOTALL,
)

engine = session.Session(f"{FOLDER}/data")
at_work = threading.Lock()
running: set[str] = set()


class EngineError(Exception):
    """An error with its code and name, as the engine or the server before it says it."""


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def asked(sql: str, form: str = "TabSeparated") -> bytes:
    try:
        found: bytes = engine.query(sql, form).bytes()
    except Exception as error:
        raise EngineError(str(error)) from error
    return found


def file_of(content: bytes) -> str:
    path = Path(FOLDER) / "sent"
    path.write_bytes(content)
    return quoted(str(path))


def carried_out(parameters: dict[str, str], headers: dict[str, str], body: bytes) -> bytes:
    """Return the answer to a request, with its settings for that one alone."""
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    tables = {name.removesuffix("_structure") for name in parameters if name.endswith("_structure")}
    of_tables = {f"{table}_{what}" for table in tables for what in ("structure", "format")}
    settings = {name: value for name, value in parameters.items() if name not in OWN | of_tables}
    try:
        for name, value in settings.items():
            asked(f"SET {name} = {quoted(value)}")
        if tables:
            match = PART.fullmatch(body)
            assert match, "no form with one file"
            assert {match[2].decode(), match[3].decode()} == tables
            ((table,),) = (tables,)
            asked(f"CREATE TEMPORARY TABLE {table} ({parameters[f'{table}_structure']})")
            asked(f"INSERT INTO {table} FROM INFILE {file_of(match[4])} FORMAT {parameters[f'{table}_format']}")
            return asked(parameters["query"], parameters.get("default_format", "TabSeparated"))
        if "query" in parameters:
            insert = INSERT.fullmatch(parameters["query"])
            assert insert, "rows are for INSERT alone"
            return asked(f"{insert[1]} FROM INFILE {file_of(body)} FORMAT {insert[2]}")
        return asked(body.decode(), parameters.get("default_format", "TabSeparated"))
    finally:
        for table in tables:
            asked(f"DROP TEMPORARY TABLE IF EXISTS {table}")
        for name in settings:
            if not name.startswith("param_"):
                asked(f"SET {name} = DEFAULT")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        query_id = parameters.get("query_id", "")
        try:
            self._let_in()
            if query_id and query_id in running:
                text = f"Code: 216. DB::Exception: Query with id = {query_id} is already running."
                raise EngineError(f"{text} (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)")
            running.add(query_id)
            try:
                with at_work:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    self._answer(200, carried_out(parameters, headers, body), {})
            finally:
                running.discard(query_id)
        except EngineError as error:
            self._fail(str(error))

    def _let_in(self) -> None:
        given = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if given != f"{USER}:{PASSWORD}":
            said = f"{given.partition(':')[0]}: Authentication failed: password is incorrect, or there is no such user."
            raise EngineError(f"Code: 516. DB::Exception: {said} (AUTHENTICATION_FAILED)")

    def _fail(self, text: str) -> None:
        code = re.search(r"Code: ([0-9]+)", text)
        name = re.findall(r"\(([A-Z_]+)\)", text)
        headers = {"X-ClickHouse-Exception-Code": code[1] if code else "1000"}
        self._answer(STATUS.get(name[-1] if name else "", 500), f"{text} (version 26.9.2.1)\n".encode(), headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
