"""A server on loopback that answers as AWS and as a vendor would, for processes of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import orjson

from checks.bench.aws import CountingAws


class Server(ThreadingHTTPServer):
    """`aws` is what answers; `forget` gives it an empty one, which knows nothing of what was sent before."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.forget()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def forget(self) -> None:
        self.aws = CountingAws()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in one piece: else the second waits for the first one's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
        status, answer = self._answered(operation, body) if operation else (200, b"{}")
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answered(self, operation: str, body: bytes) -> tuple[int, bytes]:
        server = cast("Server", self.server)
        with server.lock:
            return server.aws.answer(operation, orjson.loads(body))

    def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002 - the library's name


@contextmanager
def answering() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
