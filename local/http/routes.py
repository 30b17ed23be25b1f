"""Select the function of a request as API Gateway does for HTTP APIs."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")
DEFAULT = "$default"


@dataclass(frozen=True)
class Match[Target]:
    target: Target
    route_key: str
    path_parameters: dict[str, str]


@dataclass(frozen=True)
class _Route[Target]:
    key: str
    method: str
    pattern: re.Pattern[str]
    rank: tuple[object, ...]
    target: Target


class Router[Target]:
    """Matches requests to targets by route key: `POST /v1/{call}`, `ANY /files/{path+}`, `$default`.

    The most specific route wins, segment by segment (text before `{variable}` before `{greedy+}`), and for the same
    path a named method before ANY. `$default` takes whatever is left, for every method.
    """

    def __init__(self, routes: dict[str, Target]) -> None:
        self._default = routes.get(DEFAULT)
        self._routes = sorted(
            (_route(key, target) for key, target in routes.items() if key != DEFAULT), key=lambda route: route.rank
        )

    def match(self, method: str, path: str) -> Match[Target] | None:
        """`path` is decoded. None is API Gateway's 404."""
        for route in self._routes:
            if route.method in (method, "ANY") and (found := route.pattern.fullmatch(path)):
                names = [name for name, _ in _VARIABLE.findall(route.key)]
                return Match(route.target, route.key, dict(zip(names, found.groups(), strict=True)))
        return None if self._default is None else Match(self._default, DEFAULT, {})


def _route[Target](key: str, target: Target) -> _Route[Target]:
    method, _, path = key.partition(" ")
    expression, ranks = "", []
    for segment in path.split("/"):
        variable = _VARIABLE.fullmatch(segment)
        if not variable:
            part, rank = re.escape(segment), 0
        elif variable[2]:
            part, rank = "(.+)", 2
        else:
            part, rank = "([^/]+)", 1
        expression += part + "/"
        ranks.append(rank)
    return _Route(key, method, re.compile(expression[:-1], re.DOTALL), (ranks, method == "ANY"), target)
