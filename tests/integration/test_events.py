"""The files of events/ are what AWS sends, what our own code writes, listed in the docs, and each used by a test."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sluice.messages import envelope, pack
from sluice.messages.encoding import UndecodableError
from sluice.messages.header import MalformedMessageError
from tests.integration.cloud import RESOURCES, STAGE, Cloud
from tests.integration.examples import FOLDER, example, function_of, names, sent
from tests.integration.rie import ROOT
from tests.stack import TEMPLATE, source_of

OF_THE_API = [name for name in names() if "Records" not in example(name)]
OF_QUEUES = [name for name in names() if "Records" in example(name)]
#: Those with a message that is not ours, and which one.
DAMAGED = {"router-poison-message": 0, "archive-broken-pack": 1, "destination-not-a-pack": 0}

PAGE = ROOT / "docs/invoking.md"
FLOW = ("tracking", "pixel", "querystring", "settings", "router", "archive", "destination")
_ROW = re.compile(r"^\| `([a-z0-9-]+)\.json` \| (\w+) \| (.+) \|$", re.MULTILINE)


def routes(function: str) -> set[str]:
    """The route keys that the template gives to a function."""
    found = [event["Properties"] for event in RESOURCES[function]["Properties"]["Events"].values()]
    return {f"{each['Method']} {each['Path']}" if "Path" in each else "$default" for each in found}


def source(function: str) -> str:
    """The name of the queue that the template connects to a function, in the stage of the examples."""
    queue = RESOURCES[source_of(function)[0]]["Properties"]["QueueName"]
    return str(queue["Fn::Sub"] if isinstance(queue, dict) else queue).replace("${Stage}", "prod")


def test_no_example_is_left_over_and_none_is_missing() -> None:
    tests = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]

    used = set(re.findall(rf'"((?:{"|".join(FLOW)})-[a-z0-9-]+)"', "\n".join(tests)))

    assert used == set(names())


def test_the_docs_list_every_example_with_its_function() -> None:
    in_order = sorted(names(), key=lambda name: (FLOW.index(name.partition("-")[0]), name))

    rows = _ROW.findall(PAGE.read_text("utf-8"))

    assert [(name, function) for name, function, _ in rows] == [(name, function_of(name)) for name in in_order]
    assert all(function in RESOURCES for _, function, _ in rows)


def test_the_docs_say_where_each_function_finds_what_is_behind_it(cloud: Cloud) -> None:
    """In the form that `--env-vars` takes, where the SAM CLI leaves out what the template does not declare."""
    (block,) = re.findall(r"```json\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    told: dict[str, str] = json.loads(block)["Parameters"]

    for function in {function_of(name) for name in names()}:
        variables = RESOURCES[function]["Properties"]["Environment"]["Variables"]
        deployed = cloud.environment(function)
        same = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        for name in variables.keys() - same.keys() - {"POWERTOOLS_SERVICE_NAME", "ALLOWED_ORIGINS", "DESTINATION"}:
            here = deployed[name].rpartition("/")[2]
            assert told[name].rpartition("/")[2] == here.replace(f"-{STAGE}-", "-dev-")


@pytest.mark.parametrize("name", OF_THE_API)
def test_a_request_is_in_the_format_of_http_apis(name: str) -> None:
    event = example(name)
    context = event["requestContext"]

    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"]
    assert event["routeKey"] in routes(function_of(name))
    assert event["rawPath"] == context["http"]["path"]
    assert set(context) == {
        *("accountId", "apiId", "domainName", "domainPrefix", "http", "requestId"),
        *("routeKey", "stage", "time", "timeEpoch"),
    }
    assert set(context["http"]) == {"method", "path", "protocol", "sourceIp", "userAgent"}
    assert context["http"]["userAgent"] == event["headers"]["user-agent"]
    assert context["http"]["sourceIp"] == event["headers"]["x-forwarded-for"]
    assert [header for header in event["headers"] if header != header.lower()] == []
    assert event.get("queryStringParameters", {}) == dict(parse_qsl(event["rawQueryString"], keep_blank_values=True))
    assert event.get("pathParameters", {}) == _path_parameters(event)


def _path_parameters(event: Any) -> dict[str, str]:
    """What the route's braces stand for in the path."""
    _, _, template = event["routeKey"].partition(" ")
    pairs = zip(template.split("/"), event["rawPath"].split("/"), strict=False)
    return {name.strip("{}"): value for name, value in pairs if name.startswith("{")}


@pytest.mark.parametrize("name", [name for name in OF_THE_API if "body" in example(name)])
def test_a_body_is_text_where_api_gateway_makes_it_text(name: str) -> None:
    event = example(name)
    headers = event["headers"]

    media_type = headers["content-type"].partition(";")[0]
    is_text = media_type.startswith("text/") or media_type == "application/json"
    assert event["isBase64Encoded"] is not (is_text and "content-encoding" not in headers)
    if "content-encoding" not in headers:
        assert int(headers["content-length"]) == len(sent(event))


@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_message_is_as_sqs_hands_it_over(name: str) -> None:
    for record in example(name)["Records"]:
        assert set(record) == {
            *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody"),
            *("eventSource", "eventSourceARN", "awsRegion"),
        }
        assert set(record["attributes"]) == {
            *("ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"),
        }
        digest = hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert record["md5OfBody"] == digest
        queue = source(function_of(name))
        assert record["eventSourceARN"] == f"arn:aws:sqs:{record['awsRegion']}:123456789012:{queue}"


@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_message_is_what_the_stage_before_writes(name: str) -> None:
    for index, record in enumerate(example(name)["Records"]):
        if DAMAGED.get(name) == index:
            with pytest.raises((MalformedMessageError, UndecodableError)):
                _written_again(name, record["body"])
        else:
            assert _written_again(name, record["body"]) == record["body"]


def _written_again(name: str, body: str) -> str:
    if name.startswith("router"):
        return envelope.dump(envelope.load(body))
    loaded = pack.load(body)
    assert loaded.header.count == len(loaded.documents)
    assert all(isinstance(json.loads(document), dict) for document in loaded.documents)
    return pack.dump(loaded)


def test_there_is_nothing_else_in_the_folder() -> None:
    assert [path.name for path in FOLDER.iterdir() if path.suffix != ".json"] == []
