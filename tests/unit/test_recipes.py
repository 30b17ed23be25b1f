"""docs/recipes.md: each recipe compiles, and does what its heading says."""

import json
import re
from typing import Any

import pytest

from catalogue import types as catalogue
from cli.__main__ import _parser
from cli.preview import preview
from sluice.router.decisions import decide
from sluice.spec.reasons import meanings
from sluice.workspace.compiled import Destination, Workspace, from_json
from sluice.workspace.compiler import check, dump
from sluice.workspace.omissions import omissions
from tests import examples
from tests.pages import ROOT, blocks, commands

PAGE = "docs/recipes.md"
SECTIONS = (ROOT / PAGE).read_text().split("\n## ")[1:]
RECIPES = {
    section.partition("\n")[0]: found[1]
    for section in SECTIONS
    if (found := re.search(r"^```yaml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))
}


def workspace(recipe: str) -> Workspace:
    found = check(RECIPES[recipe], "workspace.yaml", catalogue)
    assert list(omissions(found)) == []
    return from_json(dump(found, catalogue))


def orders(recipe: str) -> Destination:
    return workspace(recipe).destinations["orders"]


def said(destination: Destination, source: str, event: dict[str, Any]) -> str:
    return "\n".join(preview(destination, source, event).lines)


def test_every_block_of_yaml_has_a_heading_of_its_own() -> None:
    assert len(RECIPES) == len(blocks(PAGE, "yaml"))


def test_a_source_is_added() -> None:
    assert set(workspace("Add a source").sources) == {"website", "app"}


@pytest.mark.parametrize("event", [examples.TRACK, examples.IDENTIFY, {**examples.TRACK, "event": "Other"}])
def test_one_event_goes_to_one_vendor(event: dict[str, Any]) -> None:
    is_sent = preview(orders("Send one event to one vendor"), "server", {"integrations": {}, **event}).requests
    assert is_sent == (event.get("event") == "Order Completed")


def test_personal_data_is_dropped_from_all_of_its_places() -> None:
    traits = {"email": "ana@example.com", "phone": "1", "plan": "pro"}
    for event in (
        {**examples.IDENTIFY, "integrations": {}, "traits": traits},
        {**examples.TRACK, "context": {"traits": traits, "ip": "203.0.113.9"}},
    ):
        shown = said(orders("Drop personal data"), "server", event)
        assert "POST https://orders.example.com/hook" in shown
        assert '"plan": "pro"' in shown
        assert not {"ana@example.com", "phone", "203.0.113.9"} & set(re.findall(r"[\w.@]+", shown))


def test_a_sample_keeps_its_part_of_pages_and_all_else() -> None:
    destination = orders("Send a sample")
    pages = [{**examples.PAGE, "integrations": {}, "anonymousId": f"a-{number}"} for number in range(2000)]
    assert 120 < sum(isinstance(decide(page, destination), dict) for page in pages) < 280
    assert isinstance(decide(examples.TRACK, destination), dict)


def test_every_command_of_ours_is_understood() -> None:
    for command in commands(PAGE):
        _, found, words = command.rpartition("bin/sluice ")
        if found:
            _parser().parse_args(words.split())


def test_every_code_of_the_table_is_a_reason() -> None:
    codes = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / PAGE).read_text(), re.MULTILINE)
    assert len(codes) == 6
    assert set(codes) <= set(meanings())


def test_the_secrets_of_this_machine_are_an_object_of_texts() -> None:
    (example,) = blocks(PAGE, "json")
    assert all(isinstance(value, str) for value in json.loads(example).values())
