"""Reading the template, and adding this machine's notes to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.cloud.template import TemplateError, load_template, localise, nested, shorten_timeouts, with_nested
from local.settings import ROOT

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Globals:
  Function: {Handler: app.handler}
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/sluice/}
  Edge:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/tracking/
      Role: !GetAtt Role.Arn
      Environment: {Variables: {QUEUE: !Ref Queue}}
      Events:
        Call: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: post, Path: "/v1/{call}"}}
        Any: {Type: HttpApi, Properties: {Path: /any}}
        Everything: {Type: HttpApi}
  Fn::ForEach::Destinations:
    - Destination
    - [crm]
    - Destination&{Destination}Function:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: functions/destination/
          Handler: other.handler
          Events:
            Queue:
              Type: SQS
              Properties: {Queue: !Sub "${Destination}", ScalingConfig: {MaximumConcurrency: 20}}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17}}
"""


def test_short_forms_become_long_ones() -> None:
    resources = load_template(TEMPLATE)["Resources"]
    assert resources["Edge"]["Properties"]["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert resources["Edge"]["Properties"]["Environment"]["Variables"]["QUEUE"] == {"Ref": "Queue"}
    assert resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"


def test_functions_learn_where_they_are_and_what_they_answer() -> None:
    document = load_template(TEMPLATE)
    before = json.dumps(document)
    resources = localise(document, Path("/project"), "http://127.0.0.1:9/")["Resources"]
    assert json.dumps(document) == before
    edge = resources["Edge"]["Properties"]
    assert edge["CodeUri"] == "/project/functions/tracking"
    assert edge["Environment"]["Variables"] == {
        "QUEUE": {"Ref": "Queue"},
        "LOCAL_CODE": "/project/functions/tracking",
        "LOCAL_HANDLER": "app.handler",
        "LOCAL_ROUTES": '["POST /v1/{call}", "ANY /any", "$default"]',
        "MINISTACK_LAMBDA_PROXY_URL": "http://127.0.0.1:9/",
    }
    assert resources["Layer"]["Properties"]["ContentUri"] == "/project/layers/sluice"


def test_so_do_those_of_a_loop() -> None:
    resources = localise(load_template(TEMPLATE), Path("/project"), "http://127.0.0.1:9/")["Resources"]
    function = resources["Fn::ForEach::Destinations"][2]["Destination&{Destination}Function"]["Properties"]
    assert function["CodeUri"] == "/project/functions/destination"
    assert function["Environment"]["Variables"]["LOCAL_HANDLER"] == "other.handler"
    assert function["Environment"]["Variables"]["LOCAL_ROUTES"] == "[]"
    assert function["Events"]["Queue"]["Properties"] == {
        "Queue": {"Fn::Sub": "${Destination}"},
        "ScalingConfig": {"MaximumConcurrency": 2},
    }


def test_the_projects_own_template_has_a_default_route() -> None:
    document = localise(load_template((ROOT / "template.yaml").read_text()), ROOT, "http://127.0.0.1:9/")
    variables = document["Resources"]["TrackingFunction"]["Properties"]["Environment"]["Variables"]
    assert "$default" in json.loads(variables["LOCAL_ROUTES"])
    assert Path(variables["LOCAL_CODE"]).is_dir()


NESTED = """
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 1020}}
  Function:
    Type: AWS::Lambda::Function
    Properties: {Code: ../functions/destination/, Handler: app.handler, Timeout: 120}
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn, ScalingConfig: {MaximumConcurrency: 9}}
"""


def test_so_do_those_of_a_nested_template_whose_paths_are_its_own() -> None:
    resources = localise(load_template(NESTED), Path("/project/stacks"), "http://127.0.0.1:9/")["Resources"]
    function = resources["Function"]["Properties"]
    assert function["Code"] == "/project/functions/destination"
    assert function["Environment"]["Variables"]["LOCAL_CODE"] == "/project/functions/destination"
    assert resources["Source"]["Properties"]["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_template_finds_the_ones_that_it_nests_where_they_were_put() -> None:
    document = load_template((ROOT / "template.yaml").read_text())
    assert nested(document) == {"stacks/destination.yaml", "stacks/warehouse.yaml"}
    changed = with_nested(document, {name: Path("/elsewhere") / Path(name).name for name in nested(document)})
    assert nested(changed) == {"/elsewhere/destination.yaml", "/elsewhere/warehouse.yaml"}


def test_short_timeouts_are_short_and_messages_still_outlast_the_function_that_has_them() -> None:
    document = localise(load_template((ROOT / "template.yaml").read_text()), ROOT, "http://127.0.0.1:9/")
    island = load_template((ROOT / "stacks/destination.yaml").read_text())
    edge = document["Resources"]["TrackingFunction"]["Properties"]["Timeout"]
    shorten_timeouts(document)
    shorten_timeouts(island)
    resources = document["Resources"]
    pairs = [
        (resources["RouterFunction"], resources["EventsQueue"]),
        (resources["ArchiveFunction"], resources["ArchiveQueue"]),
        (island["Resources"]["Function"], island["Resources"]["Queue"]),
    ]
    times = [(f["Properties"]["Timeout"], queue["Properties"]["VisibilityTimeout"]) for f, queue in pairs]
    assert times == [(20, 22), (20, 22), (40, 42)]
    assert resources["TrackingFunction"]["Properties"]["Timeout"] == edge


@pytest.mark.parametrize(
    ("text", "error"), [("a: 1\nb: [", r"template\.yaml:2: "), ("Resources: 1", "no Resources"), ("", "no Resources")]
)
def test_mistakes_have_a_place(text: str, error: str) -> None:
    with pytest.raises(TemplateError, match=error):
        load_template(text)
