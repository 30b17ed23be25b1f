"""The body of a request: what it is, never what its Content-Type says it is.

Clients send JSON as text/plain, as a form with gzip in it, or without any type; gzip with and without saying so.
"""

from dataclasses import dataclass, field
from typing import Any

from sluice.edge.request import Request
from sluice.messages.encoding import UndecodableError, inflate, is_compressed
from sluice.spec.json import InvalidJsonError, parse
from sluice.spec.limits import MAX_INFLATED_BYTES


class UnreadableBodyError(ValueError):
    """`code` and text are for the client; `kept` are the bytes to keep as rejected, if they can be."""

    def __init__(self, code: str, message: str, kept: bytes | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.kept = kept


@dataclass(frozen=True, slots=True)
class Body:
    text: bytes = field(repr=False)
    document: Any = field(repr=False)


def read_body(request: Request) -> Body:
    """The parsed body. Raises UnreadableBodyError."""
    text = inflated(request.body)
    try:
        document = parse(text)
    except InvalidJsonError as error:
        raise UnreadableBodyError("invalid_json", "The body is not valid JSON.", text) from error
    if not isinstance(document, dict):
        raise UnreadableBodyError("invalid_json", "The body is not a JSON object.", text)
    return Body(text, document)


def inflated(body: bytes) -> bytes:
    """Return a body as the client wrote it. Raises UnreadableBodyError.

    Its first bytes decide whether it is compressed, and not the header, which some clients leave out.
    """
    if not is_compressed(body):
        return body
    try:
        return inflate(body, MAX_INFLATED_BYTES)
    except UndecodableError as error:
        raise UnreadableBodyError("invalid_encoding", f"The body {error}.", body) from error
