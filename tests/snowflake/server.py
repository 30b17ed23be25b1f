"""A Snowflake for tests: fakesnow, which is DuckDB, behind the protocol of Snowflake's own connectors.

Usage: python -m tests.snowflake.server PORT PUBLIC_KEY  (of .venv-snowflake, whose versions agree with nobody else's)

fakesnow is kinder than Snowflake, and has not all of it. Here is what is done otherwise:

- Who logs in has to be known: by a token that the private key of PUBLIC_KEY signed, or by the password.
- A statement that declares commits the transaction that is open, and UPDATE, DELETE and MERGE lock their table until
  theirs ends: others wait for LOCK_TIMEOUT seconds. https://docs.snowflake.com/en/sql-reference/transactions
- What Snowflake does not have is refused, and so is what is longer than it takes.
- A request that is repeated has the answer of the first one.
- Several columns are dropped in one statement, all or none. CSV is copied as mended.py says.
"""

import asyncio
import base64
import gzip
import hashlib
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fakesnow.server
import jwt
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.snowflake.mended import mend

ACCOUNT, USER, PASSWORD = "ACME-TEST", "LOADER", "open sesame"
#: What has to be there, in SQL's spelling: the twin has no databases but those that somebody connects to.
WAREHOUSES, ROLES = {"LOADING"}, {"LOADER_ROLE"}
#: https://docs.snowflake.com/en/user-guide/query-size-limits and /en/sql-reference/identifiers-syntax
MAX_STATEMENT, MAX_NAME = 1_000_000, 255
UNKNOWN = re.compile(r"ON CONFLICT|\bRETURNING\b|FILTER \(|;\s*\S|ALTER COLUMN .* TYPE FLOAT", re.IGNORECASE)
DECLARES = re.compile(r"\s*(CREATE|ALTER (?!SESSION)|DROP)\b", re.IGNORECASE)
LOCKS = re.compile(r'\s*(?:UPDATE|DELETE FROM|MERGE INTO)\s+((?:"[^"]+"\.?)+)', re.IGNORECASE)
DROPS = re.compile(r'\s*(ALTER TABLE \S+) DROP COLUMN ((?:"[^"]+"(?:, )?){2,})')


class RefusedError(Exception):
    """An answer that says no."""

    def __init__(self, code: str, text: str, state: str = "42000") -> None:
        super().__init__(text)
        self.code, self.state = code, state

    def response(self) -> Response:
        data = {"errorCode": self.code, "sqlState": self.state, "queryId": "00000000-0000-0000-0000-000000000000"}
        return JSONResponse({"success": False, "code": self.code, "message": str(self), "data": data})


@dataclass
class Session:
    """`is_open` is a transaction; `locked` are its tables."""

    database: str
    lock_timeout: float
    is_open: bool = False
    locked: set[str] = field(default_factory=set)


@dataclass
class Fault:
    """What happens to the next statements that match: `kind` is "refuse", "lose" the answer, or "cut" the request."""

    pattern: str
    kind: str
    times: int
    code: str = ""
    message: str = ""


@dataclass
class Twin:
    """`sent` are the statements by database."""

    public_key: Any
    sessions: dict[str, Session] = field(default_factory=dict)
    sent: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    logins: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Response] = field(default_factory=dict)

    def fault(self, text: str, *kinds: str) -> Fault | None:
        for each in self.faults:
            if each.times and each.kind in kinds and re.search(each.pattern, text):
                each.times -= 1
                return each
        return None


#: The answer of somebody on the way, which drivers ask again after.
AWAY = Response(status_code=503)


