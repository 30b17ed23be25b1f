"""What of the template decides the bill: memory, batches, windows, and what is there while nothing arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.permissions import expand, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """How a queue is read: as many messages as arrive within `window` seconds, `batch` at most."""

    batch: int
    window: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`memory` in MB and `mapped` by function, all destinations being `destination`."""

    memory: Mapping[str, int]
    mapped: Mapping[str, Mapped]
    architecture: str
    has_platform_logs: bool
    queues_read: int
    alarms: int
    dashboards: int
    requests_per_second: int
    front: str


_SOURCE = "AWS::Lambda::EventSourceMapping"
_FUNCTIONS = {
    "tracking": "TrackingFunction",
    "router": "RouterFunction",
    "archive": "ArchiveFunction",
    "destination": "DestinationdFunction",
}


def deployment(destinations: int = 3) -> Deployment:
    """As the template has it for so many destinations."""
    template = load()
    one = expand(template, destinations=["d"])
    functions = {name: one[logical]["Properties"] for name, logical in _FUNCTIONS.items()}
    everything = expand(template, destinations=[f"d{number}" for number in range(destinations)])
    return Deployment(
        memory={name: each["MemorySize"] for name, each in functions.items()},
        mapped={name: _mapped(_FUNCTIONS[name], one, template) for name in functions if name != "tracking"},
        architecture=template["Parameters"]["Architecture"]["Default"],
        has_platform_logs=not _is_quiet(template),
        queues_read=sum(_reads_a_queue(each) for each in everything.values()),
        alarms=_count(everything.values(), "AWS::CloudWatch::Alarm"),
        dashboards=_count(everything.values(), "AWS::CloudWatch::Dashboard"),
        requests_per_second=template["Parameters"]["RequestsPerSecond"]["Default"],
        front=template["Parameters"]["Front"]["Default"],
    )


def loader() -> tuple[int, int]:
    """Return the memory of a warehouse's loader, in MB, and the alarms of its stack."""
    template = load()
    one = expand(template, destinations=[], warehouses=["w"])
    of_it = {name: each for name, each in one.items() if name.startswith("Warehousew")}
    return of_it["WarehousewFunction"]["Properties"]["MemorySize"], _count(of_it.values(), "AWS::CloudWatch::Alarm")


def _mapped(function: str, resources: Mapping[str, Any], template: Mapping[str, Any]) -> Mapped:
    """Return the event source mapping of a function, which stands in it or beside it."""
    events = resources[function]["Properties"].get("Events", {})
    (properties,) = [
        *(event["Properties"] for event in events.values()),
        *(
            each["Properties"]
            for each in resources.values()
            if each["Type"] == _SOURCE and each["Properties"]["FunctionName"] == {"Ref": function}
        ),
    ]
    window = _value(properties["MaximumBatchingWindowInSeconds"], template)
    return Mapped(batch=properties["BatchSize"], window=float(window))


def _value(given: Any, template: Mapping[str, Any]) -> Any:
    """A number, a parameter's default, or what the workspace's map has for no destination in particular."""
    match given:
        case {"Ref": str(name)}:
            return template["Parameters"][name]["Default"]
        case {"Fn::FindInMap": [outer, inner, _]}:
            return template["Mappings"][outer][inner]["NONE"]
    return given


def _is_quiet(template: Mapping[str, Any]) -> bool:
    return bool(template["Globals"]["Function"]["LoggingConfig"].get("SystemLogLevel") == "WARN")


def _reads_a_queue(resource: Mapping[str, Any]) -> bool:
    events = resource.get("Properties", {}).get("Events", {})
    return resource["Type"] == _SOURCE or any(event["Type"] == "SQS" for event in events.values())


def _count(resources: Sequence[Mapping[str, Any]] | Any, kind: str) -> int:
    return sum(each["Type"] == kind and "Condition" not in each for each in resources)
