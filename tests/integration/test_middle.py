"""Router and archive in the real runtime: from one queue to the next, to the dedupe table, and to the bucket.

The examples follow one batch through the system, so each stage's output is compared with the next one's input.
"""

import json
import re
from typing import Any

import pytest

from sluice.messages.pack import Pack, load
from sluice.router.dedupe import KEY_BYTES, OWNER_BYTES, claim_of
from tests.integration.cloud import Cloud
from tests.integration.conftest import Functions
from tests.integration.examples import bodies, example, message_ids, sent


def packs(cloud: Cloud, queue: str) -> dict[str, Pack]:
    """The packs on a queue by their kind; of each there is one."""
    found = [load(body) for body in cloud.take(queue)]
    assert len({pack.header.kind for pack in found}) == len(found)
    return {pack.header.kind: pack for pack in found}


def documents(pack: Pack) -> list[dict[str, Any]]:
    assert pack.header.count == len(pack.documents)
    return [json.loads(document) for document in pack.documents]


def without_ids(packs: list[str]) -> list[str]:
    """Each pack has an id that no other has."""
    return [re.sub(r'"id":"[0-9a-f-]+"', '"id":""', body, count=1) for body in packs]


def given_back(*ids: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


def test_each_example_is_what_the_stage_before_it_writes(cloud: Cloud, functions: Functions) -> None:
    functions("TrackingFunction").invoke(example("tracking-batch-from-python-sdk"))
    assert cloud.take("EventsQueue") == bodies("router-one-batch")

    functions("RouterFunction").invoke(example("router-one-batch"))
    assert without_ids(cloud.take("ArchiveQueue")) == without_ids(bodies("archive-two-packs")[:1])
    assert without_ids(cloud.take("DestinationcrmQueue")) == without_ids(bodies("destination-webhook-pack"))


def test_a_batch_becomes_events_for_the_archive_and_for_the_destination(cloud: Cloud, functions: Functions) -> None:
    answer = functions("RouterFunction").invoke(example("router-one-batch"))

    archived = documents(packs(cloud, "ArchiveQueue")["events"])
    delivered = documents(packs(cloud, "DestinationcrmQueue")["delivery"])
    assert answer == given_back()
    assert [event["type"] for event in archived] == ["identify", "track", "page"]
    assert [{"sourceId": "server", **event} for event in delivered] == archived
    assert {event["receivedAt"] for event in archived} == {"2026-11-23T15:18:47.995Z"}


def test_ids_are_remembered_together_with_the_request_that_brought_them(cloud: Cloud, functions: Functions) -> None:
    functions("RouterFunction").invoke(example("router-one-batch"))

    (page,) = cloud.remembered()
    request = example("tracking-batch-from-python-sdk")["requestContext"]["requestId"]
    (entry,) = (bytes(value["B"]) for value in page["entries"]["L"])
    assert page["bucket"]["S"].startswith("server/")
    assert entry.startswith(claim_of("server", "any", None, request).owner)
    assert len(entry) == OWNER_BYTES + 2 + 3 * KEY_BYTES
    assert "expires" in page


def test_a_message_that_sqs_delivers_again_after_a_crash_is_sent_again(cloud: Cloud, functions: Functions) -> None:
    router = functions("RouterFunction")
    router.invoke(example("router-one-batch"))
    first = cloud.take("ArchiveQueue")
    cloud.forget("LedgerTable")

    router.invoke(example("router-one-batch"))

    assert without_ids(cloud.take("ArchiveQueue")) == without_ids(first)


def test_a_message_that_is_done_is_not_worked_on_again(cloud: Cloud, functions: Functions) -> None:
    chain = (("RouterFunction", "router-one-batch"), ("ArchiveFunction", "archive-two-packs"))
    for name, message in chain:
        functions(name).invoke(example(message))
    before = (cloud.take("ArchiveQueue"), cloud.take("DestinationcrmQueue"), cloud.objects("events"))

    for name, message in chain:
        assert functions(name).invoke(example(message)) == given_back()

    assert all(before)
    assert (cloud.take("ArchiveQueue"), cloud.take("DestinationcrmQueue")) == ([], [])
    assert cloud.objects("events") == before[2]


def test_a_batch_that_its_client_sends_again_is_kept_once(cloud: Cloud, functions: Functions) -> None:
    router = functions("RouterFunction")

    answer = router.invoke(example("router-client-retry"))

    assert answer == given_back()
    assert packs(cloud, "ArchiveQueue")["events"].header.count == 3
    assert packs(cloud, "DestinationcrmQueue")["delivery"].header.count == 3
    assert [step["step"] for step in router.steps()] == ["routed"] * 3 + ["duplicate"] * 3


def test_bad_events_cost_the_good_ones_nothing_and_are_kept_with_their_reason(
    cloud: Cloud, functions: Functions
) -> None:
    answer = functions("RouterFunction").invoke(example("router-mixed-good-and-bad"))

    found = packs(cloud, "ArchiveQueue")
    events, rejected = documents(found["events"]), documents(found["rejected"])
    assert answer == given_back()
    assert [event["type"] for event in events] == ["track", "group", "track", "identify", "track"]
    assert [(each["sourceId"], each["reason"], each.get("messageId")) for each in rejected] == [
        ("server", "event_not_defined", "mixed-2"),
        ("server", "no_user_anon_id", "mixed-3"),
        ("server", "bad_request", "mixed-4"),
        ("server", "bad_request", None),
        ("server", "bad_request", None),
        ("unknown", "unknown_source", None),
    ]
    assert rejected[4]["original"].encode() == sent(example("tracking-malformed-json"))
    assert found["rejected"].documents == load(bodies("archive-two-packs")[1]).documents


def test_a_poison_message_is_buried_alone_with_its_reason(cloud: Cloud, functions: Functions) -> None:
    answer = functions("RouterFunction").invoke(example("router-poison-message"))

    assert answer == given_back()
    assert cloud.reasons("EventsDeadLetterQueue") == ["version None of the message format is not known here"]
    assert [event["type"] for event in documents(packs(cloud, "ArchiveQueue")["events"])] == ["identify", "track"]


def test_what_a_queue_does_not_take_waits_on_the_events_queue(cloud: Cloud, functions: Functions) -> None:
    with cloud.without("ArchiveQueue"):
        answer = functions("RouterFunction").invoke(example("router-one-batch"))

    assert answer == given_back()
    assert cloud.delayed("EventsQueue") == 1, "the pack for the archive"
    delivered = cloud.take("DestinationcrmQueue")
    assert without_ids(delivered) == without_ids(bodies("destination-webhook-pack")), "which costs it nothing"


@pytest.mark.parametrize("absent", ["DEDUPE_TABLE", "LEDGER_TABLE", "EVENTS_QUEUE_URL"])
def test_what_can_go_nowhere_is_given_back(cloud: Cloud, functions: Functions, absent: str) -> None:
    router = functions("RouterFunction", **{absent: cloud.absent("ArchiveQueue")})

    answer = router.invoke(example("router-one-batch"))

    assert answer == given_back(*message_ids("router-one-batch"))


def test_packs_end_in_the_bucket_a_document_to_a_line(cloud: Cloud, functions: Functions) -> None:
    answer = functions("ArchiveFunction").invoke(example("archive-two-packs"))

    assert answer == given_back()
    for area, body in zip(("events", "rejected"), bodies("archive-two-packs"), strict=True):
        (content,) = cloud.objects(area)
        assert content == b"".join(document + b"\n" for document in load(body).documents)


def test_a_pack_that_cannot_be_read_is_buried_alone_with_its_reason(cloud: Cloud, functions: Functions) -> None:
    answer = functions("ArchiveFunction").invoke(example("archive-broken-pack"))

    assert answer == given_back()
    assert cloud.reasons("ArchiveDeadLetterQueue") == ["not base64: Only base64 data is allowed"]
    assert len(cloud.objects("events")) == 1


def test_without_its_stream_nothing_is_taken_for_archived(cloud: Cloud, functions: Functions) -> None:
    archive = functions("ArchiveFunction", EVENTS_STREAM="absent")

    answer = archive.invoke(example("archive-two-packs"))

    events, _ = message_ids("archive-two-packs")
    assert answer == given_back(events)
    assert cloud.objects("events") == []
    assert len(cloud.objects("rejected")) == 1


def test_what_a_destination_does_not_get_is_told_with_its_reason(cloud: Cloud, functions: Functions) -> None:  # noqa: ARG001
    message = example("router-one-batch")
    body = message["Records"][0]["body"]
    message["Records"][0]["body"] = body.replace('"integrations": {}', '"integrations": {"All": false}')
    assert message["Records"][0]["body"] != body
    router = functions("RouterFunction")

    router.invoke(message)

    (told,) = [each for each in router.steps() if each["step"] == "discarded"]
    assert (told["destination"], told["reason"], told["count"]) == ("crm", "FILTERED_BY_INTEGRATIONS_OBJECT", 3)
