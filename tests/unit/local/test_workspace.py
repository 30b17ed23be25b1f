"""The workspace of a local run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from local.workspace import Compiled, references, with_company

URL = "http://127.0.0.1:3000/inbox"


def test_the_inbox_is_added_behind_the_others() -> None:
    text = with_company("sources: []\ndestinations:\n  - {id: crm, type: webhook}\n", URL)
    assert yaml.safe_load(text)["destinations"] == [
        {"id": "crm", "type": "webhook"},
        {"id": "inbox", "type": "webhook", "settings": {"url": URL}},
    ]


def test_a_workspace_may_have_no_destinations_and_no_warehouses() -> None:
    found = yaml.safe_load(with_company("sources: []\n", URL))
    assert [each["id"] for each in (*found["destinations"], *found["warehouses"])] == ["inbox", "local"]


def test_what_has_one_of_them_gets_the_other() -> None:
    found = yaml.safe_load(with_company("destinations:\n  - {id: inbox, type: other}\n", URL))
    assert [each["type"] for each in (*found["destinations"], *found["warehouses"])] == ["other", "duckdb"]


@pytest.mark.parametrize(
    "text",
    [
        "destinations:\n  - {id: inbox, type: other}\nwarehouses:\n  - {id: local, type: postgres}\n",
        "destinations:\n  - {id: inbox, type: other}\n  - {id: local, type: other}\n",
        "destinations: 3\n",
        "- a\n",
        "a: [",
        "",
        "destinations: [1]\nx: [",
    ],
)
def test_what_has_one_or_cannot_be_read_is_left_to_the_compiler(text: str) -> None:
    assert with_company(text, URL) == text


def test_references_are_found_at_any_depth() -> None:
    document = {
        "a": "${secret:/sluice/crm/key}",
        "b": [{"c": "${secretsmanager:/sluice/crm/other}"}, "no ${secret:/x} here", 3, None],
    }
    assert set(references(document)) == {("secret", "/sluice/crm/key"), ("secretsmanager", "/sluice/crm/other")}


def test_a_compiled_workspace_says_what_the_template_depends_on() -> None:
    document = {
        "sources": [{"id": "website", "settings": None}, {"id": "billing", "settings": {"secret": "x"}}],
        "destinations": [
            {"id": "crm", "type": "webhook", "enabled": False, "settings": {"url": URL}},
            {"id": "b", "type": "other", "enabled": True, "settings": {}},
        ],
        "warehouses": [{"id": "local"}],
        "write_keys": {"wk_a": "website"},
    }
    compiled = Compiled(Path("a"), Path("b"), document)
    assert compiled.shape == (("website", "billing"), ("crm", "b"), ("local",), ("billing",))
    assert compiled.write_key == "wk_a"
    assert [(each.id, each.type, each.url, each.enabled) for each in compiled.targets] == [
        ("crm", "webhook", URL, False),
        ("b", "other", "", True),
    ]
