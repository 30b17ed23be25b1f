"""A new destination: what `make destination` makes works, and the page about it tells the truth."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.pages.destination_pages import pages
from cli.scaffold.new_destination import main
from sluice import fql, mapping
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Item
from sluice.destinations.outcome import Delivered, Discarded, Resend
from sluice.fql.parser import FUNCTIONS
from sluice.mapping.directives import DIRECTIVES
from tests.pages import ROOT, blocks


def test_the_pages_of_destinations_are_those_of_the_code() -> None:
    committed = {path.name: path.read_text() for path in (ROOT / "docs/destinations").glob("*.md")}
    assert committed == pages(), "run: make pages"


def test_a_new_destination_works_from_the_first_minute(tmp_path: Path) -> None:
    """Given a copy of what it needs, the test that was made passes, and so do the types."""
    types = "layers/catalogue/catalogue/destinations"
    for part in ("tests", types):
        (tmp_path / part).mkdir(parents=True)
    assert main("firstminute", str(tmp_path)) == 0
    assert main("firstminute", str(tmp_path)) == 1
    assert main("First!", str(tmp_path)) == 2
    for path in (ROOT / types).iterdir():
        if path.name != "__pycache__":
            (tmp_path / types / path.name).symlink_to(path)
    (tmp_path / "layers/catalogue/catalogue/__init__.py").symlink_to(ROOT / "layers/catalogue/catalogue/__init__.py")
    for name in ("layers/sluice", "tests/__init__.py", "tests/destinations.py", "tests/twins.py", "tests/dynamo.py"):
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests/unit"]
    libraries = f"{tmp_path}/layers/catalogue:{ROOT}/layers/sluice"
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={
            "PYTHONPATH": f"{tmp_path}:{libraries}:{ROOT}",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_destination_of_the_page_is_a_whole_one_and_its_test_passes() -> None:
    """Given all snippets of the page in order, its own test passes, and so does what the page says of them."""
    names: dict[str, Any] = {"__name__": "acme"}
    exec("\n".join(blocks("docs/writing-a-destination.md", "python")), names)  # noqa: S102 - our own page
    names["test_an_event_is_sent_with_its_id"]()
    assert isinstance(names["items"]({"total": -1}, None), Discarded)
    two: Batch[Any] = Batch(names["EVENTS"], [Item(names["EVENTS"], 1), Item(names["EVENTS"], 2)], [b"1", b"2"], None)
    assert names["outcomes"](two, Response(400, body=b'{"bad":[1]}')) == [Resend(), Discarded("400", 400)]
    assert names["outcomes"](two, Response(200)) == Delivered(200)
    settings = names["Settings"](api_key="s3cret")
    assert "s3cret" not in repr(settings)
    with pytest.raises(ValueError, match="us or eu"):
        names["Settings"](api_key="k", region="mars")
    assert names["destination"].names == ("Acme",)


def test_the_types_of_the_page_are_right(tmp_path: Path) -> None:
    """Given all snippets as one module, mypy finds nothing, as in a destination of the catalogue."""
    module = tmp_path / "acme.py"
    module.write_text("\n".join(blocks("docs/writing-a-destination.md", "python")))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(module)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_vendor_of_the_page_answers() -> None:
    names: dict[str, Any] = {}
    exec("\n".join(blocks("docs/local-vendors.md", "python")), names)  # noqa: S102 - our own page
    answers = names["vendor"].answers
    request = Request("https://acme.example/", b"")
    assert [answers[name](request).status for name in ("success", "bad item", "unauthorized")] == [200, 400, 403]
    page = (ROOT / "docs/local-vendors.md").read_text()
    assert all(f"| `{name}` |" in page for name in answers)


def rows(heading: str) -> list[tuple[str, str]]:
    """Of a table of docs/mapping.md: what is in its two columns."""
    section = (ROOT / "docs/mapping.md").read_text().split(f"## {heading}")[1].split("\n## ")[0]
    found = re.findall(r"^\| `(.+)` \| `(.+)` \|$", section, re.MULTILINE)
    return [(left.replace("\\|", "|"), right) for left, right in found]


def test_triggers_and_mappings_give_what_the_page_says() -> None:
    event = json.loads(blocks("docs/mapping.md", "json")[0])
    for text, fits in rows("Triggers"):
        assert fql.compile(text)(event) is (fits == "true"), text
    for document, value in rows("Mappings"):
        assert mapping.compile(json.loads(document))(event) == json.loads(value), document


def test_the_page_has_every_directive_and_every_function() -> None:
    page = (ROOT / "docs/mapping.md").read_text()
    for name in (*DIRECTIVES, *FUNCTIONS):
        assert name in page, name


@pytest.mark.parametrize("page", sorted((ROOT / "docs/destinations").glob("*.md")), ids=lambda page: page.name)
def test_no_default_breaks_a_table(page: Path) -> None:
    for line in page.read_text().splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") in (4, 5)
