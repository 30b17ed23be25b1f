"""What must stay true of template.yaml, whatever is added to it. Nothing is deployed, and AWS is not asked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.permissions import expand
from sluice.aws.event_source import MAX_RECEIVES
from sluice.router.rejections import Rejection
from sluice.spec.reasons import BAD_REQUEST
from sluice.warehouses import loader
from sluice.workspace.compiled import UNKNOWN_SOURCE
from tests import examples
from tests.stack import (
    COLLECTORS,
    CONSUMERS,
    EDGE,
    HOOK,
    RESOURCES,
    TEMPLATE,
    functions,
    of_type,
    properties,
    queues,
    references,
    source_of,
    window,
)

MIB = 1024 * 1024
FOURTEEN_DAYS = 14 * 24 * 3600
#: Of the name of the archive's bucket, wherever it stands.
ARCHIVE = {"Fn::If": ["OwnsArchive", {"Ref": "ArchiveBucket"}, {"Ref": "ArchiveBucketName"}]}
SOURCES = {"Fn::FindInMap": ["Workspace", "Sources", "Ids"]}


def alarm_on(queue: str) -> dict[str, Any]:
    """The one alarm whose metric is of this queue."""
    names = ({"Fn::GetAtt": [queue, "QueueName"]}, properties(queue)["QueueName"])
    (alarm,) = [
        alarm["Properties"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/SQS"
        and any(each["Value"] in names for each in alarm["Properties"]["Dimensions"])
    ]
    found: dict[str, Any] = alarm
    return found


def nulls(value: Any, place: str = "") -> list[str]:
    """Return the places of nulls. A flow map of YAML that is cut at a comma has them."""
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in nulls(each, f"{place}.{name}")]
    if isinstance(value, list):
        return [found for at, each in enumerate(value) for found in nulls(each, f"{place}[{at}]")]
    return [place] if value is None else []


def test_there_is_no_null_anywhere() -> None:
    assert nulls(TEMPLATE) == []
    assert nulls(RESOURCES) == []


class TestQueues:
    def test_there_are_those_of_the_flow(self) -> None:
        assert set(queues()) == {
            "EventsQueue",
            "ArchiveQueue",
            "DestinationcrmQueue",
            "DestinationmixpanelQueue",
            "WarehousemainQueue",
        }

    def test_each_has_a_dead_letter_queue_with_an_alarm(self) -> None:
        for name, queue in queues().items():
            redrive = queue["Properties"]["RedrivePolicy"]
            dead = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
            assert dead == name.replace("Queue", "DeadLetterQueue")
            most = MAX_RECEIVES if name != "WarehousemainQueue" else 2 * loader.TAKES
            assert redrive["maxReceiveCount"] == most, "before or at the last time, the function says why"

            alarm = alarm_on(dead)
            assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
            assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
            assert alarm["TreatMissingData"] == "notBreaching"
            assert "AlarmTopic" in references(alarm["AlarmActions"])

    def test_each_has_an_alarm_on_its_age(self) -> None:
        for name in queues():
            alarm = alarm_on(name)
            assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
            is_workspaces = isinstance(alarm["Threshold"], dict)
            assert is_workspaces or alarm["Threshold"] >= 900, "what SQS holds back is not late"
            assert "AlarmTopic" in references(alarm["AlarmActions"])

    def test_each_is_encrypted_keeps_messages_as_long_as_it_can_and_takes_large_ones(self) -> None:
        for queue in of_type("AWS::SQS::Queue").values():
            assert queue["Properties"]["SqsManagedSseEnabled"] is True
            assert queue["Properties"]["MessageRetentionPeriod"] == FOURTEEN_DAYS
            assert queue["Properties"]["MaximumMessageSize"] == MIB

    def test_each_refuses_what_does_not_come_over_tls(self) -> None:
        guarded = {}
        for policy in of_type("AWS::SQS::QueuePolicy").values():
            (queue,) = policy["Properties"]["Queues"]
            *_, guarded[queue["Ref"]] = policy["Properties"]["PolicyDocument"]["Statement"]

        for name in of_type("AWS::SQS::Queue"):
            assert guarded[name]["Effect"] == "Deny"
            assert guarded[name]["Action"] == "sqs:*"
            assert guarded[name]["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
            assert guarded[name]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    @pytest.mark.parametrize("consumer", CONSUMERS)
    def test_a_message_stays_hidden_for_six_attempts_of_its_function(self, consumer: str) -> None:
        queue, source = source_of(consumer)

        hidden = properties(queue)["VisibilityTimeout"]

        assert hidden >= 6 * properties(consumer)["Timeout"] + window(source)[1]


class TestFunctions:
    def test_there_are_those_of_the_flow(self) -> None:
        assert set(functions()) == {*COLLECTORS, HOOK, EDGE, *CONSUMERS, "WarehousemainFunction"}

    @pytest.mark.parametrize("consumer", CONSUMERS)
    def test_a_consumer_reports_failures_one_by_one_and_is_bounded(self, consumer: str) -> None:
        _, source = source_of(consumer)

        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        most = source["ScalingConfig"]["MaximumConcurrency"]
        if isinstance(most, dict):  # the workspace says
            _, table, destination = most["Fn::FindInMap"]
            most = TEMPLATE["Mappings"]["Workspace"][table].get(destination, 10)
        assert 2 <= most <= 50
        assert source["BatchSize"] <= 10 or window(source)[0] >= 1, "AWS refuses other pairs"

    def test_each_logs_to_a_group_of_its_own_with_a_retention(self) -> None:
        groups = [function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for function in functions().values()]

        assert len(set(groups)) == len(groups)
        for group in of_type("AWS::Logs::LogGroup").values():
            assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}

    def test_each_has_a_role_of_its_own(self) -> None:
        roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions().values()]

        assert len(set(roles)) == len(roles)

    @pytest.mark.parametrize("collector", [*COLLECTORS, EDGE])
    def test_a_collector_publishes_a_version_for_every_change(self, collector: str) -> None:
        """The alias would go on with the old settings otherwise: SAM sees neither parameters nor layers change."""
        function = properties(collector)

        assert function["AutoPublishAlias"] == "live"
        assert function["AutoPublishAliasAllProperties"] is True
        assert all(properties(layer)["PublishLambdaVersion"] for layer in ("SluiceLayer", "WorkspaceLayer", "WebLayer"))
        told = set(references(function["VersionDescription"]))
        asked = {
            *references(function["Environment"]),
            *references(TEMPLATE["Globals"]["Function"]["Environment"]),
            "Architecture",
            "SnapStart",
        }
        named_after_the_stage = {"Stage", "EventsQueue"}
        assert told == asked - named_after_the_stage

    def test_a_versions_description_never_gets_too_long(self) -> None:
        parameters = TEMPLATE["Parameters"]
        longest = sum(
            max(map(len, parameters[name]["AllowedValues"])) for name in ("Architecture", "LogLevel", "SnapStart")
        )

        assert longest + len("   ") + parameters["AllowedOrigins"]["MaxLength"] <= 256

    def test_names_fit_into_lambda_with_the_longest_stage_and_destination(self) -> None:
        destination = "d" * 32

        function = expand(TEMPLATE, destinations=[destination])[f"Destination{destination}Function"]["Properties"]

        assert len(function["FunctionName"]["Fn::Sub"].replace("${Stage}", "s" * 12)) <= 64


class TestArchive:
    def test_the_bucket_is_private_encrypted_and_outlives_the_stack(self) -> None:
        bucket = RESOURCES["ArchiveBucket"]

        assert bucket["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")
        assert bucket["UpdateReplacePolicy"] == "Retain"
        assert RESOURCES["ArchiveBucketPolicy"]["DeletionPolicy"] == bucket["DeletionPolicy"]
        assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
        assert bucket["Properties"]["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    def test_the_bucket_refuses_what_does_not_come_over_tls(self) -> None:
        (statement,) = properties("ArchiveBucketPolicy")["PolicyDocument"]["Statement"]

        assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert statement["Resource"] == [
            {"Fn::GetAtt": ["ArchiveBucket", "Arn"]},
            {"Fn::Sub": "${ArchiveBucket.Arn}/*"},
        ]

    @pytest.mark.parametrize("area", ["events", "rejected"])
    def test_documents_are_put_down_by_source_day_and_hour(self, area: str) -> None:
        stream = properties(f"{area}Stream")
        s3 = stream["ExtendedS3DestinationConfiguration"]

        by = "!{partitionKeyFromQuery:"
        assert s3["Prefix"] == f"{by}area}}/source={by}source}}/day={by}day}}/hour={by}hour}}/"
        assert s3["ErrorOutputPrefix"].startswith(f"errors/{area}/!{{firehose:error-output-type}}/")
        assert s3["CompressionFormat"] == "GZIP"
        assert s3["DynamicPartitioningConfiguration"]["Enabled"] is True
        assert s3["BufferingHints"]["SizeInMBs"] >= 64, "AWS demands it with dynamic partitioning"
        assert stream["DeliveryStreamEncryptionConfigurationInput"] == {"KeyType": "AWS_OWNED_CMK"}

    @pytest.mark.parametrize(
        ("table", "sources"),
        [("EventsTable", SOURCES), ("RejectedTable", {"Fn::Join": [",", [SOURCES, UNKNOWN_SOURCE]]})],
    )
    def test_athena_computes_the_partitions_that_firehose_writes(self, table: str, sources: Any) -> None:
        described = properties(table)["TableInput"]
        projected = described["Parameters"]

        assert [key["Name"] for key in described["PartitionKeys"]] == ["source", "day", "hour"]
        assert projected["projection.enabled"] == "true"
        assert projected["projection.source.values"] == sources
        assert (projected["projection.day.format"], projected["projection.hour.digits"]) == ("yyyy-MM-dd", "2")
        assert described["StorageDescriptor"]["Location"] == {
            "Fn::Sub": [f"s3://${{Bucket}}/{described['Name']}/", {"Bucket": ARCHIVE}]
        }

    def test_another_bucket_takes_the_place_of_the_own_one_everywhere(self) -> None:
        own = {name for name, resource in RESOURCES.items() if resource.get("Condition") == "OwnsArchive"}

        assert own == {"ArchiveBucket", "ArchiveBucketPolicy"}
        others = [resource for name, resource in RESOURCES.items() if name not in own]
        text = json.dumps([*others, *TEMPLATE["Outputs"].values()])
        assert text.count("ArchiveBucket") == 2 * text.count(json.dumps(ARCHIVE))

    def test_rejections_have_a_column_for_every_field(self) -> None:
        envelope = examples.envelope("\xff", source=None, write_key="k", type="track", user_agent="a")
        around = {"sentAt": examples.RECEIVED_AT}
        written = json.loads(Rejection.of(envelope, BAD_REQUEST, b"\xff", "m", None, around).document)
        columns = properties("RejectedTable")["TableInput"]["StorageDescriptor"]["Columns"]
        assert {column["Name"] for column in columns} == {field.lower() for field in written}

    @pytest.mark.parametrize("table", ["EventsTable", "RejectedTable"])
    def test_every_column_with_a_capital_is_mapped_to_its_key(self, table: str) -> None:
        storage = properties(table)["TableInput"]["StorageDescriptor"]
        serde = storage["SerdeInfo"]["Parameters"]
        mapped = {name.removeprefix("mapping."): key for name, key in serde.items() if name.startswith("mapping.")}

        assert serde["case.insensitive"] == "false"
        assert all(column == key.lower() != key for column, key in mapped.items())
        assert mapped.keys() <= {column["Name"] for column in storage["Columns"]}
        assert {"receivedat": "receivedAt", "sourceid": "sourceId", "messageid": "messageId"}.items() <= mapped.items()


class TestAlarmTopic:
    def test_cloudwatch_may_publish_through_the_topics_own_key(self) -> None:
        key = properties("AlarmKey")["KeyPolicy"]["Statement"]
        (publish,) = [
            s for s in properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"
        ]

        assert properties("AlarmTopic")["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlarmKey", "Arn"]}
        assert {"Service": "cloudwatch.amazonaws.com"} in [statement["Principal"] for statement in key]
        assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}

    def test_it_costs_nothing_without_an_address(self) -> None:
        for name in ("AlarmTopic", "AlarmTopicPolicy", "AlarmKey"):
            assert RESOURCES[name]["Condition"] == "HasAlarmEmail"


def test_every_route_with_a_method_has_its_own_throttle() -> None:
    """API Gateway counts each route by itself; only POST and $default are left to the stage's default."""
    api = properties("HttpApi")
    routes = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in of_type("AWS::Serverless::Function").values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi" and "Path" in event["Properties"]
    }
    assert api["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert set(api["RouteSettings"]) == {route for route in routes if route.startswith("GET ")}
    assert {each["ThrottlingRateLimit"]["Ref"] for each in api["RouteSettings"].values()} == {"GetRequestsPerSecond"}


def test_each_dead_letter_queue_takes_dead_letters_of_its_own_queue_alone() -> None:
    for name in queues():
        letters = properties(properties(name)["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0])
        (source,) = letters["RedriveAllowPolicy"]["sourceQueueArns"]
        assert letters["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
        assert source["Fn::Sub"].rpartition(":")[2] == properties(name)["QueueName"]["Fn::Sub"]


def test_the_layer_has_the_versions_that_the_library_is_tested_with() -> None:
    tested, deployed = (
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", Path(path).read_text(), re.MULTILINE))
        for path in ("requirements/dev.txt", "layers/sluice/requirements.txt")
    )
    assert len(deployed) > 10
    assert deployed.items() <= tested.items()
