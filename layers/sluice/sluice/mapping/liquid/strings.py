"""Filters of texts."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from sluice.mapping.liquid.values import MAX_LENGTH, amount, text
from sluice.mapping.values import NOTHING, UnmappableError

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_ESCAPED = re.compile("|".join(map(re.escape, _ESCAPES.values())))
_LETTERS = {escape: letter for letter, escape in _ESCAPES.items()}
_SPACE = re.compile(r"\s+")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: What `encodeURIComponent` leaves, and what `encodeURI` leaves besides.
_COMPONENT, _ADDRESS = "-_.!~*'()", "-_.!~*'();/?:@&=+$,#[]"
_BASE64 = re.compile(r"[A-Za-z0-9+/]*")
#: HTML whose content is no text, and any other tag.
_BLOCKS = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">"))
_ACCENTS = {
    **dict.fromkeys("àáâãäå", "a"), "æ": "ae", "ç": "c", **dict.fromkeys("èéêë", "e"), **dict.fromkeys("ìíîï", "i"),
    "ð": "d", "ñ": "n", **dict.fromkeys("òóôõöø", "o"), **dict.fromkeys("ùúûü", "u"), **dict.fromkeys("ýÿ", "y"),
    "ß": "ss", "œ": "oe", "þ": "th", "ẞ": "SS", "Œ": "OE", "Þ": "TH",
}  # fmt: skip
#: What stays of a text in an address, beside letters and digits.
_KEPT = {"default": "", "latin": "", "pretty": "._~!$&'()+,;=@"}


def escape(left: Any) -> str:
    return re.sub("[&<>\"']", lambda found: _ESCAPES[found[0]], text(left))


def escape_once(left: Any) -> str:
    return escape(_ESCAPED.sub(lambda found: _LETTERS[found[0]], text(left)))


def strip_html(left: Any) -> str:
    """Strip tags, comments, scripts and styles. What does not end is text."""
    html, kept, at, unended = text(left), [], 0, set()
    while (begin := html.find("<", at)) >= 0:
        kept.append(html[at:begin])
        at = begin
        for opening, closing in _BLOCKS:
            if opening in unended or not html.startswith(opening, begin):
                continue
            end = html.find(closing, begin + len(opening))
            if end >= 0:
                at = end + len(closing)
                break
            unended.add(opening)
        if at <= begin:
            break
    return "".join(kept) + html[at:]


def replaced(left: Any, pattern: Any = "", replacement: Any = "") -> str:
    whole, old, new = text(left), text(pattern), text(replacement)
    if len(whole) + whole.count(old) * max(0, len(new) - len(old)) > MAX_LENGTH:
        raise UnmappableError(f"@liquid: it makes more than {MAX_LENGTH} characters")
    return new.join(list(whole)) if not old else whole.replace(old, new)


def _replaced_last(left: Any, pattern: Any = "", replacement: Any = "") -> str:
    whole, old = text(left), text(pattern)
    before, found, after = whole.rpartition(old) if old else (whole, "", "")
    return f"{before}{text(replacement)}{after}" if found or not old else whole


def split(left: Any, separator: Any = "") -> list[str]:
    """Split a string; empty strings at the end are left out."""
    whole, between = text(left), text(separator)
    parts = whole.split(between) if between else list(whole)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _stripped(strip: Callable[[str, str | None], str]) -> Callable[..., str]:
    return lambda left, letters=NOTHING: strip(text(left), text(letters) or None)


def truncate(left: Any, length: Any = 50, ending: Any = "...") -> Any:
    whole, most, mark = text(left), int(amount(length)), text(ending)
    return left if len(whole) <= most else whole[: max(0, most - len(mark))] + mark


def truncatewords(left: Any, count: Any = 15, ending: Any = "...") -> str:
    """Return the first words and the mark, also where there are no more words."""
    words, most = _SPACE.split(text(left).lstrip()), max(1, int(amount(count)))
    return " ".join(words[:most]) + (text(ending) if len(words) >= most else "")


def number_of_words(left: Any) -> int:
    return len(text(left).split())


def url_decode(left: Any) -> str:
    whole = text(left).replace("+", " ")
    if _MALFORMED.search(whole):
        raise UnmappableError("@liquid: url_decode was given what is not encoded")
    return unquote(whole, errors="strict")


def slugify(left: Any, mode: Any = "default", is_cased: Any = False) -> str:
    whole, mode = text(left), mode if isinstance(mode, str) else "none"
    if mode == "latin":
        whole = "".join(_ACCENTS.get(letter, letter) for letter in whole)
    if mode in _KEPT:
        kept = _KEPT[mode]
        whole = re.sub(r"\x00+", "-", "".join(each if _is_word(each) or each in kept else "\x00" for each in whole))
    elif mode in ("ascii", "raw"):
        whole = re.sub(r"[^A-Za-z0-9]+" if mode == "ascii" else r"\s+", "-", whole)
    if mode != "none" and mode in (*_KEPT, "ascii", "raw"):
        whole = whole.removeprefix("-").removesuffix("-")
    return whole if is_cased and is_cased is not NOTHING else whole.lower()


def _is_word(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LM" or category == "Nd"


def base64_decode(left: Any) -> str:
    whole = re.sub(r"[\t\n\f\r ]", "", text(left))
    if len(whole) % 4 == 0:
        whole = re.sub("==?$", "", whole)
    if len(whole) % 4 == 1 or not _BASE64.fullmatch(whole):
        raise UnmappableError("@liquid: base64_decode was given what is not encoded")
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


def _sentence(left: str) -> str:
    return left[:1].upper() + left[1:].lower()


FILTERS: Mapping[str, Callable[..., Any]] = {
    "append": lambda left, right: text(left) + text(right),
    "base64_decode": base64_decode,
    "base64_encode": lambda left: base64.b64encode(text(left).encode()).decode(),
    "capitalize": lambda left: _sentence(text(left)),
    "cgi_escape": lambda left: quote(text(left), safe="-_.~").replace("%20", "+"),
    "downcase": lambda left: text(left).lower(),
    "escape": escape,
    "escape_once": escape_once,
    "hmac_sha256": lambda left, key=NOTHING: hmac.new(text(key).encode(), text(left).encode(), "sha256").hexdigest(),
    "lstrip": _stripped(str.lstrip),
    "normalize_whitespace": lambda left: _SPACE.sub(" ", text(left)),
    "number_of_words": number_of_words,
    "prepend": lambda left, right: text(right) + text(left),
    "remove": lambda left, part=NOTHING: text(left).replace(text(part), "") if text(part) else text(left),
    "remove_first": lambda left, part=NOTHING: text(left).replace(text(part), "", 1),
    "remove_last": _replaced_last,
    "replace": replaced,
    "replace_first": lambda left, old="", new="": text(left).replace(text(old), text(new), 1),
    "replace_last": _replaced_last,
    "rstrip": _stripped(str.rstrip),
    "sha256": lambda left: hashlib.sha256(text(left).encode()).hexdigest(),
    "slugify": slugify,
    "split": split,
    "squish": lambda left: _SPACE.sub(" ", text(left)).strip(),
    "strip": _stripped(str.strip),
    "strip_html": strip_html,
    "strip_newlines": lambda left: re.sub(r"\r?\n", "", text(left)),
    "truncate": truncate,
    "truncatewords": truncatewords,
    "upcase": lambda left: text(left).upper(),
    "uri_escape": lambda left: quote(text(left), safe=_ADDRESS),
    "url_decode": url_decode,
    "url_encode": lambda left: quote(text(left), safe=_COMPONENT).replace("%20", "+"),
    "xml_escape": escape,
}
