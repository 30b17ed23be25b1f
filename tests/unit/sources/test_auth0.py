"""Auth0: entries of a log stream, in each of its formats."""

import json
from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import event, hook, is_proven, translated

SIGN_UP: dict[str, Any] = {
    "log_id": "900",
    "data": {
        "date": "2026-01-01T00:00:00.000Z", "type": "ss", "user_id": "auth0|77", "user_name": "jo@example.com",
        "ip": "203.0.113.9", "user_agent": "Chrome 142", "client_name": "Web",
    },
}  # fmt: skip


def of(**changes: Any) -> dict[str, Any]:
    return {"log_id": "900", "data": {**SIGN_UP["data"], **changes}}


def test_a_sign_up_is_two_events() -> None:
    identify, track = translated("auth0", [SIGN_UP], source="auth")
    assert isinstance(identify, dict)
    assert isinstance(track, dict)
    assert (identify["type"], identify["userId"], identify["messageId"]) == (
        "identify",
        "auth0|77",
        "auth:900:identify",
    )
    assert identify["traits"] == {"email": "jo@example.com"}
    assert (track["event"], track["userId"], track["messageId"]) == ("Signed Up", "auth0|77", "auth:900")
    assert track["properties"] == {"client_name": "Web"}
    for each in (identify, track):
        assert each["timestamp"] == "2026-01-01T00:00:00.000Z"
        assert (each["context"]["ip"], each["context"]["userAgent"]) == ("203.0.113.9", "Chrome 142")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([SIGN_UP, SIGN_UP]).encode(),
        b"\n".join([json.dumps(SIGN_UP).encode()] * 2) + b"\n",
        json.dumps([SIGN_UP, SIGN_UP], indent=2).encode(),
    ],
)
def test_lists_and_lines(body: bytes) -> None:
    assert len(translated("auth0", body)) == 4


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object(indent: int | None) -> None:
    assert len(translated("auth0", json.dumps(SIGN_UP, indent=indent).encode())) == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("s", "Logged In"),
        ("slo", "Logged Out"),
        ("f", "Login Failed"),
        ("fp", "Login Failed"),
        ("fu", "Login Failed"),
        ("fs", "Signup Failed"),
        ("fcp", "Password Change Failed"),
        ("scp", "Password Changed"),
        ("limit_wc", "Account Blocked"),
        ("gd_auth_succeed", "Gd Auth Succeed"),
    ],
)
def test_codes(code: str, name: str) -> None:
    assert event("auth0", of(type=code))["event"] == name


def test_a_login_that_failed_is_about_the_address_that_was_typed() -> None:
    found = event("auth0", of(type="fu", user_id=None))
    assert (found["anonymousId"], found["event"]) == ("jo@example.com", "Login Failed")


def test_a_name_that_is_no_address_is_a_username() -> None:
    identify, _ = translated("auth0", of(user_name="jo"))
    assert isinstance(identify, dict)
    assert identify["traits"] == {"username": "jo"}


def test_the_token_is_the_value_of_the_authorization_header() -> None:
    kind = source_type("auth0")
    assert is_proven(kind, hook(authorization="s3cret"), ["s3cret"])
    assert not is_proven(kind, hook(authorization="s3cret "[:-2]), ["s3cret"])
