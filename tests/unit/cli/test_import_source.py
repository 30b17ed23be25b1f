"""Segment's cloud sources and functions: tools in their place, and code to be translated."""

import ast
from argparse import Namespace
from pathlib import Path

import orjson
import pytest

from catalogue import types as catalogue
from cli.commands import import_segment
from cli.segment.import_segment import imported
from sluice.workspace.compiler import check

CODE = "// Learn more at https://segment.com\nasync function onTrack(event, settings) {\n  return event\n}\n"
EXPORT = {
    "sources": [
        {"id": "s1", "slug": "website", "writeKeys": ["wkWebsite123"], "metadata": {"slug": "javascript"}},
        {"id": "s2", "slug": "payments", "name": "Payments", "metadata": {"slug": "stripe"}},
        {"id": "s3", "slug": "mails", "name": "Mails", "enabled": False, "metadata": {"slug": "customer.io"}},
        {"id": "s4", "slug": "lists", "name": "Lists", "metadata": {"slug": "mailchimp"}},
    ],
    "destinations": [
        {"id": "d1", "name": "Mixpanel", "sourceId": "s2", "metadata": {"slug": "actions-mixpanel"},
         "settings": {"projectToken": "t"}},
    ],
    "functions": [
        {"id": "fn1", "displayName": "Clean up!", "resourceType": "INSERT_DESTINATION", "code": CODE},
        {"id": "fn2", "displayName": 'Clean "up', "code": CODE},
        {"id": "fn3", "displayName": "Empty", "code": ""},
    ],
}  # fmt: skip


def test_a_cloud_source_that_sends_webhooks_is_a_tool_with_a_reference_for_its_secret() -> None:
    made = imported(EXPORT)
    workspace = check(made.text, "workspace.yaml", catalogue)
    assert [(each.id, each.type, each.enabled, each.settings) for each in workspace.sources[1:]] == [
        ("payments", "stripe", True, {"secret": "${secret:/sluice/payments/secret}"}),
        ("mails", "customerio", False, {"secret": "${secret:/sluice/mails/secret}"}),
        ("lists", "mailchimp", True, {"token": "${secret:/sluice/lists/token}"}),
    ]
    assert workspace.destinations[0].sources == ["payments"]
    assert made.taken["sources"] == 4
    assert {"/sluice/payments/secret", "/sluice/lists/token"} <= set(made.secrets)


def test_a_function_is_a_file_to_be_translated_with_its_code_as_comments() -> None:
    made = imported(EXPORT)
    assert list(made.functions) == ["clean_up.py", "clean_up2.py"]
    for text in made.functions.values():
        assert [each.name for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)] == ["transform"]
        assert "# async function onTrack(event, settings) {" in text
    assert "onTrack" not in made.text


def test_the_command_puts_functions_beside_the_workspace_and_replaces_nobodys_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.json").write_bytes(orjson.dumps(EXPORT))
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/clean_up.py").write_text("mine = True\n")
    options = Namespace(export=tmp_path / "export.json", output=tmp_path / "workspace.yaml", overwrite=False)
    import_segment(options)
    assert (tmp_path / "functions/clean_up.py").read_text() == "mine = True\n"
    assert "not translated yet" in (tmp_path / "functions/clean_up2.py").read_text()
    assert "to be translated: 2 functions" in capsys.readouterr().err
