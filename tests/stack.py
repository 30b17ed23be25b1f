"""The template's resources, written out for two destinations, and questions that tests ask of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cli.permissions import expand, listed, load, statements

type Resources = Mapping[str, Any]

TEMPLATE = load()
RESOURCES: Resources = expand(TEMPLATE, destinations=["crm", "mixpanel"], warehouses=["main"], parts=["Hook"])
#: Behind API Gateway, and what a function URL has in their place.
COLLECTORS = ("TrackingFunction", "PixelFunction", "QuerystringFunction", "SettingsFunction")
EDGE = "EdgeFunction"
#: Only where a source takes hooks.
HOOK = "HookFunction"
CONSUMERS = ("RouterFunction", "ArchiveFunction", "DestinationcrmFunction", "DestinationmixpanelFunction")


def of_type(kind: str, resources: Resources = RESOURCES) -> dict[str, Any]:
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def properties(name: str) -> Any:
    return RESOURCES[name]["Properties"]


def functions(resources: Resources = RESOURCES) -> dict[str, Any]:
    return of_type("AWS::Serverless::Function", resources) | of_type("AWS::Lambda::Function", resources)


def queues() -> dict[str, Any]:
    """Those that work is taken from; a dead-letter queue is none of them."""
    return {name: queue for name, queue in of_type("AWS::SQS::Queue").items() if "DeadLetter" not in name}


def source_of(function: str) -> tuple[str, Any]:
    """(logical id of the queue, settings of the event source mapping) of a function behind a queue."""
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        if mapping["Properties"]["FunctionName"] == {"Ref": function}:
            return mapping["Properties"]["EventSourceArn"]["Fn::GetAtt"][0], mapping["Properties"]
    (event,) = properties(function)["Events"].values()
    assert event["Type"] == "SQS"
    return event["Properties"]["Queue"]["Fn::GetAtt"][0], event["Properties"]


def code_of(function: str) -> str:
    """Return the folder of a function's code."""
    return str(properties(function).get("CodeUri") or properties(function)["Code"])


def window(source: Mapping[str, Any]) -> tuple[int, int]:
    """The shortest and the longest time for which messages of a queue may be gathered, in seconds."""
    match source["MaximumBatchingWindowInSeconds"]:
        case {"Ref": str(name)}:
            parameter = TEMPLATE["Parameters"][name]
            return parameter["MinValue"], parameter["MaxValue"]
        case {"Fn::FindInMap": ["Workspace", "Window", _]}:
            return 0, 300  # what the workspace may say
        case seconds:
            return seconds, seconds


def granted(function: str, action: str) -> list[Any]:
    """The resources on which a function may do this."""
    role = RESOURCES[properties(function)["Role"]["Fn::GetAtt"][0]]
    return [
        resource
        for statement in statements(role)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def references(value: Any) -> Iterator[str]:
    """Every logical id, parameter or pseudo parameter that is named anywhere below."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
        case dict() | list():
            for inner in value.values() if isinstance(value, dict) else value:
                yield from references(inner)
        case _:
            pass


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | list():
            for inner in value.values() if isinstance(value, dict) else value:
                yield from strings(inner)
        case _:
            pass


def deployed(resources: Resources) -> int:
    """How many resources these become once SAM has transformed them."""
    stage_of_the_api = 1
    ours = of_type("AWS::Serverless::Function", resources).values()
    permissions_and_mappings = sum(len(function["Properties"].get("Events", {})) for function in ours)
    versions_and_aliases = sum(2 for function in ours if "AutoPublishAlias" in function["Properties"])
    return len(resources) + stage_of_the_api + permissions_and_mappings + versions_and_aliases
