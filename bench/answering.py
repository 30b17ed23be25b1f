"""A server on loopback that answers as AWS and as a vendor would, for processes of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

#: By the end of the operation's name. An item that has been appended to is what a journal reads of its own entry.
_ANSWERS = {
    "SendMessage": b'{"MessageId":"m","MD5OfMessageBody":"0"}',
    "SendMessageBatch": b'{"Successful":[],"Failed":[]}',
    "PutRecordBatch": b'{"FailedPutCount":0,"RequestResponses":[{"RecordId":"r"}]}',
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in one piece: else the second waits for the first one's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
        answer = _updated(body) if operation == "UpdateItem" else _ANSWERS.get(operation, b"{}")
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002 - the library's name


def _updated(body: bytes) -> bytes:
    """The page with nothing but this entry."""
    entry = orjson.loads(body)["ExpressionAttributeValues"][":entry"]
    return orjson.dumps({"Attributes": {"entries": entry, "bytes": {"N": "1"}}})


@contextmanager
def answering() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
