"""The adapters against moto: limits, partial failures, and whose an id is."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Literal

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from sluice.aws import clients, event_source, secrets
from sluice.aws.append_log import PAGE_BYTES
from sluice.aws.dedupe import REMEMBERED_SECONDS, DynamoDedupeStore
from sluice.aws.firehose import FirehoseStream
from sluice.aws.sqs import SqsQueue
from sluice.consumer import Consumed
from sluice.messages.encoding import MAX_MESSAGE_BYTES
from sluice.messages.queue import QueueUnavailableError
from sluice.router.dedupe import KEY_BYTES, OWNER_BYTES, Claim
from sluice.workspace.secrets import Reference
from tests.twins import MemoryQueue


@pytest.fixture
def url() -> str:
    return clients.sqs().create_queue(QueueName="events")["QueueUrl"]


def received(url: str) -> list[str]:
    found: list[str] = []
    while messages := clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def test_messages_of_any_number_and_size_are_sent(url: str) -> None:
    bodies = [str(n) for n in range(23)] + ["x" * 200_000] * 7
    assert SqsQueue(clients.sqs(), url).send_many(bodies) == []
    assert sorted(received(url)) == sorted(bodies)


def test_calls_keep_to_ten_entries_and_the_size_of_a_call(url: str) -> None:
    client = clients.sqs()
    sizes: list[tuple[int, int]] = []

    def record(params: dict[str, Any], **_: Any) -> None:
        entries = params["Entries"]
        sizes.append((len(entries), sum(len(entry["MessageBody"]) for entry in entries)))

    client.meta.events.register("provide-client-params.sqs.SendMessageBatch", record)
    SqsQueue(client, url).send_many(["x" * 240_000] * 9 + ["y"] * 30)
    assert all(count <= 10 and size <= MAX_MESSAGE_BYTES for count, size in sizes)
    assert len(sizes) == 6


def test_what_sqs_refuses_of_a_batch_is_tried_again_and_then_told() -> None:
    client = clients.sqs()
    refused = {"Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}], "Successful": []}
    with Stubber(client) as stub:
        stub.add_response("send_message_batch", refused)
        stub.add_response("send_message_batch", refused)
        stub.add_response("send_message_batch", refused)
        assert SqsQueue(client, "https://q").send_many(["a", "b"]) == [1]
        stub.add_response("send_message_batch", refused)
        stub.add_response("send_message_batch", {"Successful": [], "Failed": []})
        assert SqsQueue(client, "https://q").send_many(["a", "b"]) == []
        stub.add_client_error("send_message_batch", "ServiceUnavailable", http_status_code=503)
        assert SqsQueue(client, "https://q").send_many(["a", "b"]) == [0, 1]
        stub.add_client_error("send_message", "AWS.SimpleQueueService.NonExistentQueue")
        with pytest.raises(QueueUnavailableError):
            SqsQueue(client, "https://q").send("a")


@pytest.fixture
def dedupe() -> DynamoDedupeStore:
    clients.dynamodb().create_table(
        TableName="dedupe",
        KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "bucket", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoDedupeStore(clients.dynamodb(), "dedupe", now=lambda: 1000.0)


def claims(bucket: str, keys: range, owner: bytes) -> list[Claim]:
    return [Claim(bucket, key.to_bytes(KEY_BYTES), owner) for key in keys]


def owners(dedupe: DynamoDedupeStore, wanted: list[Claim]) -> set[bytes | None]:
    return set(dedupe.claim(wanted))


FIRST, SECOND = b"request1", b"request2"


def test_who_claims_first_owns_it_and_still_does_when_it_asks_again(dedupe: DynamoDedupeStore) -> None:
    assert owners(dedupe, claims("website/1", range(5), FIRST)) == {FIRST}
    assert owners(dedupe, claims("website/1", range(5), SECOND)) == {FIRST}
    assert owners(dedupe, claims("website/1", range(5), FIRST)) == {FIRST}
    assert owners(dedupe, claims("website/1", range(3, 8), SECOND)) == {FIRST, SECOND}


def test_of_two_that_claim_an_id_in_one_call_the_first_owns_it(dedupe: DynamoDedupeStore) -> None:
    both = [*claims("website/1", range(3), FIRST), *claims("website/1", range(1, 5), SECOND)]
    assert dedupe.claim(both) == [FIRST] * 3 + [FIRST] * 2 + [SECOND] * 2


def test_ids_that_come_together_are_one_item_that_ends_by_itself(dedupe: DynamoDedupeStore) -> None:
    owners(dedupe, claims("website/1", range(20), FIRST))
    (item,) = clients.dynamodb().scan(TableName="dedupe")["Items"]
    assert item["expires"] == {"N": str(1000 + REMEMBERED_SECONDS)}
    (entry,) = item["entries"]["L"]
    assert len(bytes(entry["B"])) == 20 * KEY_BYTES + OWNER_BYTES + 2


def test_more_ids_than_an_item_takes_are_remembered_all(dedupe: DynamoDedupeStore) -> None:
    many = claims("import/0", range(7000), FIRST)
    assert owners(dedupe, many) == {FIRST}
    assert owners(DynamoDedupeStore(clients.dynamodb(), "dedupe"), claims("import/0", range(7000), SECOND)) == {FIRST}


def test_pages_are_short_so_that_an_update_costs_little(dedupe: DynamoDedupeStore) -> None:
    for key in range(300):
        owners(dedupe, claims("website/1", range(key, key + 1), FIRST))
    pages = clients.dynamodb().scan(TableName="dedupe")["Items"]
    assert len(pages) > 5
    assert all(sum(len(bytes(entry["B"])) for entry in page["entries"]["L"]) < PAGE_BYTES + 20 for page in pages)


def test_without_the_table_nothing_is_claimed_and_nothing_raised() -> None:
    assert owners(DynamoDedupeStore(clients.dynamodb(), "absent"), claims("b", range(2), FIRST)) == {None}


def test_only_records_that_firehose_refused_are_put_again() -> None:
    client = clients.firehose()
    good, bad = {"RecordId": "r"}, {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"}
    with Stubber(client) as stub:
        first = {"DeliveryStreamName": "s", "Records": [{"Data": b"a"}, {"Data": b"b"}, {"Data": b"c"}]}
        stub.add_response("put_record_batch", {"FailedPutCount": 1, "RequestResponses": [good, bad, good]}, first)
        second = {"DeliveryStreamName": "s", "Records": [{"Data": b"b"}]}
        stub.add_response("put_record_batch", {"FailedPutCount": 0, "RequestResponses": [good]}, second)
        assert FirehoseStream(client, "s").put([b"a", b"b", b"c"]) == []
        for _ in range(4):
            stub.add_response("put_record_batch", {"FailedPutCount": 1, "RequestResponses": [bad]})
        assert FirehoseStream(client, "s").put([b"a"]) == [0]
        stub.add_client_error("put_record_batch", "ResourceNotFoundException")
        assert FirehoseStream(client, "s").put([b"a", b"b"]) == [0, 1]


def test_calls_to_firehose_keep_to_its_limits() -> None:
    client = clients.firehose()
    sizes: list[tuple[int, int]] = []
    ok = {"FailedPutCount": 0, "RequestResponses": []}

    def answer(params: dict[str, Any], **_: Any) -> None:
        sizes.append((len(params["Records"]), sum(len(record["Data"]) for record in params["Records"])))

    client.meta.events.register("provide-client-params.firehose.PutRecordBatch", answer)
    records = [b"x" * 1_000_000] * 9 + [b"y"] * 600
    with Stubber(client) as stub:
        for count in (4, 4, 500, 101):
            stub.add_response("put_record_batch", {**ok, "RequestResponses": [{"RecordId": "r"}] * count})
        assert FirehoseStream(client, "s").put(records) == []
    assert [count for count, _ in sizes] == [4, 4, 500, 101]
    assert all(size <= 4 * 1024 * 1024 for _, size in sizes)


def test_secrets_are_read_from_both_stores_and_never_shown() -> None:
    boto3.client("ssm").put_parameter(Name="/sluice/crm/key", Value="s3cret", Type="SecureString")
    boto3.client("secretsmanager").create_secret(Name="/sluice/crm/other", SecretString="0ther")
    assert secrets.resolve(Reference("secret", "/sluice/crm/key"), "prod") == "s3cret"
    assert secrets.resolve(Reference("secretsmanager", "/sluice/crm/other"), "prod") == "0ther"
    with pytest.raises(secrets.SecretUnavailableError, match="/sluice/crm/absent cannot be read, and there is no /slu"):
        secrets.resolve(Reference("secret", "/sluice/crm/absent"), "prod")


@pytest.mark.parametrize("store", ["secret", "secretsmanager"])
def test_a_stage_has_secrets_of_its_own_before_those_of_all_stages(store: Literal["secret", "secretsmanager"]) -> None:
    """Given a secret of prod and one of all stages, prod reads its own and every other stage the common one."""
    for name, value in (("/sluice/crm/key", "common"), ("/sluice/prod/crm/key", "of prod")):
        if store == "secret":
            boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        else:
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)
    reference = Reference(store, "/sluice/crm/key")
    assert {stage: secrets.resolve(reference, stage, True) for stage in ("prod", "dev")} == {
        "prod": "of prod",
        "dev": "common",
    }


def test_a_secret_of_the_stage_that_cannot_be_read_is_not_replaced_by_the_common_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a stage's secret that AWS does not give out for now, nothing is sent with the credentials of others."""

    def read(reference: Reference, _: bool) -> str:
        if reference.name == "/sluice/crm/key":
            return "common"
        try:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetParameter")
        except ClientError as error:
            raise GetParameterError(str(error)) from error

    monkeypatch.setattr(secrets, "_read", read)
    with pytest.raises(secrets.SecretUnavailableError, match="/sluice/prod/crm/key cannot be read"):
        secrets.resolve(Reference("secret", "/sluice/crm/key"), "prod")


