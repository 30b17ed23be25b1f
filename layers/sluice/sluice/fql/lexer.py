"""Text to tokens, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

type Kind = Literal["text", "number", "path", "operator", "end"]

#: Segment's own limit of an expression.
MAX_BYTES = 5 * 1024


class FqlError(ValueError):
    """Not an expression; `position` counts characters from 0."""

    def __init__(self, problem: str, text: str, position: int) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1)
        shown = text.split("\n")[line - 1]
        where = f"at character {column + 1}" if line == 1 else f"in line {line} at character {column + 1}"
        super().__init__(f"{problem} {where}\n  {shown}\n  {' ' * column}^")
        self.problem, self.position = problem, position


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is what it means: a text without its quotes, a number, the names of a path, an operator.

    In a text, a backslash before a quote makes it a part of the text; any other stays, for `match` to read.
    """

    kind: Kind
    value: str | int | float | tuple[str, ...]
    position: int


_BLANK = re.compile(r"\s*")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(?![\w.\\-])")
_PATH = re.compile(r"(?:[\w$@-]|\\.)+(?:\.(?:[\w$@-]|\\.)+)*", re.DOTALL)
_OPERATOR = re.compile(r"!=|<=|>=|[=<>!()\[\],]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAME = re.compile(r"(?:[^\\.]|\\.)+", re.DOTALL)
_QUOTE = re.compile(r"\\(['\"])")


def tokens(text: str) -> Iterator[Token]:
    """Ends with a token of kind `end`. Raises FqlError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FqlError(f"longer than {MAX_BYTES} bytes", text, 0)
    position = _end(_BLANK, text, 0)
    while position < len(text):
        token, after = _token(text, position)
        yield token
        position = _end(_BLANK, text, after)
    yield Token("end", "", position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _token(text: str, position: int) -> tuple[Token, int]:
    if match := _TEXT.match(text, position):
        inner = match[1] if match[1] is not None else match[2]
        return Token("text", _QUOTE.sub(r"\1", inner), position), match.end()
    if match := _NUMBER.match(text, position):
        value = float(match[0]) if match[1] else int(match[0])
        return Token("number", value, position), match.end()
    if match := _PATH.match(text, position):
        names = tuple(_ESCAPED.sub(r"\1", name) for name in _NAME.findall(match[0]))
        return Token("path", names, position), match.end()
    if match := _OPERATOR.match(text, position):
        return Token("operator", match[0], position), match.end()
    problem = "a text that does not end" if text[position] in "'\"" else f"unexpected {text[position]!r}"
    raise FqlError(problem, text, position)
