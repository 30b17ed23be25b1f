"""The archive: many events to a record, and failures kept per message."""

from sluice.archive.records import archive
from sluice.messages import pack as packs
from sluice.messages.pack import MAX_DOCUMENTS
from tests.twins import MemoryIdempotencyStore, MemoryStream


def test_the_archive_gets_lines_of_at_most_500_to_a_record() -> None:
    documents = tuple(b'{"n":%d}' % n for n in range(1100))
    body = packs.dump(packs.Pack(packs.PackHeader(kind="events", count=1100), documents))
    stream = MemoryStream()
    counts: dict[str, int] = {}
    archived = archive([body], MemoryIdempotencyStore(), lambda _: stream, counts.update)
    assert [record.count(b"\n") for record in stream.records] == [MAX_DOCUMENTS, MAX_DOCUMENTS, 100]
    assert b"".join(stream.records) == b"\n".join(documents) + b"\n"
    assert (archived.failed, counts) == ({}, {"events": 1100})


def test_the_archive_gives_back_only_messages_with_a_record_that_failed() -> None:
    bodies = [packs.dump(packs.Pack(packs.PackHeader(kind="rejected", count=1), (b"{}",))) for _ in range(3)]
    stream = MemoryStream(refuse=lambda number: number == 2)
    store = MemoryIdempotencyStore()
    counts: dict[str, int] = {}
    archived = archive([*bodies, "garbage"], store, lambda _: stream, counts.update)
    assert (sorted(archived.failed), sorted(archived.unreadable)) == ([1], [3])
    assert counts == {"rejected": 2}

    again = archive(bodies, store, lambda _: stream, counts.update)
    assert (again.repeats, counts, len(stream.records)) == (2, {"rejected": 1}, 3)
