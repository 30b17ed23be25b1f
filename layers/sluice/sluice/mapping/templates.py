"""`Viewed {{name}}`: texts with values of the event in them."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sluice.javascript.numbers import text_of
from sluice.mapping.values import NOTHING, getter

_PLACE = re.compile(r"\{\{\{([^}]+)\}\}\}|\{\{([^}]+)\}\}")


def compiled(template: str) -> Callable[[Any], str]:
    """Compile a template. Missing and null are empty. Values are put in once: braces in them are braces.

    Places begin at the event, and with `$.` if one likes.
    """
    constants: list[str] = []
    getters: list[Callable[[Any], Any]] = []
    end = 0
    for match in _PLACE.finditer(template):
        constants.append(template[end : match.start()])
        getters.append(getter((match[1] or match[2]).strip()))
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


#: Of templates that are themselves values of events.
found = lru_cache(1024)(compiled)