async def cut(_: Any, __: Any, send: Any) -> None:
    """Answer up to the middle."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{"})


async def _body(request: Request) -> dict[str, Any]:
    body = await request.body()
    found: dict[str, Any] = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") else body)
    return found


def _admit(twin: Twin, data: dict[str, Any]) -> None:
    """Raise RefusedError for whom nobody knows. https://docs.snowflake.com/en/user-guide/key-pair-auth"""
    if data.get("AUTHENTICATOR") == "SNOWFLAKE_JWT":
        der = twin.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        print_ = base64.b64encode(hashlib.sha256(der).digest()).decode()
        subject = f"{ACCOUNT}.{USER}"
        try:
            jwt.decode(data["TOKEN"], twin.public_key, ["RS256"], issuer=f"{subject}.SHA256:{print_}", subject=subject)
        except jwt.InvalidTokenError as error:
            raise RefusedError("390144", f"JWT token is invalid. [{error}]", "08001") from error
    elif (data.get("LOGIN_NAME", "").upper(), data.get("PASSWORD")) != (USER, PASSWORD):
        raise RefusedError("390100", "Incorrect username or password was specified.", "08001")


def _login(twin: Twin) -> Callable[[Request], Awaitable[Response]]:
    async def login(request: Request) -> Response:
        data = (await _body(request))["data"]
        twin.logins.append({**dict(request.query_params), **data})
        if fault := twin.fault("LOGIN", "refuse", "cut"):
            return cut if fault.kind == "cut" else RefusedError(fault.code, fault.message, "08001").response()
        try:
            _admit(twin, data)
        except RefusedError as error:
            return error.response()
        answer = json.loads((await fakesnow.server.login_request(request)).body)
        parameters = data["SESSION_PARAMETERS"]
        database = request.query_params.get("databaseName", "")
        twin.sessions[answer["data"]["token"]] = Session(database, float(parameters.get("LOCK_TIMEOUT", 43_200)))
        answer["data"] |= {"masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 14_400}
        answer["data"] |= {"sessionId": len(twin.sessions)}
        return JSONResponse(answer)

    return login


def _query(twin: Twin) -> Callable[[Request], Awaitable[Response]]:
    async def query(request: Request) -> Response:
        content = await _body(request)
        session = twin.sessions[fakesnow.server.to_token(request)]
        text = content["sqlText"]
        if (seen := twin.answers.get(request.query_params["requestId"])) is not None:
            return AWAY if twin.fault(text, "lose") else seen
        twin.sent.setdefault(session.database, []).append(text)
        if twin.fault(text, "cut"):
            return cut
        try:
            if fault := twin.fault(text, "refuse"):
                raise RefusedError(fault.code, fault.message)
            _read(text)
            answer = await _carried_out(twin, request, content, session)
        except RefusedError as error:
            answer = error.response()
        twin.answers[request.query_params["requestId"]] = answer
        return AWAY if twin.fault(text, "lose") else answer

    return query


def _session(twin: Twin) -> Callable[[Request], Awaitable[Response]]:
    async def session(request: Request) -> Response:
        """End a session: its transaction is gone, and its locks with it."""
        if request.query_params.get("delete"):
            twin.sessions.pop(fakesnow.server.to_token(request), None)
        answer: Response = await fakesnow.server.session(request)
        return answer

    return session


def _read(text: str) -> None:
    """Raise RefusedError for what Snowflake would not take."""
    if len(text.encode()) > MAX_STATEMENT:
        raise RefusedError("000401", "statement too large")
    bare = re.sub(r"'(?:[^']|'')*'", "''", text)
    if unknown := UNKNOWN.search(bare):
        raise RefusedError("001003", f"SQL compilation error:\nsyntax error unexpected '{unknown[0]}'.")
    if any(len(name) > MAX_NAME for name in re.findall(r'"([^"]+)"', bare)):
        raise RefusedError("000972", "SQL compilation error: identifier is too long")
    if used := re.fullmatch(r"\s*USE (ROLE|WAREHOUSE) (\S+)", text):
        known = ROLES if used[1] == "ROLE" else WAREHOUSES
        if used[2].strip('"') not in known:
            raise RefusedError("002043", f"Object does not exist, or operation cannot be performed: {used[2]}", "02000")


async def _carried_out(twin: Twin, request: Request, content: dict[str, Any], session: Session) -> Response:
    text = content["sqlText"]
    if re.fullmatch(r"\s*USE (ROLE|WAREHOUSE) \S+", text):
        return await _asked(request, {**content, "sqlText": "SELECT 'Statement executed successfully.' AS status"})
    if DECLARES.match(text) and session.is_open:
        await _asked(request, {**content, "sqlText": "COMMIT", "bindings": None})
        _end(session)
    if locked := LOCKS.match(text):
        await _lock(twin, session, f"{session.database}.{locked[1]}")
    if dropped := DROPS.fullmatch(text):
        return await _drop(request, content, dropped[1], dropped[2].split(", "))
    answer = await _asked(request, content)
    word = text.strip().upper()
    if word.startswith("BEGIN"):
        session.is_open = True
    elif word.startswith(("COMMIT", "ROLLBACK")) or not session.is_open:
        _end(session)
    return answer


def _end(session: Session) -> None:
    session.is_open = False
    session.locked.clear()


async def _lock(twin: Twin, session: Session, table: str) -> None:
    until = time.monotonic() + session.lock_timeout
    while any(table in each.locked for each in twin.sessions.values() if each is not session):
        if time.monotonic() > until:
            raise RefusedError(
                "000625", "Statement has locked table in transaction and this lock has not been released"
            )
        await asyncio.sleep(0.02)
    session.locked.add(table)


async def _drop(request: Request, content: dict[str, Any], table: str, names: list[str]) -> Response:
    """Drop several columns; none, if one is not there."""
    there = f"SELECT {', '.join(names)} FROM {table.removeprefix('ALTER TABLE ')} LIMIT 0"  # noqa: S608 - of a test
    found = await _asked(request, {**content, "sqlText": there})
    if not json.loads(found.body)["success"]:
        raise RefusedError("000904", "SQL compilation error: invalid identifier")
    for name in names:
        answer = await _asked(request, {**content, "sqlText": f"{table} DROP COLUMN {name}"})
    return answer


async def _asked(request: Request, content: dict[str, Any]) -> Response:
    """Have fakesnow carry out a statement."""
    sent = json.dumps(content).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    headers = [each for each in request.scope["headers"] if each[0].lower() != b"content-encoding"]
    answer: Response = await fakesnow.server.query_request(Request({**request.scope, "headers": headers}, receive))
    if not content["sqlText"].startswith("PUT "):
        return answer
    told = json.loads(answer.body)
    if told["success"]:  # fakesnow reads no options of PUT, and says less of the stage than connectors ask now
        told["data"] |= {"overwrite": True, "sourceCompression": "gzip", "encryptionMaterial": None}
        told["data"]["stageInfo"] |= {"region": "", "path": "", "isClientSideEncrypted": False}
    return JSONResponse(told)


def _control(twin: Twin) -> Iterator[Route]:
    async def add(request: Request) -> Response:
        twin.faults.append(Fault(**await request.json()))
        return JSONResponse({})

    async def clear(_: Request) -> Response:
        twin.faults.clear()
        return JSONResponse({})

    async def told(request: Request) -> Response:
        return JSONResponse({"sent": twin.sent.get(request.path_params["database"], []), "logins": twin.logins})

    yield Route("/twin/faults", add, methods=["POST"])
    yield Route("/twin/faults", clear, methods=["DELETE"])
    yield Route("/twin/told/{database}", told, methods=["GET"])


def main(port: int, public_key: Path) -> None:
    twin = Twin(load_pem_public_key(public_key.read_bytes()))
    ours = {
        "/session/v1/login-request": _login(twin),
        "/queries/v1/query-request": _query(twin),
        "/session": _session(twin),
    }
    routes = [
        Route(each.path, ours.get(each.path, each.endpoint), methods=list(each.methods or ()))
        for each in fakesnow.server.routes
    ]
    mend()
    uvicorn.run(Starlette(routes=[*_control(twin), *routes]), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
