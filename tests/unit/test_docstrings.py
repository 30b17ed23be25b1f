"""Docstrings and the descriptions of fields begin as sentences do: with a verb, or with the noun that is described."""

import ast
from collections.abc import Iterator, Mapping

import pytest

from catalogue import types as catalogue
from sluice.destinations.field import Field
from tests.pages import ROOT

FOLDERS = ("cli", "functions", "layers", "local")
#: Openings of a clause without a subject and a verb, which leave it to the reader to guess both.
BARE = frozenset({
    "As", "By", "For", "From", "How", "If", "In", "Of", "Raises", "That", "Those", "To", "What", "When", "Where",
    "Whether", "Which", "Who", "Whose", "With", "Without",
})  # fmt: skip


def documented(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the docstring of a module, and of its classes and functions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found = ast.get_docstring(node)
            if found is not None:
                yield getattr(node, "lineno", 1), found


def is_bare(text: str) -> bool:
    return text.split()[0].strip(",.:") in BARE


def bare(text: str) -> list[str]:
    return [f"{line}: {found[:60]}" for line, found in documented(text) if is_bare(found)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_docstring_begins_with_a_bare_clause(folder: str) -> None:
    files = [file for file in (ROOT / folder).rglob("*.py") if "node_modules" not in file.parts]
    assert files
    assert [f"{file}:{each}" for file in files for each in bare(file.read_text())] == []


def described(type_name: str) -> Iterator[tuple[str, str]]:
    """Yield the place and the description of each action of a destination, and of all its fields."""
    for action in catalogue.destination_type(type_name).actions:
        yield action.id, action.description
        yield from _of_fields(action.fields, action.id)


def _of_fields(fields: Mapping[str, Field], place: str) -> Iterator[tuple[str, str]]:
    for name, field in fields.items():
        yield f"{place}.{name}", field.description
        yield from _of_fields(field.properties or {}, f"{place}.{name}")


@pytest.mark.parametrize("type_name", catalogue.destination_types())
def test_an_action_and_a_field_are_described_in_sentences(type_name: str) -> None:
    found = dict(described(type_name))
    assert {
        place: text
        for place, text in found.items()
        if not text.endswith(".") or not (text[0].isupper() or text[0] == "`") or is_bare(text)
    } == {}


def test_a_bare_clause_is_seen() -> None:
    assert bare('def f() -> bool:\n    """Whether it is so."""\n') == ["1: Whether it is so."]
    assert bare('def f() -> bool:\n    """Return whether it is so."""\n') == []
