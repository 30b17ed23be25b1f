"""The way to a vendor: nowhere inside, no redirect, nothing endless, and TLS that is verified."""

import ssl
from collections.abc import Iterator

import pytest

from sluice.delivery.http_client import MAX_RESPONSE_BYTES, HttpTransport, fetched
from sluice.destinations.addresses import is_allowed, resolve
from sluice.destinations.http import ForbiddenTargetError, Request, UnreachableError
from sluice.sources.hook import UndecidedError
from tests.receiver import Receiver


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1%eth0", "fec0::1", "4000::1", "100::1",
        "fd00:ec2::254", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a00:1::", "2001:0:a00:1::",
    ],
)  # fmt: skip
def test_no_webhook_reaches_inside(address: str) -> None:
    assert not is_allowed(address)


def test_public_addresses_are_allowed_and_this_machine_only_where_it_was_said() -> None:
    assert is_allowed("93.184.215.14")
    assert is_allowed("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_allowed("127.0.0.1", loopback=True)
    assert not is_allowed("169.254.169.254", loopback=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]".strip("[]"), "2130706433", "0x7f.1"])
def test_a_name_is_checked_by_what_it_resolves_to(host: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        resolve(host, 443)


def test_a_name_that_does_not_resolve_is_worth_another_try() -> None:
    with pytest.raises(UnreachableError, match="does not resolve"):
        resolve("nowhere.invalid", 443)


@pytest.fixture
def send() -> Iterator[HttpTransport]:
    with HttpTransport(loopback=True) as transport:
        yield transport


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_the_transport_sends_what_it_was_given(send: HttpTransport, receiver: Receiver) -> None:
    response = send(Request(receiver.url + "/hook?a=1", b'{"a":1}', headers={"x-test": "yes"}))
    assert (response.status, response.body) == (200, b"ok")
    (received,) = receiver.received
    assert (received.path, received.body, received.headers["x-test"]) == ("/hook?a=1", b'{"a":1}', "yes")


def test_the_transport_follows_no_redirect(send: HttpTransport, receiver: Receiver) -> None:
    receiver.answer = lambda _: (302, {"location": receiver.url + "/elsewhere"}, b"")
    assert send(Request(receiver.url, b"")).status == 302
    assert len(receiver.received) == 1


def test_an_endless_answer_ends(send: HttpTransport, receiver: Receiver) -> None:
    receiver.answer = lambda _: (200, {}, b"x" * (3 * MAX_RESPONSE_BYTES))
    assert len(send(Request(receiver.url, b"")).body) == MAX_RESPONSE_BYTES


def test_a_vendor_that_is_silent_is_not_waited_for(send: HttpTransport, receiver: Receiver) -> None:
    receiver.delay = 3.0
    with pytest.raises(UnreachableError) as caught:
        send(Request(receiver.url, b"", timeout=0.2))
    assert caught.value.reason == "ETIMEDOUT"


def test_a_vendor_that_is_not_there_is_refused(send: HttpTransport) -> None:
    with Receiver() as gone:
        url = gone.url
    with pytest.raises(UnreachableError) as caught:
        send(Request(url, b""))
    assert caught.value.reason == "EREFUSED"


def test_the_transport_refuses_this_machine_unless_it_may(receiver: Receiver) -> None:
    with HttpTransport() as send, pytest.raises(ForbiddenTargetError):
        send(Request(receiver.url, b""))
    assert receiver.received == []


def test_tls_is_verified(send: HttpTransport) -> None:
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED
    with Receiver() as plain, pytest.raises(UnreachableError):
        send(Request(plain.url.replace("http:", "https:"), b"", timeout=2.0))


def test_what_a_proof_needs_of_a_vendor_is_fetched_with_get(send: HttpTransport, receiver: Receiver) -> None:
    assert fetched(receiver.url + "/a.pem", send) == b"ok"
    (received,) = receiver.received
    assert (received.method, received.path, received.body) == ("GET", "/a.pem", b"")


@pytest.mark.parametrize("answer", [(302, {"location": "/b.pem"}, b""), (404, {}, b"ok"), (503, {}, b"ok")])
def test_what_is_not_answered_with_200_is_not_decided(
    answer: tuple[int, dict[str, str], bytes], send: HttpTransport, receiver: Receiver
) -> None:
    receiver.answer = lambda _: answer
    with pytest.raises(UndecidedError):
        fetched(receiver.url, send)
    assert len(receiver.received) == 1


def test_what_is_silent_or_inside_is_not_decided(send: HttpTransport, receiver: Receiver) -> None:
    receiver.delay = 6.0
    with pytest.raises(UndecidedError):
        fetched(receiver.url, send)
    with pytest.raises(UndecidedError):
        fetched(receiver.url)
