"""Alarms: each has its paragraph in docs/alarms.md, and looks at a metric that is really written."""

import json
import re
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from sluice.destinations.outcome import TIMED_OUT
from sluice.telemetry import metrics
from sluice.telemetry.metrics import Metric
from sluice.warehouses.loader import Report
from sluice.warehouses.report import report
from tests.pages import ROOT
from tests.stack import RESOURCES, of_type

ALARMS = {name: each["Properties"] for name, each in of_type("AWS::CloudWatch::Alarm").items()}
PAGE = (ROOT / "docs/alarms.md").read_text()


def alarm_name(alarm: Any) -> str:
    return str(alarm["AlarmName"]["Fn::Sub"]).replace("${Stage}", "prod")


def test_each_alarm_has_its_paragraph_and_no_paragraph_is_of_none() -> None:
    headings = set(re.findall(r"^## (sluice-.*)$", PAGE, re.MULTILINE))
    assert headings == {alarm_name(alarm) for alarm in ALARMS.values() if "mixpanel" not in alarm_name(alarm)}


@pytest.mark.parametrize("name", ALARMS)
def test_each_says_where_to_read_on_and_tells_whoever_wants_to_know(name: str) -> None:
    description = ALARMS[name]["AlarmDescription"]
    text = description if isinstance(description, str) else description["Fn::Sub"]
    assert text.endswith("see docs/alarms.md.")
    assert "AlarmTopic" in json.dumps(ALARMS[name]["AlarmActions"])


def test_alarms_look_at_what_is_written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudWatch has a metric for each set of dimensions, and an alarm on another set never rings."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "destination-crm")
    metrics.count("DestinationPaused", 1, destination="crm")
    metrics.emit(Metric("DeliveryFailed", MetricUnit.NoUnit, [0, 1]), destination="crm")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "warehouse-main")
    report("main", Report(rows=1, rejects=1, refusal="no", is_refused=True), 0)
    written = set()
    for line in capsys.readouterr().out.splitlines():
        for each in json.loads(line)["_aws"]["CloudWatchMetrics"]:
            written |= {(each["Namespace"], one["Name"], *sorted(each["Dimensions"][0])) for one in each["Metrics"]}
    looked = {
        (each["Namespace"], each["MetricName"], *sorted(one["Name"] for one in each["Dimensions"]))
        for each in ALARMS.values()
        if isinstance(each["Namespace"], str)  # those of the edge look at what takes the requests
    }
    assert {each for each in looked if each[0] == "Sluice"} <= written


def dashboard() -> Any:
    """As CloudFormation would make it for a stage and a region."""
    body, given = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    _, of_warehouses, _ = given["OfWarehouses"]["Fn::If"]
    body = body.replace("${OfWarehouses}", of_warehouses["Fn::Sub"])
    return json.loads(body.replace("${Stage}", "prod").replace("${AWS::Region}", "eu-west-1"))


def test_the_dashboard_is_a_document_whose_searches_name_every_dimension_that_is_written() -> None:
    searches = [
        metric[0]["expression"] for widget in dashboard()["widgets"] for metric in widget["properties"]["metrics"]
    ]
    shown = {name for each in searches for name in re.findall(r'MetricName="(\w+)"', each)}
    assert shown >= {
        "RequestsAccepted", "RequestsRefused", "EventsRouted", "EventsDuplicate", "EventsRejected", "EventsArchived",
        "EventsDelivered", "EventsDiscarded", "EventsRetrying", "EventsWaiting", "EventsDead", "DeliveryLatency",
        "TimestampsUnreadable", "WarehouseRowsLoaded", "WarehouseValuesRejected", "WarehouseFilesLoaded",
        "WarehouseFilesFailed", "WarehousePaused", "WarehouseUnavailable",
    }  # fmt: skip
    for each in searches:
        if "{Sluice," in each:
            assert "service" in each
            assert 'stage="prod"' in each


def test_the_searches_for_queues_and_functions_match_parts_of_names() -> None:
    """A term in double quotes is a whole name: `"sluice-prod"` is the name of no queue.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    searches = [
        metric[0]["expression"] for widget in dashboard()["widgets"] for metric in widget["properties"]["metrics"]
    ]
    of_aws = [each for each in searches if "{AWS/" in each]
    assert len(of_aws) == 3
    for each in of_aws:
        assert " sluice prod" in each
        assert not re.search('"sluice', each)


@pytest.mark.parametrize(
    ("reason", "dimension"),
    [("429", "429"), (TIMED_OUT, "ETIMEDOUT"), ("418", "4xx"), ("599", "5xx"), ("u-83838", "other"), ("", "other")],
)
def test_reasons_of_deliveries_are_few(reason: str, dimension: str) -> None:
    assert metrics.bounded(reason) == dimension


def test_a_distribution_is_written_as_some_values_that_stand_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.emit(Metric("DeliveryLatency", MetricUnit.Milliseconds, list(range(1000))), destination="crm")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["DeliveryLatency"] == list(range(25, 1000, 50))


def test_metrics_of_the_same_dimensions_are_one_line_and_those_of_nothing_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    metrics.emit(metrics.counted("EventsRouted", 3), metrics.counted("EventsDuplicate", 0), source="website")
    metrics.emit(metrics.counted("EventsRouted", 0), source="website")
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["EventsRouted"] == [3]
    assert "EventsDuplicate" not in line
