"""The places of template.yaml that follow from the workspace: its destinations, how each is read, and its sources.

CloudFormation needs to know them before anything is built: the first for `Fn::ForEach`, the second for what reads
each queue, the last for the partitions that Athena projects. Each is one line, ended by a comment that says so.
"""

import re
from collections.abc import Callable

from sluice.workspace.models import Delivery, Workspace

_DESTINATIONS = re.compile(r"^(?P<before> *- )\[[^\]]*\](?P<after> +# destinations of the workspace.*)$", re.MULTILINE)
_CONCURRENCY = re.compile(
    r"^(?P<before> *Concurrency: )\{.*\}(?P<after> +# concurrency of the workspace's destinations.*)$", re.MULTILINE
)
_WINDOW = re.compile(
    r"^(?P<before> *Window: )\{.*\}(?P<after> +# windows of the workspace's destinations.*)$", re.MULTILINE
)
_SOURCES = re.compile(r"^(?P<before> *Ids: ).*?(?P<after> +# sources of the workspace.*)$", re.MULTILINE)


class TemplateError(ValueError):
    """The template lacks one of the lines."""


def synchronise(template: str, workspace: Workspace) -> str:
    """The template with these lines as the workspace has them."""
    destinations = "[" + ", ".join(destination.id for destination in workspace.destinations) + "]"
    sources = ",".join(source.id for source in workspace.sources)
    lines = (
        (_DESTINATIONS, destinations),
        (_CONCURRENCY, _map(workspace, lambda delivery: delivery.concurrency)),
        (_WINDOW, _map(workspace, lambda delivery: round(delivery.window.total_seconds()))),
        (_SOURCES, sources),
    )
    for pattern, value in lines:
        template, found = pattern.subn(rf"\g<before>{value}\g<after>", template)
        if found != 1:
            raise TemplateError(f"expected one line that fits {pattern.pattern!r}, found {found}")
    return template


def _map(workspace: Workspace, value: Callable[[Delivery], int]) -> str:
    """Return a map by destination. It may not be empty; no id is upper case, so NONE has the default."""
    values = {"NONE": value(Delivery()), **{each.id: value(each.delivery) for each in workspace.destinations}}
    return "{" + ", ".join(f"{name}: {number}" for name, number in values.items()) + "}"
