"""`sluice preview`: what would go out for an event, or why nothing does."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from tests import examples

WORKSPACE = """
sources:
  - {id: website, type: browser, write_keys: [wk_website]}
  - {id: server, type: server, write_keys: [wk_server]}
destinations:
  - id: crm
    type: webhook
    sources: [website]
    settings: {url: https://a.example/hook, shared_secret: "${secret:/sluice/crm/shared-secret}"}
    filters:
      - {if: 'event = "Internal"', do: drop}
      - {do: drop_properties, fields: {properties: [order_id]}}
  - {id: numbers, type: ga4, settings: {measurement_id: G-1, api_secret: "${secret:/sluice/numbers/key}"}}
  - {id: team, type: slack, settings: {url: "${secret:/sluice/team/url}"}}
  - id: sales
    type: slack
    settings: {url: "${secret:/sluice/sales/url}"}
    actions: [{action: postToChannel, trigger: type = "track", mapping: {text: {"@template": "{{event}}"}}}]
  - {id: hook, type: webhook, settings: {url: "${secret:/sluice/hook/url}"}}
  - {id: sleeping, type: webhook, enabled: false, settings: {url: https://a.example/hook}}
"""


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)

    def shown(destination: str, content: Any, *more: str) -> tuple[int, str]:
        path = tmp_path / "event.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        status = main(
            ["preview", destination, "--event", str(path), "--workspace", str(tmp_path / "workspace.yaml"), *more]
        )
        said = capsys.readouterr()
        return status, said.out + said.err

    return shown


def test_the_request_is_shown_as_it_would_go_out(shown: Any) -> None:
    status, said = shown("crm", examples.TRACK)

    assert status == 0
    assert "POST https://a.example/hook" in said
    assert '"revenue": 39.99' in said
    assert '"order_id"' not in said, "the filter holds here as well"
    assert "send: the trigger fits" in said


def test_an_event_of_the_archive_keeps_its_source(shown: Any) -> None:
    archived = {**examples.TRACK, "sourceId": "server", "receivedAt": examples.RECEIVED_AT}
    lines = f"{json.dumps(archived)}\n{json.dumps({**archived, 'sourceId': 'website'})}\n"

    status, said = shown("crm", lines)

    assert (status, said.count("POST ")) == (0, 1)
    assert "not sent: crm is not connected to server; see its `sources`" in said


def test_a_batch_of_an_sdk_is_shown_event_by_event(shown: Any) -> None:
    status, said = shown("crm", {"batch": [examples.TRACK, examples.IDENTIFY, {"type": "track", "userId": "u"}]})

    assert (status, said.count("POST ")) == (0, 2)
    assert "rejected: event_not_defined: A track call has no event name." in said


@pytest.mark.parametrize(
    ("destination", "event", "more", "why"),
    [
        ("crm", {**examples.TRACK, "event": "Internal"}, (), 'by drop if event = "Internal"'),
        ("crm", {**examples.TRACK, "integrations": {"All": False}}, (), "FILTERED_BY_INTEGRATIONS_OBJECT"),
        ("crm", examples.TRACK, ("--source", "server"), "crm is not connected to server"),
        ("numbers", examples.TRACK, (), "FILTERED_AT_MAPPING: A required field of the action has no value. ("),
        ("numbers", examples.ALIAS, (), "purchase wants"),
        ("team", examples.TRACK, (), "it has no subscription; give it `actions`"),
        ("sleeping", examples.TRACK, (), "the destination has `enabled: false`"),
        ("crm", {"userId": "u"}, ("--type", "track"), "rejected: event_not_defined"),
    ],
)
def test_why_nothing_goes_out_is_said(
    shown: Any, destination: str, event: dict[str, Any], more: tuple[str, ...], why: str
) -> None:
    status, said = shown(destination, event, *more)

    assert (status, "POST " in said) == (1, False)
    assert why in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"type": "tra', "neither JSON nor lines of JSON"),
        ("[]", "no event in it"),
        ("7", "no event in it"),
        ("", "no event in it"),
    ],
)
def test_what_is_no_event_is_told(shown: Any, content: str, said: str) -> None:
    status, told = shown("crm", content)

    assert (status, said in told) == (1, True), told


def test_a_destination_that_is_not_there_is_told_with_those_that_are(shown: Any) -> None:
    status, said = shown("crn", examples.TRACK)

    assert status == 1
    assert "no destination 'crn'; it has crm, numbers, team, sales, hook, sleeping" in said


def test_an_address_that_is_a_secret_is_shown_by_its_name(shown: Any) -> None:
    for destination, address in (
        ("hook", "https://secret.invalid/sluice/hook/url"),
        ("sales", "https://hooks.slack.com/services/sluice/sales/url"),
    ):
        status, said = shown(destination, examples.TRACK)
        assert (status, f"POST {address}" in said) == (0, True), said
