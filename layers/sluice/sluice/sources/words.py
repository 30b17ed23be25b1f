"""A vendor's name of an event in words, as Segment's Spec writes names."""

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
    words: list[str] = []
    for part in _PARTS.findall(name[:_LONGEST]):
        words += [part] if part.isupper() else _HUMPS.split(part)
    return " ".join(word[:1].upper() + word[1:].lower() for word in words)
