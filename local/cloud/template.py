"""The deployed templates as the local system needs them: the real ones, with notes in each function about this machine.

Every function's environment says where its code is, which routes of the HTTP API are its own (all, if it has a function
URL), and the address to which the embedded AWS forwards invocations: the one place that survives `Fn::ForEach`, the SAM
transform and CloudFormation without this package having to expand any of them. And fewer batches of a queue are worked
on at a time, because the embedded AWS has no batching window: while some are in hand, the next batch grows. Everything
else is as it is deployed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CODE = "LOCAL_CODE"
HANDLER = "LOCAL_HANDLER"
ROUTES = "LOCAL_ROUTES"
# Read by ministack: an invocation is POSTed here instead of being run on its own Python.
FORWARD_TO = "MINISTACK_LAMBDA_PROXY_URL"
MAX_CONCURRENCY = 2  # the least that Lambda allows
# A destination begins no request with less than 30 s left: its 40 s are the least that still delivers something.
TIMEOUT_SHARE = 3
COMES_BACK_AFTER = 2  # seconds
NOTES = (CODE, HANDLER, ROUTES, FORWARD_TO)

Document = dict[str, Any]

_PATHS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
}
_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_SOURCE = "AWS::Lambda::EventSourceMapping"
_STACK = "AWS::CloudFormation::Stack"
_URL = "AWS::Lambda::Url"


class TemplateError(Exception):
    """The template is not one this package can read."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` is `{"Ref": "x"}`, `!Sub x` is `{"Fn::Sub": "x"}`."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Document:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _as_text(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _short_form)
# CloudFormation reads `2012-10-17` as text, YAML 1.1 as a date.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def load_template(text: str, name: str = "template.yaml") -> Document:
    """Return a template. Raises TemplateError with the place of the error."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with CloudFormation's tags
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TemplateError(f"{name}:{line}: {error.problem}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{name}: it has no Resources")
    return document


def localise(document: Document, folder: Path, forward_to: str) -> Document:
    """Return a template with absolute paths of code and the functions' notes.

    `folder` is the one of the template: its paths are relative to it.
    """
    localised: Document = json.loads(json.dumps(document))
    handler = localised.get("Globals", {}).get("Function", {}).get("Handler", "")
    resources = _resources(localised["Resources"])
    with_url = {_target(each["Properties"]["TargetFunctionArn"]) for each in resources.values() if each["Type"] == _URL}
    for name, resource in resources.items():
        kind = str(resource.get("Type"))
        properties = resource.setdefault("Properties", {})
        path = properties.get(_PATHS.get(kind, ""))
        if isinstance(path, dict):  # of a layer in a loop: nobody looks into it here
            path = str(path["Fn::Sub"]).partition("${")[0]
        if isinstance(path, str):
            path = str((folder / path).resolve())
            properties[_PATHS[kind]] = path
        if kind in _FUNCTIONS:
            variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
            variables[CODE] = str(path or folder)
            variables[HANDLER] = properties.get("Handler", handler)
            routes = ["$default"] if name in with_url else _routes(properties.get("Events", {}))
            variables[ROUTES] = json.dumps(routes)
            variables[FORWARD_TO] = forward_to
        for source in _sources(resource):
            source["ScalingConfig"] = {"MaximumConcurrency": MAX_CONCURRENCY}
    return localised


def nested(document: Document) -> set[str]:
    """Return the paths of the templates that a template nests."""
    stacks = _resources(document["Resources"]).values()
    return {str(each["Properties"]["TemplateURL"]) for each in stacks if each.get("Type") == _STACK}


def with_nested(document: Document, paths: Mapping[str, Path]) -> Document:
    """Return a template that nests others, by the paths of those that it nests now."""
    changed: Document = json.loads(json.dumps(document))
    for each in _resources(changed["Resources"]).values():
        if each.get("Type") == _STACK:
            each["Properties"]["TemplateURL"] = str(paths[each["Properties"]["TemplateURL"]])
    return changed


def _sources(resource: Document) -> list[Document]:
    """Return the settings of each queue that a resource reads, be it a function or an event source mapping."""
    properties = resource.get("Properties", {})
    events = [event["Properties"] for event in properties.get("Events", {}).values() if event.get("Type") == "SQS"]
    return [properties] if resource.get("Type") == _SOURCE else events


def shorten_timeouts(document: Document) -> None:
    """A third of the time for each function behind a queue, and what it had comes back soon after that.

    What a message's visibility timeout must be longer than stays shorter: the time in which a function may still be
    working on it. The deployed ones are six times that, so that queues of a busy account do not give up on messages;
    after a crash one would wait for minutes.
    """
    resources = _resources(document["Resources"])
    for resource in list(resources.values()):
        for source in _sources(resource):
            queue = resources[_target(source.get("Queue") or source["EventSourceArn"])]["Properties"]
            reader = resources[_target(source["FunctionName"])] if "FunctionName" in source else resource
            reader["Properties"]["Timeout"] //= TIMEOUT_SHARE
            queue["VisibilityTimeout"] = reader["Properties"]["Timeout"] + COMES_BACK_AFTER


def _target(reference: Document) -> str:
    """Return the logical id in a `Ref` or a `Fn::GetAtt`, which stands in a `Fn::Sub` where a loop makes it."""
    name = reference["Fn::GetAtt"][0] if "Fn::GetAtt" in reference else reference["Ref"]
    return str(name["Fn::Sub"] if isinstance(name, dict) else name)


def _resources(resources: Document) -> Document:
    """All resources by their logical ids, those in the bodies of `Fn::ForEach` included."""
    found: Document = {}
    for name, resource in resources.items():
        found |= _resources(resource[2]) if name.startswith("Fn::ForEach::") else {name: resource}
    return found


def _routes(events: Document) -> list[str]:
    """Route keys as the HTTP API has them: `POST /v1/{call}`, `ANY /x`, `$default`."""
    routes = []
    for event in events.values():
        if event.get("Type") == "HttpApi":
            properties = event.get("Properties") or {}
            method, path = properties.get("Method", "ANY").upper(), properties.get("Path", "$default")
            routes.append(
                "$default"
                if path == "$default"
                else f"{'ANY' if method == 'X-AMAZON-APIGATEWAY-ANY-METHOD' else method} {path}"
            )
    return routes
