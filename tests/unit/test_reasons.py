"""docs/reasons.md: every reason is there, means something and has a way out, and every answer is one of ours."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import catalogue
import sluice
from cli.pages.reasons_page import ADVICE, meanings, page
from tests.pages import ROOT


def test_the_page_is_current() -> None:
    assert page() == (ROOT / "docs/reasons.md").read_text(), "run `make pages`"


def test_every_reason_of_the_library_and_the_catalogue_has_advice_and_no_other_has() -> None:
    for package in (sluice, catalogue):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    assert set(ADVICE) == set(meanings())


def test_every_code_of_the_answers_is_given_by_the_edge() -> None:
    edge = "\n".join(path.read_text() for path in Path("layers/sluice/sluice/edge").rglob("*.py"))
    codes = set(re.findall(r"^\| \d{3} `([a-z_]+)`", page(), re.MULTILINE))
    assert len(codes) == 13
    assert {code for code in codes if f'"{code}"' not in edge} == set()
