"""A new source: what `make source` makes works, and the page about it tells the truth."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from catalogue import types as catalogue
from catalogue.sources.translators import translators
from cli.pages.source_pages import pages
from cli.scaffold.new_source import main
from sluice.sources.source import Source
from sluice.sources.translator import Translator
from sluice.workspace.compiled import from_json
from sluice.workspace.compiler import check, dump
from tests.pages import ROOT, blocks

PAGE = "docs/writing-a-source.md"


def test_the_pages_of_sources_are_those_of_the_code() -> None:
    committed = {path.name: path.read_text() for path in (ROOT / "docs/sources").glob("*.md")}
    assert committed == pages(), "run: make pages"


def test_a_new_source_works_from_the_first_minute(tmp_path: Path) -> None:
    types = "layers/catalogue/catalogue/sources"
    for part in ("tests", types):
        (tmp_path / part).mkdir(parents=True)
    assert main("firstminute", str(tmp_path)) == 0
    assert main("firstminute", str(tmp_path)) == 1
    assert main("First!", str(tmp_path)) == 2
    for path in (ROOT / types).iterdir():
        if path.name != "__pycache__":
            (tmp_path / types / path.name).symlink_to(path)
    for name in ("layers/catalogue/catalogue/__init__.py", "layers/sluice", "tests/sources.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests/unit"]
    libraries = f"{tmp_path}:{tmp_path}/layers/catalogue:{ROOT}/layers/sluice:{ROOT}"
    env: dict[str, str] = {"PYTHONPATH": libraries, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_webhook_of_the_page_is_wholly_said_in_the_workspace() -> None:
    (example,) = blocks(PAGE, "yaml")
    assert [each["id"] for each in yaml.safe_load(example)["sources"]] == ["website", "billing"]
    workspace = from_json(dump(check(example, "workspace.yaml", catalogue), catalogue))
    body = (
        b'{"items":[{"id":"i1","type":"invoice.paid","customer":{"ref":"u1"},"created":1767225600,"data":{"total":3}}]}'
    )
    ((event, _),) = translators(workspace)["billing"](body, {})
    assert isinstance(event, dict)
    assert (event["event"], event["userId"], event["messageId"]) == ("Invoice Paid", "u1", "billing:i1")
    assert event["properties"] == {"total": 3}


def test_the_type_of_the_page_translates() -> None:
    (example,) = blocks(PAGE, "python")
    found: dict[str, Any] = {}
    exec(example, found)  # noqa: S102 - it is ours
    acme: Source[Any] = found["source"]
    translate = Translator(acme, "acme", acme.settings(secret="x"))
    ((event, _),) = translate(
        b'{"id":"e1","type":"order.paid","created_at":"2026-01-01","user":{"id":7},"data":{}}', {}
    )
    assert isinstance(event, dict)
    assert (event["event"], event["anonymousId"], event["messageId"]) == ("Order Paid", "acme:7", "acme:e1")