def records(*receives: int) -> list[dict[str, Any]]:
    """Messages m0, m1, … as a function gets them, each delivered so many times."""
    return [
        {"messageId": f"m{n}", "body": f"body {n}", "attributes": {"ApproximateReceiveCount": str(count)}}
        for n, count in enumerate(receives)
    ]


def test_given_back_are_the_messages_that_failed() -> None:
    consumed = Consumed(failed={2: "why", 0: "why"})
    answer = event_source.give_back(records(1, 1, 1), consumed, MemoryQueue())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}


def test_what_was_given_back_before_comes_first() -> None:
    eldest = event_source.eldest_first(records(1, 3, 1, 2))
    assert [each["messageId"] for each in eldest] == ["m1", "m3", "m0", "m2"]
    answer = event_source.give_back(eldest, Consumed(failed={0: "out of time"}), MemoryQueue())
    assert answer["batchItemFailures"] == [{"itemIdentifier": "m1"}]


def test_what_comes_for_the_last_time_or_cannot_be_read_is_a_dead_letter_with_its_reason() -> None:
    consumed, dead_letters = Consumed(failed={0: "no queue"}, unreadable={1: "not JSON"}), MemoryQueue()
    last = records(*[event_source.MAX_RECEIVES] * 3)
    assert event_source.give_back(last, consumed, dead_letters) == {"batchItemFailures": []}
    assert (dead_letters.bodies, dead_letters.reasons) == (["body 0", "body 1"], ["no queue", "not JSON"])


