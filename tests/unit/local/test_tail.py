"""The log of the functions, as a person reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.pages.reasons_page import ADVICE
from cli.tail import format_line, main, read_lines
from cli.ways_out import WaysOut

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def line(**entry: Any) -> str:
    return json.dumps({"timestamp": "2026-11-03 20:41:03,123+0000", "level": "DEBUG", **entry})


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (
            {"step": "accepted", "source": "website", "count": 12},
            "20:41:03  accepted   website                  12 events",
        ),
        (
            {"step": "accepted", "source": "website", "count": 1},
            "20:41:03  accepted   website                  1 event",
        ),
        (
            {
                "step": "delivered",
                "source": "website",
                "destination": "crm",
                "type": "track",
                "event": "Order Completed",
                "message_id": "m-1",
                "attempt": 1,
                "status": 200,
            },
            "20:41:03  delivered  website → crm            track  Order Completed  m-1  200",
        ),
        (
            {"step": "retrying", "destination": "crm", "attempt": 3, "status": 503, "reason": "unavailable"},
            "20:41:03  retrying   crm                      attempt 3  503  unavailable",
        ),
        (
            {"step": "refused", "service": "tracking", "reason": "invalid_json"},
            "20:41:03  refused    tracking                 invalid_json",
        ),
        (
            {"level": "ERROR", "service": "router", "message": "first\nsecond"},
            "20:41:03  error      router: first\n                     second",
        ),
    ],
)
def test_a_line_per_step_and_per_trouble(entry: dict[str, Any], text: str) -> None:
    assert format_line(line(**entry), colour=False) == text


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "not json",
        "[1]",
        line(message="nothing to see"),
        line(level="WARNING", message="LAMBDA_WARNING: a paragraph"),
        json.dumps({"_aws": {}, "EventsAccepted": [1]}),
    ],
)
def test_everything_else_is_left_out(raw: str) -> None:
    assert format_line(raw, colour=False) is None


def test_colours_are_for_terminals() -> None:
    delivered = format_line(line(step="delivered", destination="crm"), colour=True)
    assert delivered is not None
    assert delivered.startswith("\033[32m")
    assert delivered.endswith("\033[0m")


def test_a_line_without_a_time_is_shown_too() -> None:
    text = format_line('{"step": "routed", "timestamp": "yesterday"}', colour=False)
    assert text is not None
    assert text.endswith("routed")


def test_reading_without_following_ends(tmp_path: Path) -> None:
    log = tmp_path / "functions.log"
    log.write_text("a\nb\nhalf")
    assert list(read_lines(log, follow=False)) == ["a", "b"]


def test_following_survives_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "functions.log"
    lines = read_lines(log, follow=True)
    log.write_text("a\nb\n")
    assert [next(lines), next(lines)] == ["a", "b"]
    log.write_text("c\n")
    assert next(lines) == "c"
    log.unlink()
    log.write_text("d\ne")
    assert next(lines) == "d"
    with log.open("a") as file:
        file.write("nd\n")
    assert next(lines) == "end"


def test_the_command_prints_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    assert main(["--no-follow"]) == 1
    assert "make run" in capsys.readouterr().err
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/functions.log").write_text(line(step="accepted", source="website", count=2) + "\n")
    assert main(["--no-follow"]) == 0
    assert capsys.readouterr().out.endswith("accepted   website                  2 events\n")


def test_a_reason_is_explained_at_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "workspace.json").write_text('{"write_keys": {"wk_website": "website", "wk_server": "server"}}')
    ways_out = WaysOut(tmp_path / "workspace.json")
    unknown = line(step="rejected", source="unknown", reason="unknown_source")

    assert ways_out.of(unknown) == "No source of the workspace has this write key. There are wk_website, wk_server."
    assert ways_out.of(unknown) is None, "once is enough"
    assert ways_out.of(line(step="discarded", destination="crm", reason="FILTERED_BY_RULES")) == (
        "A filter of the destination drops the event. `bin/sluice preview` says which filter."
    )
    assert "A required field" in str(ways_out.of(line(step="discarded", reason="FILTERED_AT_MAPPING")))


@pytest.mark.parametrize(
    "raw", ["", "no JSON", "[]", '{"reason": "internal"}', '{"step": "routed"}', '{"step": "x", "reason": 5}']
)
def test_what_has_no_reason_is_not_explained(tmp_path: Path, raw: str) -> None:
    assert WaysOut(tmp_path / "absent.json").of(raw) is None


def test_a_workspace_that_is_not_there_costs_the_keys_alone(tmp_path: Path) -> None:
    said = WaysOut(tmp_path / "absent.json").of(line(step="refused", reason="redirect_not_approved"))
    assert said == "Add the host to `redirect_hosts` of the source, or sign the link."
    said = WaysOut(tmp_path / "absent.json").of(line(step="rejected", reason="unknown_source"))
    assert said == f"No source of the workspace has this write key. {ADVICE['unknown_source']}"
