"""Messages on our queues survive every payload, and SQS takes them."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.messages import envelope, pack
from sluice.messages.encoding import COMPRESS_ABOVE, UndecodableError, inflate, is_compressed, to_bytes, to_text
from sluice.messages.header import MalformedMessageError
from sluice.messages.pack import Pack, PackHeader, chunks
from tests import examples


@given(st.binary(max_size=300))
def test_any_payload_comes_back_as_it_was(payload: bytes) -> None:
    text, encoding = to_text(payload)
    assert to_bytes(text, encoding, limit=1000) == payload


@given(st.text(alphabet=st.sampled_from("a\x00\x1f\ufffe\uffff\ufffd\u20ac🚀\n\t"), max_size=50))
def test_sqs_gets_no_character_that_it_refuses(content: str) -> None:
    text, _ = to_text(content.encode())
    assert not set(text) & set("\x00\x1f\ufffe\uffff")


def test_readable_json_stays_readable() -> None:
    assert to_text('{"name":"Núñez"}'.encode()) == ('{"name":"Núñez"}', "identity")


def test_large_payloads_are_compressed_because_sqs_bills_by_64_kb() -> None:
    text, encoding = to_text(b'{"event":"Order Completed"}' * 10_000)
    assert encoding == "gzip+base64"
    assert len(text) < COMPRESS_ABOVE


def test_a_bomb_is_refused_before_it_has_grown() -> None:
    bomb = zlib.compress(b"\x00" * 50_000_000, wbits=31)
    with pytest.raises(UndecodableError, match="more than 1000 bytes"):
        inflate(bomb, 1000)


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8bnonsense", zlib.compress(b"x" * 5000, wbits=31)[:-9]])
def test_damaged_gzip_is_an_error_and_not_half_a_payload(damage: bytes) -> None:
    with pytest.raises(UndecodableError):
        inflate(damage, 10_000)


def test_a_body_of_several_members_is_read_whole() -> None:
    assert inflate(gzip.compress(b'{"a":') + gzip.compress(b"1}"), 100) == b'{"a":1}'


def test_zlib_is_read_as_gzip_is_and_padding_behind_it_is_left_out() -> None:
    body = zlib.compress(b'{"a":1}') + bytes(100)
    assert is_compressed(body)
    assert inflate(body, 100) == b'{"a":1}'
    assert not is_compressed(b'{"a":1}')


def test_a_bomb_in_the_second_member_costs_no_more_than_an_honest_body() -> None:
    with pytest.raises(UndecodableError):
        inflate(gzip.compress(b"{}") + gzip.compress(b"x" * 1_000_000), 1000)


def test_members_without_end_are_refused() -> None:
    with pytest.raises(UndecodableError):
        inflate(gzip.compress(b"") * 1000, 1000)


def test_an_envelope_keeps_every_field() -> None:
    sealed = examples.envelope(examples.TRACK, type="track", user_agent="agent/1", refused="bad_request")
    assert envelope.load(envelope.dump(sealed)) == sealed


def test_what_strangers_put_into_a_header_cannot_make_sqs_refuse_it() -> None:
    sealed = examples.envelope(examples.TRACK, source=None, write_key="\ufffe\uffffé🚀", user_agent="\x00")
    body = envelope.dump(sealed)
    assert body.partition("\n")[0].isascii()
    assert "\x00" not in body
    assert envelope.load(body) == sealed


def test_copies_of_a_request_have_one_ticket_and_other_requests_have_others() -> None:
    sealed = examples.envelope(examples.TRACK)
    assert envelope.load(envelope.dump(sealed)).key == sealed.key
    assert examples.envelope(examples.TRACK, request_id="req-2").key != sealed.key


def test_each_pack_has_a_ticket_of_its_own_that_its_copies_share() -> None:
    one, other = (pack.Pack(pack.PackHeader(kind="events", count=0), ()) for _ in range(2))
    assert one.key == pack.load(pack.dump(one)).key != other.key


@pytest.mark.parametrize("body", ["", "not json\n{}", "[]\n{}", '{"v":99}\n{}', '{"v":1,"kind":"call"}\n{}'])
def test_what_is_not_an_envelope_is_told_apart(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        envelope.load(body)


def test_a_field_of_a_later_version_does_no_harm() -> None:
    body = envelope.dump(examples.envelope(examples.TRACK)).replace('{"v":1,', '{"v":1,"later":true,', 1)
    assert envelope.load(body) == examples.envelope(examples.TRACK)


def test_a_pack_keeps_its_documents_and_what_is_known_of_the_last_attempt() -> None:
    header = PackHeader(
        kind="delivery", count=2, destination="crm", attempt=3, reason="503", status=503, response="sorry"
    )
    assert pack.load(pack.dump(Pack(header, (b'{"a":1}', b'{"b":2}')))) == Pack(header, (b'{"a":1}', b'{"b":2}'))


@given(st.lists(st.binary(max_size=40)), st.integers(1, 60), st.integers(1, 5))
def test_chunks_keep_order_size_and_number(documents: list[bytes], limit: int, most: int) -> None:
    runs = list(chunks(documents, limit, most))
    assert [index for run in runs for index in run] == list(range(len(documents)))
    for run in runs:
        assert 1 <= len(run) <= most
        assert len(run) == 1 or sum(len(documents[index]) + 1 for index in run) <= limit
