"""Segment's globs: `*`, `?`, `[abc]`, `[a-z]`, `[^a-z]` and `\\x`, on the whole text, in linear time.

A pattern is cut at its stars. Each piece between two of them is looked for once, from left to right: the first place
where it fits is as good as any, so nothing is ever tried again.
"""

from collections.abc import Callable, Sequence

type _One = Callable[[str], bool]


def glob(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits; none fits a pattern with a class that does not end."""
    pieces = _pieces(pattern)
    if pieces is None:
        return lambda _: False
    if len(pieces) == 1:
        only = pieces[0]
        return lambda text: len(text) == len(only) and _fits(only, text, 0)
    first, *middle, last = pieces

    def fits(text: str) -> bool:
        end = len(text) - len(last)
        if end < len(first) or not _fits(first, text, 0) or not _fits(last, text, end):
            return False
        at = len(first)
        for piece in middle:
            while at + len(piece) <= end and not _fits(piece, text, at):
                at += 1
            if at + len(piece) > end:
                return False
            at += len(piece)
        return True

    return fits


def _fits(piece: Sequence[_One], text: str, start: int) -> bool:
    return all(one(text[start + offset]) for offset, one in enumerate(piece))


def _pieces(pattern: str) -> list[list[_One]] | None:
    pieces: list[list[_One]] = [[]]
    at = 0
    while at < len(pattern):
        match pattern[at]:
            case "*":
                pieces.append([])
                at += 1
            case "?":
                pieces[-1].append(lambda _: True)
                at += 1
            case "[":
                found = _class(pattern, at + 1)
                if found is None:
                    return None
                one, at = found
                pieces[-1].append(one)
            case "\\" if at + 1 == len(pattern):
                return None
            case letter:
                at += letter == "\\"
                pieces[-1].append(pattern[at].__eq__)
                at += 1
    return pieces


def _class(pattern: str, at: int) -> tuple[_One, int] | None:
    """The class that begins behind its bracket, and where it ends; None if it does not."""
    negated = pattern[at : at + 1] == "^"
    at += negated
    ranges: list[tuple[str, str]] = []
    while at < len(pattern) and (pattern[at] != "]" or not ranges):
        low, at = _letter(pattern, at)
        high = low
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            high, at = _letter(pattern, at + 1)
        ranges.append((low, high))
    if at >= len(pattern) or any(len(low) != 1 or len(high) != 1 for low, high in ranges):
        return None
    return lambda letter: any(low <= letter <= high for low, high in ranges) != negated, at + 1


def _letter(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\":
        return pattern[at + 1 : at + 2], at + 2
    return pattern[at], at + 1
