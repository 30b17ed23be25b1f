"""docs/functions.md: its functions do what it says, its workspaces compile, and `sluice function test` shows it."""

import json
from pathlib import Path

import pytest

from catalogue import types as catalogue
from cli.__main__ import main
from sluice.destinations.outcome import Discarded
from sluice.functions.insert import FILTERED_AT_FUNCTION, inserted
from sluice.functions.runner import HANDLERS, Function, load
from sluice.workspace import files
from sluice.workspace.compiler import InvalidWorkspaceError, check_file
from tests.pages import ROOT, blocks

PAGE = "docs/functions.md"
SOURCES = "sources:\n  - {id: website, type: browser, write_keys: [wk_website]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with the two functions of the page."""
    (tmp_path / "functions").mkdir()
    for name, code in zip(("clean_up.py", "to_crm.py"), blocks(PAGE, "python"), strict=True):
        (tmp_path / "functions" / name).write_text(code)
    both = "destinations:\n" + "".join(each.removeprefix("destinations:\n") for each in blocks(PAGE, "yaml"))
    (tmp_path / "workspace.yaml").write_text(SOURCES + both)
    return tmp_path


def test_the_workspaces_of_the_page_compile(folder: Path) -> None:
    workspace = check_file(folder / "workspace.yaml", catalogue)
    assert [each.id for each in workspace.destinations] == ["crm", "orders"]


def test_the_insert_of_the_page(folder: Path) -> None:
    insert = inserted(Function("clean_up.py", load(folder / "functions/clean_up.py"), {"plan": "pro"}))
    assert insert({"type": "track", "event": "Internal Test"}) == Discarded(FILTERED_AT_FUNCTION)
    assert insert({"type": "page", "name": "Home"}) == {"type": "page", "name": "Home"}


def test_the_page_has_every_handler() -> None:
    page = (ROOT / PAGE).read_text()
    assert [name for name in files.HANDLERS if f"`{name}`" not in page] == []
    assert set(HANDLERS.values()) < set(files.HANDLERS)


def test_the_command_shows_a_diff_and_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = [
        {"type": "track", "event": "Paid", "userId": "u1"},
        {"type": "track", "event": "Internal Test", "userId": "u1"},
        {"type": "page", "userId": "u1"},
    ]
    (folder / "events.json").write_text(json.dumps({"batch": events}))
    options = ["--workspace", str(folder / "workspace.yaml"), "--event", str(folder / "events.json")]
    assert main(["function", "test", "crm", *options]) == 0
    shown = capsys.readouterr().out
    assert '+    "plan": "pro"' in shown
    assert shown.endswith("1 changed, 1 dropped, 1 unchanged\n")


def test_the_command_sends_nothing_and_shows_what_it_would(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = {"type": "track", "event": "Order Completed", "userId": "u1", "properties": {"order_id": "o1", "total": 3}}
    (folder / "events.json").write_text(json.dumps(order))
    options = ["--workspace", str(folder / "workspace.yaml"), "--event", str(folder / "events.json")]
    assert main(["function", "test", "orders", *options]) == 0
    shown = capsys.readouterr().out
    assert 'PUT https://api.crm.example.com/orders/o1 {"customer":"u1","total":3}' in shown


def test_the_command_fails_where_the_function_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "functions/clean_up.py").write_text("def on_track(event, settings):\n    1 / 0\n")
    (folder / "events.json").write_text('{"type": "track", "event": "Paid", "userId": "u1"}')
    options = ["--workspace", str(folder / "workspace.yaml"), "--event", str(folder / "events.json")]
    assert main(["function", "test", "crm", *options]) == 1
    assert "ZeroDivisionError in clean_up.py, line 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "there is no "),
        ("def on_track(", "clean_up.py, line 1: no Python"),
        ("x = 1\n", "clean_up.py has no handler"),
        ("def on_track(event):\n    pass\n", "line 1: on_track takes the event and the settings"),
        ("async def on_track(event, settings):\n    pass\n", "line 1: on_track is async"),
        ("def on_trak(event, settings):\n    pass\n", "nobody calls on_trak; did you mean 'on_track'?"),
    ],
)
def test_mistakes_are_found_when_the_workspace_is_built(folder: Path, code: str | None, said: str) -> None:
    file = folder / "functions/clean_up.py"
    file.unlink() if code is None else file.write_text(code)
    with pytest.raises(InvalidWorkspaceError) as caught:
        check_file(folder / "workspace.yaml", catalogue)
    assert any(said in str(error) and "destinations.0.insert.file" in str(error) for error in caught.value.errors)
