"""Who may do what: every role reaches what its function needs, and the page that says so is current."""

from typing import Any

import pytest

from cli.permissions import TEMPLATE as PATH
from cli.permissions import listed, page, statements
from tests.stack import COLLECTORS, CONSUMERS, RESOURCES, TEMPLATE, functions, granted, of_type, properties, source_of


def test_nothing_is_allowed_everywhere_and_nobody_may_do_everything() -> None:
    for role in of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
        for statement in statements(role):
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in listed(statement["Action"]))
            if any(action.startswith("ec2:") for action in listed(statement["Action"])):
                continue  # Lambda makes a function's network interfaces with its role, and asks for all of them
            if "redshift-data:statement-owner-iam-userid" in str(statement.get("Condition")):
                continue  # its own statements, which have no names
            assert "*" not in listed(statement["Resource"])


def test_a_function_writes_to_its_own_log_group_only() -> None:
    for function in functions():
        group = properties(function)["LoggingConfig"]["LogGroup"]["Ref"]
        assert granted(function, "logs:PutLogEvents") == [{"Fn::GetAtt": [group, "Arn"]}]


def test_a_destination_reaches_its_own_queue_and_secrets_and_nothing_else() -> None:
    here = "${AWS::Region}:${AWS::AccountId}"
    own = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"]
    role = RESOURCES["DestinationcrmRole"]

    allowed = [(listed(statement["Action"]), statement["Resource"]) for statement in statements(role)]

    assert allowed == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["DestinationcrmLogGroup", "Arn"]}),
        (own, {"Fn::GetAtt": ["DestinationcrmQueue", "Arn"]}),
        (["sqs:SendMessage"], {"Fn::GetAtt": ["DestinationcrmDeadLetterQueue", "Arn"]}),
        (["dynamodb:BatchGetItem", "dynamodb:UpdateItem"], {"Fn::GetAtt": ["LedgerTable", "Arn"]}),
        (["ssm:GetParameter"], of_secrets(f"ssm:{here}:parameter")),
        (["secretsmanager:GetSecretValue"], of_secrets(f"secretsmanager:{here}:secret:")),
    ]


def of_secrets(where: str) -> list[Any]:
    """Those of its stage, and those of all stages; but what lies below the stage's name is not all its own."""
    own, common = ({"Fn::Sub": f"arn:${{AWS::Partition}}:{where}/sluice/{name}/*"} for name in ("${Stage}/crm", "crm"))
    return [own, {"Fn::If": ["IsNamedLikeStage", {"Ref": "AWS::NoValue"}, common]}]


def test_a_consumer_reaches_only_its_own_items_of_the_idempotency_table() -> None:
    found = {
        consumer: [
            statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            for statement in statements(RESOURCES[consumer.replace("Function", "Role")])
            if statement["Resource"] == {"Fn::GetAtt": ["LedgerTable", "Arn"]}
        ]
        for consumer in CONSUMERS
    }
    assert found == {
        "RouterFunction": [["router/*"]],
        "ArchiveFunction": [["archive/*"]],
        "DestinationcrmFunction": [["destination-crm/*"]],
        "DestinationmixpanelFunction": [["destination-mixpanel/*"]],
    }


def test_a_collector_may_send_to_the_events_queue_and_settings_to_none() -> None:
    for collector in COLLECTORS:
        queues_reached = granted(collector, "sqs:SendMessage")
        expected = [] if collector == "SettingsFunction" else [{"Fn::GetAtt": ["EventsQueue", "Arn"]}]
        assert queues_reached == expected


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_may_do_what_its_event_source_needs(consumer: str) -> None:
    queue, _ = source_of(consumer)

    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert granted(consumer, action) == [{"Fn::GetAtt": [queue, "Arn"]}]


def test_the_page_in_the_docs_is_current() -> None:
    committed = (PATH.parent / "docs" / "permissions.md").read_text(encoding="utf-8")

    assert committed == page(TEMPLATE), "run: python -m cli.permissions > docs/permissions.md"
