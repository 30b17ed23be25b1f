"""The small parts: settings, lock, log lines, inbox, what a change asks for, limits."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import socket
from typing import TYPE_CHECKING

import pytest

from local.cloud.backlog import Backlog
from local.cloud.deploy import function_spec
from local.cloud.firehose import ApiError, decode_records
from local.functions.logs import FunctionsLog, as_json_line
from local.http.gateway import split_target
from local.http.inbox import MAX_BODY, faults, record
from local.lock import UnavailableError, check_port, publish, read_lock, running, single_instance
from local.settings import ROOT, Settings, SettingsError, read_settings
from local.watch import classify

if TYPE_CHECKING:
    from pathlib import Path

WORKSPACE = ROOT / "layers/workspace/workspace.yaml"
SETTINGS = Settings(port=3000, aws_port=4566, workspace=WORKSPACE, state=ROOT / ".sluice")


def settings(state: Path) -> Settings:
    return Settings(port=3000, aws_port=4566, workspace=WORKSPACE, state=state)


def test_settings_have_defaults() -> None:
    found = read_settings({})
    assert (found.port, found.aws_port, found.workspace, found.state) == (3000, 4566, WORKSPACE, ROOT / ".sluice")
    assert (found.url, found.inbox_url) == ("http://127.0.0.1:3000", "http://127.0.0.1:3000/inbox")


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"AWS_PORT": "0"}, "AWS_PORT is '0'"),
        ({"PORT": "4566"}, "must differ"),
        ({"TLS_PORT": "3000"}, "must differ"),
        ({"WORKSPACE": "nowhere.yaml"}, r"nowhere\.yaml"),
    ],
)
def test_settings_that_cannot_be_used_are_named(environment: dict[str, str], error: str) -> None:
    with pytest.raises(SettingsError, match=error):
        read_settings(environment)


def _try_lock(state: Path, answer: multiprocessing.Queue[str]) -> None:
    try:
        with single_instance(settings(state)):
            answer.put("locked")
    except UnavailableError as error:
        answer.put(str(error))


def test_a_second_instance_learns_of_the_first(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[str] = context.Queue()
    with single_instance(settings(tmp_path)):
        publish(settings(tmp_path), {"pid": 42, "url": "http://127.0.0.1:3000"})
        process = context.Process(target=_try_lock, args=(tmp_path, answer))
        process.start()
        assert answer.get(timeout=20) == "already up at http://127.0.0.1:3000 (process 42)"
        process.join()
    assert read_lock(tmp_path / "local.lock") == {}


def test_a_system_that_was_killed_is_not_running(tmp_path: Path) -> None:
    assert running(tmp_path / "local.lock") == {}
    for pid, expected in ((os.getpid(), os.getpid()), (2**22 + 1, None)):  # more than Linux gives out
        publish(settings(tmp_path), {"pid": pid})
        assert running(tmp_path / "local.lock").get("pid") == expected


def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"port {port} is in use; choose another with PORT="):
            check_port("PORT", port)
    check_port("PORT", port)


def test_json_lines_stay_and_others_are_wrapped() -> None:
    assert as_json_line("router", '{"a": 1}') == '{"a": 1}'
    wrapped = json.loads(as_json_line("router", "plain"))
    assert (wrapped["service"], wrapped["message"]) == ("router", "plain")
    assert json.loads(as_json_line("router", "{broken"))["message"] == "{broken"
    error = json.loads(as_json_line("router", "[ERROR] ValueError: x\rTraceback"))
    assert (error["level"], error["message"]) == ("ERROR", "ValueError: x\nTraceback")


def test_a_delivery_is_recorded_readably() -> None:
    delivery = record("POST", "/inbox?a=1", {"Content-Type": "application/json"}, b'{"a":1}')
    assert delivery["headers"] == {"content-type": "application/json"}
    assert (delivery["method"], delivery["path"], delivery["body"]) == ("POST", "/inbox?a=1", {"a": 1})
    assert record("POST", "/inbox", {}, b"text")["body"] == "text"
    assert len(record("POST", "/inbox", {}, b"x" * (MAX_BODY + 9))["body"]) == MAX_BODY


def test_the_inbox_can_be_told_to_fail() -> None:
    assert faults({}) == (200, 0)
    assert faults({"status": "503", "delay": "0.5"}) == (503, 0.5)
    for wrong in ({"status": "99"}, {"status": "x"}, {"delay": "-1"}, {"delay": "inf"}, {"delay": "nan"}):
        with pytest.raises(ValueError, match=r"status|invalid literal"):
            faults(wrong)


def test_what_a_change_asks_for() -> None:
    router, tracking = ROOT / "functions/router", ROOT / "functions/tracking"
    change = classify([router / "app.py", ROOT / "README.md"], SETTINGS)
    assert change
    assert (change.touches(router), change.touches(tracking)) == (True, False)
    library = classify([ROOT / "layers/sluice/sluice/wire/pack.py"], SETTINGS)
    assert library.library
    assert library.touches(tracking)
    assert classify([ROOT / "template.yaml"], SETTINGS).template
    assert classify([WORKSPACE], SETTINGS).workspace
    assert classify([ROOT / ".sluice/secrets.json", WORKSPACE], SETTINGS).subject == "workspace and secrets.json"
    assert not classify([ROOT / "README.md", ROOT / "docs/index.md"], SETTINGS)


def encoded(*sizes: int) -> list[str]:
    return [base64.b64encode(b"x" * size).decode() for size in sizes]


def test_firehose_keeps_its_limits() -> None:
    assert decode_records(encoded(1024 * 1000, 1)) == [b"x" * 1024 * 1000, b"x"]
    for wrong in ([], encoded(*[1] * 501), encoded(1024 * 1000 + 1), encoded(*[1024 * 1000] * 5), ["no base64!"]):
        with pytest.raises(ApiError):
            decode_records(wrong)


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("/v1/track?a=1?b", ("/v1/track", "a=1?b")),
        ("/", ("/", "")),
        ("http://host:1/v1/t?x", ("/v1/t", "x")),
        ("*", ("/", "")),
    ],
)
def test_a_request_lines_target(target: str, parts: tuple[str, str]) -> None:
    assert split_target(target) == parts


def test_functions_that_are_not_the_templates_are_left_alone() -> None:
    assert function_spec({"FunctionName": "other"}) is None
    spec = function_spec(
        {
            "FunctionName": "sluice-local-router",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:sluice-local-router",
            "Timeout": 30,
            "MemorySize": 512,
            "Environment": {
                "Variables": {
                    "LOCAL_CODE": str(ROOT / "functions/router"),
                    "LOCAL_HANDLER": "app.handler",
                    "LOCAL_ROUTES": "[]",
                    "MINISTACK_LAMBDA_PROXY_URL": "http://127.0.0.1:9/",
                    "POWERTOOLS_SERVICE_NAME": "router",
                }
            },
        }
    )
    assert spec is not None
    assert (spec.service, spec.code, spec.routes) == ("router", ROOT / "functions/router", ())
    assert spec.variables == {"POWERTOOLS_SERVICE_NAME": "router"}


def test_the_log_of_a_long_run_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "functions.log"
    log = FunctionsLog(path, most=1000)
    for number in range(200):
        log.write("router", f'{{"step": "routed", "count": {number}}}')
    log.close()
    kept = [*path.with_name("functions.log.1").read_text().splitlines(), *path.read_text().splitlines()]
    assert sum(map(len, kept)) < 2200
    assert kept[-1].endswith('"count": 199}'), "the latest lines are there"
    assert {each.name for each in path.parent.iterdir()} == {"functions.log", "functions.log.1"}
    FunctionsLog(path).close()
    assert not path.with_name("functions.log.1").exists(), "it is about this run"


def test_a_backlog_is_told_when_it_grows_and_when_it_is_gone() -> None:
    backlog = Backlog()
    told = [list(backlog.news({"events": count, "archive": 3})) for count in (0, 99, 150, 200, 300, 40, 0, 0, 120)]
    assert [[text.split(":")[0] for text in texts] for texts in told] == [
        [], [], ["150 messages wait for events"], [], ["300 messages wait for events"], [],
        ["no message waits for events any more"], [], ["120 messages wait for events"],
    ]  # fmt: skip
