"""API Gateway's choice of a route."""

from __future__ import annotations

import pytest

from local.http.routes import Router

KEYS = [
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{id}",
    "GET /pets/dog/1",
    "ANY /pets/dog/1",
    "POST /v1/{call}",
    "GET /v1/pixel/{call}",
]
ROUTER = Router({key: key for key in KEYS})


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("POST", "/pets/dog/1", "ANY /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/pets/cat/1", "ANY /{proxy+}", {"proxy": "pets/cat/1"}),
        ("POST", "/v1/track", "POST /v1/{call}", {"call": "track"}),
        ("GET", "/v1/pixel/track", "GET /v1/pixel/{call}", {"call": "track"}),
        ("POST", "/v1/track/", "ANY /{proxy+}", {"proxy": "v1/track/"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    match = ROUTER.match(method, path)
    assert match is not None
    assert (match.route_key, match.target, match.path_parameters) == (key, key, parameters)


def test_no_variable_is_empty_or_more_than_a_segment() -> None:
    router = Router({"GET /v1/{call}": 1})
    assert router.match("GET", "/v1/") is None
    assert router.match("GET", "/v1/a/b") is None


def test_without_a_default_the_rest_is_not_found() -> None:
    router = Router({"GET /a.b": 1})
    assert router.match("GET", "/a.b") is not None
    assert router.match("GET", "/axb") is None
    assert router.match("POST", "/a.b") is None
