"""`Viewed {{name}}`: texts with values of the event in them."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sluice.javascript.numbers import text_of
from sluice.mapping.values import NOTHING, getter

#: From plain text to the same text in a markup.
type Escape = Callable[[str], str]

_PLACE = re.compile(r"\{\{\{([^}]+)\}\}\}|\{\{([^}]+)\}\}")


def compiled(template: str, escape: Escape | None = None) -> Callable[[Any], str]:
    """Compile a template. Missing and null are empty. Values are put in once: braces in them are braces.

    Places begin at the event, and with `$.` if one likes. `escape` makes plain text of a value in a markup; values in
    three braces are markup themselves.
    """
    constants: list[str] = []
    getters: list[Callable[[Any], Any]] = []
    end = 0
    for match in _PLACE.finditer(template):
        constants.append(template[end : match.start()])
        get = getter((match[1] or match[2]).strip())
        getters.append(get if escape is None or match[1] else _escaped(get, escape))
        end = match.end()
    constants.append(template[end:])

    def render(event: Any) -> str:
        parts = [constants[0]]
        for get, constant in zip(getters, constants[1:], strict=True):
            value = get(event)
            if value is not None and value is not NOTHING:
                parts.append(value if type(value) is str else text_of(value))
            parts.append(constant)
        return "".join(parts)

    return render


def _escaped(get: Callable[[Any], Any], escape: Escape) -> Callable[[Any], Any]:
    def escaped(event: Any) -> Any:
        value = get(event)
        return value if value is None or value is NOTHING else escape(value if type(value) is str else text_of(value))

    return escaped


#: Of templates that are themselves values of events.
found = lru_cache(1024)(compiled)
