"""The places of template.yaml that follow from the workspace: its destinations, their concurrency, and its sources.

CloudFormation needs to know them before anything is built: the first for `Fn::ForEach`, the second for what reads
each queue, the last for the partitions that Athena projects. Each is one line, ended by a comment that says so.
"""

import re

from sluice.workspace.models import Workspace

_DESTINATIONS = re.compile(r"^(?P<before> *- )\[[^\]]*\](?P<after> +# destinations of the workspace.*)$", re.MULTILINE)
_CONCURRENCY = re.compile(
    r"^(?P<before> *Concurrency: )\{.*\}(?P<after> +# concurrency of the workspace's destinations.*)$", re.MULTILINE
)
_SOURCES = re.compile(r"^(?P<before> *Ids: ).*?(?P<after> +# sources of the workspace.*)$", re.MULTILINE)


class TemplateError(ValueError):
    """The template lacks one of the lines."""


def synchronise(template: str, workspace: Workspace) -> str:
    """The template with these lines as the workspace has them."""
    destinations = "[" + ", ".join(destination.id for destination in workspace.destinations) + "]"
    # A map may not be empty, and an id may not be upper case.
    concurrency = ", ".join(
        [
            "NONE: 10",
            *(f"{destination.id}: {destination.delivery.concurrency}" for destination in workspace.destinations),
        ]
    )
    sources = ",".join(source.id for source in workspace.sources)
    lines = ((_DESTINATIONS, destinations), (_CONCURRENCY, f"{{{concurrency}}}"), (_SOURCES, sources))
    for pattern, value in lines:
        template, found = pattern.subn(rf"\g<before>{value}\g<after>", template)
        if found != 1:
            raise TemplateError(f"expected one line that fits {pattern.pattern!r}, found {found}")
    return template
