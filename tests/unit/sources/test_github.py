"""GitHub: events of repositories."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, event, hook, is_proven

STAR: dict[str, Any] = {
    "action": "created", "starred_at": "2026-01-01T00:00:00Z",
    "repository": {"id": 186853002, "full_name": "octo/hello", "private": False, "forks_url": "https://api.github.com/f"},
    "organization": {"id": 6, "login": "octo", "url": "https://api.github.com/orgs/octo"},
    "sender": {"id": 21031067, "login": "jo", "html_url": "https://github.com/jo"},
}  # fmt: skip


def of(name: str) -> dict[str, str]:
    return {"x_github_event": name, "x_github_delivery": "72d3162e"}


def test_a_star() -> None:
    found = event("github", STAR, of("star"))
    assert (found["type"], found["event"], found["anonymousId"]) == ("track", "Star Created", "github:21031067")
    assert found["messageId"] == "acme:72d3162e"
    assert found["properties"] == {
        "repository_id": "186853002", "repository_full_name": "octo/hello", "repository_private": False,
        "organization_id": "6", "organization_login": "octo", "action": "created", "starred_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert found["context"]["traits"] == {"username": "jo"}


def test_a_pull_request_keeps_what_it_is_and_loses_the_addresses_of_the_api() -> None:
    pull = {
        "id": 2**60, "node_id": "x", "url": "https://api.github.com/p/1", "html_url": "https://github.com/octo/hello/1",
        "_links": {"self": {}}, "labels": [{"id": 1, "url": "https://a", "name": "bug"}], "merged": True,
    }  # fmt: skip
    found = event("github", {**STAR, "action": "closed", "pull_request": pull}, of("pull_request"))
    assert found["event"] == "Pull Request Closed"
    assert found["properties"]["pull_request"] == {
        "id": str(2**60), "html_url": "https://github.com/octo/hello/1", "labels": [{"id": "1", "name": "bug"}],
        "merged": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent", "words"),
    [
        ("push", {"ref": "refs/heads/main"}, "Push"),
        ("issues", {"action": "opened"}, "Issues Opened"),
        ("workflow_run", {"action": "completed"}, "Workflow Run Completed"),
    ],
)
def test_names(name: str, sent: dict[str, Any], words: str) -> None:
    found = event("github", sent, of(name))
    assert (found["event"], found["anonymousId"]) == (words, "acme")


def test_a_form_holds_the_same() -> None:
    form = urlencode({"payload": json.dumps(STAR)}).encode()
    assert event("github", form, of("star")) == event("github", STAR, of("star"))


def test_a_ping_is_answered_and_no_event() -> None:
    handshake = source_type("github").handshake
    assert handshake(hook(b'{"zen":"Keep it logically awesome."}', x_github_event="ping")) is not None
    assert handshake(hook(BODY, x_github_event="push")) is None


def test_the_vector() -> None:
    kind, vector = source_type("github"), "sha256=2b3f61ad4e49553aa88baa3cedb12078fe7162380201ffaa436ed5f6b479e5ec"
    assert is_proven(kind, hook(x_hub_signature_256=vector))
    assert not is_proven(kind, hook(BODY + b" ", x_hub_signature_256=vector))
    assert not is_proven(kind, hook(x_hub_signature="sha1=123272e8c4ddb35a6efd5a6a757934d671c7d65c"))


def test_the_example_of_the_page() -> None:
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    secret = "It's a Secret to Everybody"
    assert is_proven(source_type("github"), hook(b"Hello, World!", x_hub_signature_256=signature), [secret])
