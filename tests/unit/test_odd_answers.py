"""Vendors that do not speak HTTP as they should: what comes of it is an outcome or UnreachableError, and comes soon."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

import pytest

from sluice.delivery.http_client import HttpTransport
from sluice.destinations.http import Request, Response, UnreachableError


@contextlib.contextmanager
def vendor(pieces: Sequence[bytes], pause: float = 0.0, keeps_open: bool = False) -> Iterator[str]:
    """Reads a request, sends these pieces with a pause before each, and hangs up unless it keeps the line open."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    over.wait(pause)
                    connection.sendall(piece)
                if keeps_open:
                    over.wait(30)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        over.set()
        server.close()
        thread.join()


def answer(pieces: Sequence[bytes], pause: float = 0.0, keeps_open: bool = False) -> Response:
    with vendor(pieces, pause, keeps_open) as url, HttpTransport(loopback=True) as send:
        return send(Request(url, b"{}", timeout=0.3))


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b""),
        ([b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html>"], 200, b"<html>"),
        ([b'HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n'], 400, b'{"a":'),
        ([b"HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n"], 503, b""),
        ([b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example.com/\r\ncontent-length: 0\r\n\r\n"], 302, b""),
    ],
)
def test_a_status_that_was_said_counts_whatever_becomes_of_the_rest(
    pieces: list[bytes], status: int, body: bytes
) -> None:
    found = answer(pieces)
    assert (found.status, found.body) == (status, body)


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b""],
        [b"HTTP/1.1 "],
        [b"\x16\x03\x01\x02\x00\x01"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [b"HTTP/1.1 999999 ?\r\n\r\n"],
    ],
)
def test_what_is_no_answer_is_worth_another_try(pieces: list[bytes]) -> None:
    with pytest.raises(UnreachableError) as caught:
        answer(pieces)
    assert caught.value.reason == "ECONNRESET"


def test_headers_that_are_dripped_are_not_waited_for() -> None:
    drops = [b"HTTP/1.1 200 OK\r\n", *(f"x-drop-{number}: x\r\n".encode() for number in range(500))]
    with pytest.raises(UnreachableError) as caught:
        answer(drops, pause=0.05)
    assert caught.value.reason == "ETIMEDOUT"


def test_a_body_that_is_dripped_is_cut_off_and_the_status_counts() -> None:
    found = answer([b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n", *[b"x"] * 500], pause=0.05)
    assert found.status == 200
    assert 0 < len(found.body) < 500


def test_a_body_that_never_comes_is_not_waited_for() -> None:
    assert answer([b"HTTP/1.1 429 Slow\r\ncontent-length: 5\r\nretry-after: 7\r\n\r\n"], keeps_open=True) == Response(
        429, {"content-length": "5", "retry-after": "7"}, b""
    )


def test_time_is_left_for_the_next_after_a_slow_one() -> None:
    with HttpTransport(loopback=True) as send:
        for _ in range(2):
            with vendor([b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"], pause=0.2) as url:
                assert send(Request(url, b"{}", timeout=0.3)).status == 200
