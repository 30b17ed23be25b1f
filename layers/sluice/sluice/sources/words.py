"""A vendor's names of events and fields, as Segment's Spec writes them."""

import re
from functools import lru_cache

_PARTS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 200


@lru_cache(1024)
def in_words(name: str) -> str:
    """Return `Invoice Paid` for `invoice.paid`, `Initial Purchase` for `INITIAL_PURCHASE`; `` for what has no letter.

    Humps count where a name has small letters too: `contact.propertyChange` is `Contact Property Change`.
    """
    return " ".join(word[:1].upper() + word[1:].lower() for word in _words(name))


@lru_cache(1024)
def in_snake_case(name: str) -> str:
    """Return `message_id` for `MessageID`, as Segment's Spec writes properties."""
    return "_".join(_words(name)).lower()


def _words(name: str) -> list[str]:
    words: list[str] = []
    for part in _PARTS.findall(name[:_LONGEST]):
        words += [part] if part.isupper() else _HUMPS.split(part)
    return words
