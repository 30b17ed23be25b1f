"""Segment's globs: `*`, `?`, `[abc]`, `[a-z]`, `[^a-z]` and `\\x`, matched against the whole string.

A glob becomes a regular expression that never goes back: between two stars, the first place where a piece matches is as
good as any, so each piece is an atomic group. https://docs.python.org/3/library/re.html (`(?>…)`)
"""

import re
from collections.abc import Callable
from functools import lru_cache

_NOTHING = "(?!)"


@lru_cache(1024)
def glob(pattern: str) -> Callable[[str], bool]:
    """Return a matcher. A pattern with an unterminated class matches nothing."""
    pieces = _pieces(pattern)
    if pieces is None:
        return lambda _: False
    first, *others = pieces
    if others:
        *middle, last = others
        first += "".join(f"(?>.*?{piece})" for piece in middle if piece) + f".*{last}"
    fullmatch = re.compile(first, re.DOTALL).fullmatch
    return lambda string: fullmatch(string) is not None


def _pieces(pattern: str) -> list[str] | None:
    """Return a regular expression for each piece between two stars."""
    pieces = [""]
    at = 0
    while at < len(pattern):
        match pattern[at]:
            case "*":
                pieces.append("")
                at += 1
            case "?":
                pieces[-1] += "."
                at += 1
            case "[":
                found = _class(pattern, at + 1)
                if found is None:
                    return None
                piece, at = found
                pieces[-1] += piece
            case "\\" if at + 1 == len(pattern):
                return None
            case letter:
                at += letter == "\\"
                pieces[-1] += re.escape(pattern[at])
                at += 1
    return pieces


def _class(pattern: str, at: int) -> tuple[str, int] | None:
    """Return the class that begins behind its bracket, and where it ends; None if it is unterminated."""
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
    inside = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if not inside:
        return ("." if negated else _NOTHING), at + 1
    return f"[{'^' * negated}{inside}]", at + 1


def _letter(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\":
        return pattern[at + 1 : at + 2], at + 2
    return pattern[at], at + 1
