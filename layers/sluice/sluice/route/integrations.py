"""The `integrations` object of an event: which destinations its sender wants it to reach.

https://segment.com/docs/connections/spec/common/#integrations
"""

from collections.abc import Iterable, Mapping
from typing import Any


def allows(integrations: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Names are case-sensitive; a name that is not there follows `All`, and `All` is true unless it says false.

    An object instead of true carries options, and counts as true.
    """
    for name in names:
        if name in integrations:
            return _enabled(integrations[name])
    return _enabled(integrations.get("All", True))


def _enabled(value: Any) -> bool:
    return isinstance(value, dict) or value is not False
