"""Workspaces as tests write them, and the mistakes that the build finds in one."""

import pytest

from catalogue import types as catalogue
from sluice.workspace.compiler import InvalidWorkspaceError, check

SOURCES = "sources:\n  - {id: website, type: browser, write_keys: [wk_website]}\n"
WEBHOOK = "destinations:\n  - id: crm\n    type: webhook\n    settings:\n      url: https://a.example/\n"
TEMPLATE = """Mappings:
    Concurrency: {NONE: 10, old: 5}  # concurrency of the workspace's destinations; kept by `make workspace`
    Window: {NONE: 5, old: 60}  # windows of the workspace's destinations, in seconds; kept by `make workspace`
      Ids: old  # sources of the workspace; kept by `make workspace`
      Ids: "old"  # ids of the workspace's warehouses; kept by `make workspace`
    Type: {NONE: ""}  # types of the workspace's warehouses; kept by `make workspace`
    Database: {NONE: "sluice"}  # databases of the workspace's warehouses, for lakes; kept by `make workspace`
    Interval: {NONE: 60, old: 5}  # intervals of the workspace's warehouses, in minutes; kept by `make workspace`
    Age: {NONE: 10800}  # patience of the workspace's warehouses, in seconds; kept by `make workspace`
    Enabled: {NONE: "true"}  # states of the workspace's warehouses; kept by `make workspace`
    Driver: {NONE: "AWS::NoValue"}  # layers of the workspace's warehouses, for their drivers; kept by `make workspace`
    Subnets: {NONE: ""}  # subnets of the workspace's warehouses; kept by `make workspace`
    SecurityGroups: {NONE: ""}  # security groups of the workspace's warehouses; kept by `make workspace`
Resources:
                - [NONE, old]  # hooks of the workspace; kept by `make workspace`
      Ids: "old"  # ids of the workspace's hooks; kept by `make workspace`
    - [old]  # function of the workspace's hooks; kept by `make workspace`
                Resource: [old]  # secrets of the workspace's hooks; kept by `make workspace`
    - [old, older]  # destinations of the workspace; kept by `make workspace`
    - [old]  # drivers of the workspace's warehouses; kept by `make workspace`
    - [old]  # warehouses of the workspace; kept by `make workspace`
"""


def errors(text: str) -> list[str]:
    with pytest.raises(InvalidWorkspaceError) as caught:
        check(text, "workspace.yaml", catalogue)
    return [str(error) for error in caught.value.errors]
