"""The places of template.yaml that follow from the workspace: its sources, its destinations and its warehouses.

CloudFormation needs to know them before anything is built: lists for `Fn::ForEach`, maps for what differs from one to
the next, and the sources for the partitions that Athena projects. Each is one line, ended by a comment that says so.
"""

import re
from collections.abc import Callable, Collection, Iterable

from sluice.workspace.models import Delivery, Workspace
from sluice.workspace.warehouse import Warehouse

#: What a Ref to nothing refers to: warehouses of types that need no driver have no layer for one.
_NO_LAYER = "AWS::NoValue"
#: How the names of a lake's databases begin, if its settings do not say.
_LAKE = "sluice"


class TemplateError(ValueError):
    """The template lacks one of the lines."""


def synchronise(template: str, workspace: Workspace, drivers: Collection[str] = ()) -> str:
    """The template with these lines as the workspace has them. `drivers` are the types of warehouse that need one."""
    needed = sorted({each.type for each in workspace.warehouses} & set(drivers))
    ids, warehouses = [each.id for each in workspace.warehouses], workspace.warehouses
    lines = {
        "destinations of the workspace": _list(each.id for each in workspace.destinations),
        "concurrency of the workspace's destinations": _of_destinations(workspace, lambda each: each.concurrency),
        "windows of the workspace's destinations": _of_destinations(
            workspace, lambda each: round(each.window.total_seconds())
        ),
        "sources of the workspace": ",".join(source.id for source in workspace.sources),
        "hooks of the workspace": _list(["NONE", *(each.id for each in workspace.sources if each.is_hook)]),
        "function of the workspace's hooks": _list(["Hook"] if any(each.is_hook for each in workspace.sources) else []),
        "ids of the workspace's hooks": f'"{",".join(each.id for each in workspace.sources if each.is_hook)}"',
        "secrets of the workspace's hooks": _secrets_of([each.id for each in workspace.sources if each.is_hook]),
        "warehouses of the workspace": _list(ids),
        "ids of the workspace's warehouses": f'"{",".join(ids)}"',
        "drivers of the workspace's warehouses": _list(needed),
        "layers of the workspace's warehouses": _of_warehouses(
            warehouses, _NO_LAYER, lambda each: f"{each.type}Driver" if each.type in needed else _NO_LAYER
        ),
        "types of the workspace's warehouses": _of_warehouses(warehouses, "", lambda each: each.type),
        "databases of the workspace's warehouses": _of_warehouses(
            warehouses, _LAKE, lambda each: str(each.settings.get("database", _LAKE)) if each.type == "lake" else _LAKE
        ),
        "intervals of the workspace's warehouses": _of_warehouses(warehouses, 60, _minutes),
        "patience of the workspace's warehouses": _of_warehouses(
            warehouses, 10_800, lambda each: 60 * (60 + 2 * _minutes(each))
        ),
        "states of the workspace's warehouses": _of_warehouses(
            warehouses, "true", lambda each: str(each.enabled).lower()
        ),
        "subnets of the workspace's warehouses": _of_warehouses(
            warehouses, "", lambda each: ",".join(each.vpc.subnets) if each.vpc else ""
        ),
        "security groups of the workspace's warehouses": _of_warehouses(
            warehouses, "", lambda each: ",".join(each.vpc.security_groups) if each.vpc else ""
        ),
    }
    for about, value in lines.items():
        template = _with(template, about, value)
    return template


def _with(template: str, about: str, value: str) -> str:
    """Return the template with another value on the line whose comment is about this. Raises TemplateError."""
    pattern = rf"^(?P<before> *(?:- |[A-Za-z]+: )).*?(?P<after> +# {re.escape(about)}[,;].*)$"
    changed, found = re.subn(pattern, lambda line: line["before"] + value + line["after"], template, flags=re.MULTILINE)
    if not found:
        raise TemplateError(f"expected a line about the {about}, found none")
    return changed


def _list(ids: Iterable[str]) -> str:
    return "[" + ", ".join(ids) + "]"


def _secrets_of(hooks: Collection[str]) -> str:
    """Return the names of all secrets of hooks, of this stage and of all, in both stores. The list may not be empty."""
    stores = (
        "ssm:${AWS::Region}:${AWS::AccountId}:parameter",
        "secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:",
    )
    folders = [folder for each in hooks or ["NONE"] for folder in (f"${{Stage}}/{each}", each)]
    return _list(f'!Sub "arn:${{AWS::Partition}}:{store}/sluice/{folder}/*"' for store in stores for folder in folders)


def _of_destinations(workspace: Workspace, value: Callable[[Delivery], int]) -> str:
    """Return a map by destination. It may not be empty; no id is upper case, so NONE has the default."""
    values = {"NONE": value(Delivery()), **{each.id: value(each.delivery) for each in workspace.destinations}}
    return "{" + ", ".join(f"{name}: {number}" for name, number in values.items()) + "}"


def _of_warehouses(warehouses: Iterable[Warehouse], default: int | str, value: Callable[[Warehouse], int | str]) -> str:
    """Return a map by warehouse, as above; texts stand in quotes."""
    values = {"NONE": default, **{each.id: value(each) for each in warehouses}}
    shown = (f"{name}: " + (f'"{each}"' if isinstance(each, str) else f"{each}") for name, each in values.items())
    return "{" + ", ".join(shown) + "}"


def _minutes(each: Warehouse) -> int:
    return round(each.interval.total_seconds()) // 60
