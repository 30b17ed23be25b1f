"""The two places of template.yaml that follow from the workspace: its destinations and its sources.

CloudFormation needs to know both before anything is built: the first for `Fn::ForEach`, the second for the
partitions that Athena projects. Each is one line, ended by a comment that says so.
"""

import re

from sluice.workspace.models import Workspace

_DESTINATIONS = re.compile(r"^(?P<before> *- )\[[^\]]*\](?P<after> +# destinations of the workspace.*)$", re.MULTILINE)
_SOURCES = re.compile(r"^(?P<before> *Ids: ).*?(?P<after> +# sources of the workspace.*)$", re.MULTILINE)


class TemplateError(ValueError):
    """The template lacks one of the two lines."""


def synchronise(template: str, workspace: Workspace) -> str:
    """The template with the two lines as the workspace has them."""
    destinations = "[" + ", ".join(destination.id for destination in workspace.destinations) + "]"
    sources = ",".join(source.id for source in workspace.sources)
    for pattern, value in ((_DESTINATIONS, destinations), (_SOURCES, sources)):
        template, found = pattern.subn(rf"\g<before>{value}\g<after>", template)
        if found != 1:
            raise TemplateError(f"expected one line that fits {pattern.pattern!r}, found {found}")
    return template
