"""YAML with the line of every value, so that an error can say where it is.

Only what JSON has as well comes out of it. YAML takes `2026-01-01` for a date and `on` for true; an author who meant a
text is told so.
"""

import math
from typing import Any

import yaml
from yaml.reader import ReaderError

type Path = tuple[str | int, ...]

#: Of objects and lists within each other, and of values, each alias counted as often as it stands.
_MAX_DEPTH, _MAX_VALUES = 100, 200_000
#: Integers that the compiled form has room for.
_INTEGERS = range(-(2**63), 2**64)


class YamlError(ValueError):
    """Not YAML, or YAML that says a thing twice or has no JSON; carries the line, counted from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """Return the document and the line of each path in it. Raises YamlError."""
    lines: dict[Path, int] = {(): 1}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, lines
        _walk(node, (), lines, [])
        document = loader.construct_document(node)
    except ReaderError as error:
        raise YamlError(
            text.count("\n", 0, error.position) + 1, f"there may be no {_shown(error.character)}"
        ) from error
    except yaml.MarkedYAMLError as error:
        # What is not closed is known at the end of the file, and is to be looked for where it begins.
        is_open = error.context_mark is not None and "end of stream" in (error.problem or "")
        mark = error.context_mark if is_open else error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, error.problem or str(error)) from error
    except yaml.YAMLError as error:
        raise YamlError(1, str(error)) from error
    except RecursionError as error:
        raise YamlError(1, f"more than {_MAX_DEPTH} levels") from error
    _check(document, (), lines)
    return document, lines


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of `path`, or of the nearest thing around it that the file has."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


class _Loader(yaml.SafeLoader):
    """A loader that says where a value stands of which YAML can make nothing, such as the 31st of February."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            if isinstance(error, YamlError):
                raise
            kind = node.tag.rpartition(":")[2]
            raise YamlError(node.start_mark.line + 1, f"no {kind} can be made of this; put it in quotes") from error


def _shown(character: int | str) -> str:
    """Return the name of a character; the reader knows it as a number."""
    return f"U+{character if isinstance(character, int) else ord(character):04X}"


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int], seen: list[None]) -> None:
    """Note the lines of a node, and check that it has an end. `seen` is as long as there were values."""
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    seen.append(None)
    if len(path) > _MAX_DEPTH:
        raise YamlError(line, f"more than {_MAX_DEPTH} levels")
    if len(seen) > _MAX_VALUES:
        raise YamlError(line, f"more than {_MAX_VALUES} values")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(key.start_mark.line + 1, "a name must be a text")
            below = (*path, key.value)
            if below in lines:
                raise YamlError(key.start_mark.line + 1, f"{key.value!r} stands here a second time")
            lines[below] = key.start_mark.line + 1
            _walk(value, below, lines, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, seen)


def _check(value: Any, path: Path, lines: dict[Path, int]) -> None:
    """Raise YamlError for what JSON has not."""
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str):
                raise YamlError(line_of(path, lines), f"the name {name!r} is no text; put it in quotes")
            _check(name, (*path, name), lines)
            _check(each, (*path, name), lines)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _check(each, (*path, index), lines)
    elif (fault := _fault(value)) is not None:
        raise YamlError(line_of(path, lines), fault)


def _fault(value: Any) -> str | None:
    """Return why JSON has no such value, or None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return None if value.isascii() or _is_text(value) else "half a character"
    if isinstance(value, int):
        return None if value in _INTEGERS else "a number of more than 64 bits; put it in quotes"
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value} is no number"
    return f"YAML reads a {type(value).__name__} here; put it in quotes"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