def test_a_dead_letter_that_its_queue_does_not_take_is_left_to_sqs() -> None:
    answer = event_source.give_back(
        records(1), Consumed(unreadable={0: "not JSON"}), MemoryQueue(refuse=lambda _: True)
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_function_works_on_the_bodies_and_says_what_is_to_come_again() -> None:
    """Given messages of which one was given back before, the eldest is worked on first."""
    worked: list[str] = []

    def consume(bodies: Sequence[str], seconds_left: Callable[[], float]) -> Consumed:
        worked.extend(bodies)
        assert seconds_left() == 12.5
        return Consumed(failed={1: "why"}, repeats=1)

    context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 12_500)
    answer = event_source.sqs_handler(consume, MemoryQueue())({"Records": records(1, 2)}, context)
    assert worked == ["body 1", "body 0"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_dead_letter_keeps_its_body_and_has_its_reason_beside_it() -> None:
    client = boto3.client("sqs")
    url = client.create_queue(QueueName="dead")["QueueUrl"]
    SqsQueue(client, url).send_dead("body", "because")
    (message,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]["reason"]["StringValue"]) == ("body", "because")


def test_services_are_described_to_us_as_to_boto3() -> None:
    for service in ("sqs", "dynamodb", "firehose"):
        ours = clients.session().create_client(service, region_name="us-east-1")
        theirs = boto3.client(service, region_name="us-east-1")
        assert ours.meta.service_model.metadata == theirs.meta.service_model.metadata
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url
        assert list(ours.meta.method_to_api_mapping) == list(theirs.meta.method_to_api_mapping)
