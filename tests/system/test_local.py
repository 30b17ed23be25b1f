"""The local system as a person uses it: a real SDK, real requests, and things that go wrong."""

import gzip
import hashlib
import hmac
import json
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from local.own import end, free_port, own_settings
from local.settings import ROOT
from tests.examples import ALL_CALLS, basic
from tests.pages import commands
from tests.system.conftest import System, eventually

#: The address of the docs.
HERE = "http://127.0.0.1:3000"


def request(system: System, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of the answer, whatever the status."""
    sent = urllib.request.Request(system.url + path, body, {**basic("wk_website"), **headers})
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def mine(documents: list[dict[str, Any]], run: str) -> list[dict[str, Any]]:
    return [each for each in documents if each.get("userId", "").startswith(run)]


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_an_unmodified_sdk_reaches_the_archive_and_the_webhook(system: System, gzipped: bool) -> None:
    run = f"sdk-{uuid.uuid4().hex[:8]}"
    errors: list[Any] = []
    client = Client("wk_server", host=system.url, gzip=gzipped, on_error=lambda error, _: errors.append(error))
    for number in range(120):
        client.track(f"{run}-{number}", "Item Viewed", {"number": number, "name": "Núñez 日本 🚀", "price": 39.99})
    client.identify(f"{run}-i", {"email": "ana@example.com"})
    client.page(f"{run}-p", "Docs", "Home", {"url": "https://shop.example.com/"})
    client.screen(f"{run}-s", "App", "Main")
    client.group(f"{run}-g", "acme", {"plan": "pro"})
    client.alias("anonymous", f"{run}-a")
    client.shutdown()

    archived = eventually(lambda: mine(system.archived(), run), lambda found: len(found) >= 125)
    assert errors == []
    assert len(archived) == len({each["messageId"] for each in archived}) == 125
    by_user = {each["userId"]: each for each in archived}
    for number in range(120):
        event = by_user[f"{run}-{number}"]
        assert (event["type"], event["event"], event["sourceId"], event["channel"]) == (
            "track",
            "Item Viewed",
            "server",
            "server",
        )
        assert event["properties"] == {"number": number, "name": "Núñez 日本 🚀", "price": 39.99}
        assert event["context"]["library"]["name"] == "analytics-python"
        assert event["timestamp"] <= event["receivedAt"]
    assert by_user[f"{run}-i"]["traits"] == {"email": "ana@example.com"}
    assert (by_user[f"{run}-p"]["name"], by_user[f"{run}-p"]["category"]) == ("Home", "Docs")
    assert by_user[f"{run}-g"]["groupId"] == "acme"
    assert by_user[f"{run}-a"]["previousId"] == "anonymous"

    delivered = eventually(
        lambda: mine([json.loads(each.body) for each in system.receiver.received], run), lambda found: len(found) >= 125
    )
    assert sorted(each["messageId"] for each in delivered) == sorted(by_user[each]["messageId"] for each in by_user)
    for each in delivered:
        assert each == {name: value for name, value in by_user[each["userId"]].items() if name != "sourceId"}


def test_the_webhook_can_check_the_signature(system: System) -> None:
    request(system, "/v1/track", json.dumps({"userId": "signed", "event": "E"}).encode())
    (received,) = eventually(
        lambda: [each for each in system.receiver.received if b'"signed"' in each.body], lambda found: len(found) == 1
    )
    expected = hmac.new(b"local", received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-sluice-signature"] == f"sha256={expected}"


def test_every_call_by_its_full_name(system: System) -> None:
    run = f"calls-{uuid.uuid4().hex[:8]}"
    for call in ALL_CALLS:
        body = {**call, "messageId": str(uuid.uuid4()), "userId": run}
        status, answer, headers = request(
            system, f"/v1/{call['type']}", json.dumps(body).encode(), origin="https://a.example"
        )
        assert (status, json.loads(answer)) == (200, {"success": True})
        assert headers["access-control-allow-origin"] == "https://a.example"
    archived = eventually(lambda: mine(system.archived(), run), lambda found: len(found) >= 6)
    assert sorted(each["type"] for each in archived) == sorted(call["type"] for call in ALL_CALLS)


def test_the_archive_is_gzip_by_source_day_and_hour(system: System) -> None:
    from local.cloud.aws import client

    run = f"key-{uuid.uuid4().hex[:8]}"
    request(system, "/v1/track", json.dumps({"userId": run, "event": "E"}).encode())
    (event,) = eventually(lambda: mine(system.archived(), run), lambda found: len(found) == 1)
    s3 = client("s3", system.aws_url)
    bucket = next(each["Name"] for each in s3.list_buckets()["Buckets"] if "archive" in each["Name"])
    moment = event["receivedAt"]
    prefix = f"events/source=website/day={moment[:10]}/hour={moment[11:13]}/"
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    lines = [
        line
        for key in keys
        for line in gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).splitlines()
    ]
    assert all(key.endswith(".gz") for key in keys)
    assert run in {json.loads(line).get("userId") for line in lines}


def test_a_clients_retry_is_archived_and_delivered_once(system: System) -> None:
    run = f"retry-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"userId": run, "event": "E", "messageId": run, "timestamp": "2026-11-23T20:00:00Z"}).encode()
    for _ in range(5):
        assert request(system, "/v1/track", body)[0] == 200
    request(system, "/v1/track", json.dumps({"userId": run + "-last", "event": "E"}).encode())
    eventually(lambda: mine(system.archived(), run), lambda found: len(found) >= 2)
    time.sleep(1)
    assert sorted(each["userId"] for each in mine(system.archived(), run)) == [run, run + "-last"]
    assert len([each for each in system.receiver.received if f'"messageId":"{run}"'.encode() in each.body]) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"batch": [{"type": "track", "userId": "u"}]}, "event_not_defined"),
        ({"batch": [{"type": "track", "event": "E"}]}, "no_user_anon_id"),
        (
            {"batch": [{"type": "track", "event": "E", "userId": "u", "properties": {"pad": "x" * 33_000}}]},
            "event_too_large",
        ),
    ],
)
def test_what_is_rejected_is_kept_as_it_was_sent(system: System, body: dict[str, Any], reason: str) -> None:
    marker = uuid.uuid4().hex
    body["batch"][0]["messageId"] = marker
    assert request(system, "/v1/batch", json.dumps(body).encode())[0] == 200
    (rejected,) = eventually(
        lambda: [each for each in system.archived("--rejected") if marker in each["original"]],
        lambda found: len(found) == 1,
    )
    assert (rejected["reason"], json.loads(rejected["original"])) == (reason, body["batch"][0])


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/track", b'{"event": ', 400, "invalid_json"),
        ("/v1/track", b"\xff\xfe", 400, "invalid_json"),
        ("/v1/batch", gzip.compress(b" " * 20_000_000), 400, "invalid_encoding"),
        ("/v1/track", b'{"pad":"' + b"x" * 40_000 + b'"}', 400, "event_too_large"),
        ("/v1/batch", b'{"pad":"' + b"x" * 600_000 + b'"}', 400, "batch_too_large"),
        ("/v1/nothing", b"{}", 404, "not_found"),
        ("/v1/track", None, 405, "method_not_allowed"),
    ],
)
def test_bad_input_gets_a_clear_answer(system: System, path: str, body: bytes | None, status: int, code: str) -> None:
    answered, answer, _ = request(system, path, body)
    assert (answered, json.loads(answer)["code"], json.loads(answer)["success"]) == (status, code, False)


def test_a_vendor_that_fails_gets_the_event_again_and_only_that_one(system: System) -> None:
    run = f"down-{uuid.uuid4().hex[:8]}"
    seen: list[str] = []

    def answer(received: Any) -> tuple[int, dict[str, str], bytes]:
        user = json.loads(received.body)["userId"]
        seen.append(user)
        return (
            (503, {"retry-after": "1"}, b"later") if user == f"{run}-bad" and seen.count(user) == 1 else (200, {}, b"")
        )

    before, system.receiver.answer = system.receiver.answer, answer
    try:
        events = [{"type": "track", "event": "E", "userId": f"{run}-{name}"} for name in ("good", "bad", "fine")]
        request(system, "/v1/batch", json.dumps({"batch": events}).encode())
        eventually(lambda: seen.count(f"{run}-bad"), lambda times: times == 2, seconds=30)
    finally:
        system.receiver.answer = before
    assert sorted(seen) == sorted([f"{run}-good", f"{run}-bad", f"{run}-bad", f"{run}-fine"])


def test_what_would_go_to_a_vendor_is_shown_and_answered_here(system: System) -> None:
    """The commands of docs/local-vendors.md, for a destination of another name."""
    show, choose, *_ = commands("docs/local-vendors.md")

    def vendor() -> Any:
        return json.loads(shell(show))

    def shell(command: str) -> str:
        mine = command.replace(HERE, system.url).replace("/vendor/crm", "/vendor/product")
        return subprocess.run(["bash", "-c", mine], capture_output=True, text=True, check=True, timeout=30).stdout

    def track(user: str) -> None:
        body = json.dumps({"userId": user, "event": "Paid", "messageId": user}).encode()
        assert request(system, "/v1/track", body, **basic("wk_app"))[0] == 200

    # Given an event for Amplitude, its request is recorded, accepted, and shows no address of ours
    track("vendor-1")
    (sent,) = eventually(vendor, lambda found: found["requests"])["requests"]
    assert (sent["method"], sent["url"]) == ("POST", "https://api2.amplitude.com/2/httpapi")
    assert sent["body"]["events"][0]["user_id"] == "vendor-1"
    assert sent["answer"]["status"] == 200

    # When the vendor is down for two requests, the event comes again until one is accepted
    assert json.loads(shell(choose)) == {"answer": "unavailable", "times": 2}
    track("vendor-2")

    def statuses() -> list[int]:
        mine = [each for each in vendor()["requests"] if each["body"]["events"][0]["user_id"] == "vendor-2"]
        return [each["answer"]["status"] for each in reversed(mine)]

    assert eventually(statuses, lambda found: 200 in found, seconds=120) == [503, 503, 200]


def test_an_sdk_that_speaks_only_tls_reaches_it(system: System) -> None:
    certificate = system.state / "tls/certificate.pem"
    url = f"https://127.0.0.1:{system.environment['TLS_PORT']}/v1/track"
    event = {"userId": "tls", "event": "E"}
    curl = ["curl", "--silent", "--cacert", str(certificate), "-u", "wk_server:", "-d", json.dumps(event), url]
    assert subprocess.run(curl, capture_output=True, text=True, timeout=30, check=True).stdout == '{"success":true}'


def test_a_second_run_says_in_one_line_that_one_is_up(system: System) -> None:
    environment = {
        **system.environment,
        "PORT": str(free_port()),
        "TLS_PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
    }
    second = subprocess.run(
        [".venv/bin/python", "-m", "local"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    (line,) = (second.stdout + second.stderr).splitlines()
    assert system.url in line


def test_a_change_of_the_workspace_takes_effect_and_a_mistake_does_not(system: System) -> None:
    good = system.workspace.read_text()
    body = json.dumps({"userId": "rotated", "event": "E"}).encode()

    def accepted() -> str | None:
        _, _, headers = request(system, "/v1/projects/wk_rotated/settings", None)
        return headers.get("etag")

    try:
        system.workspace.write_text(good.replace("wk_website]", "wk_website, wk_rotated]"))
        assert eventually(accepted, bool), "the new write key is known without a restart"
        system.workspace.write_text(good.replace("type: browser", "type: brwoser"))
        said = eventually(system.output.read_text, lambda text: "brwoser" in text)
        assert f"{system.workspace}:3: sources.0.type: " in said
        assert request(system, "/v1/track", body, **basic("wk_rotated"))[0] == 200
        assert accepted(), "what was in force before stays so"
        system.workspace.unlink()
        eventually(system.output.read_text, lambda text: f"{system.workspace}: No such file or directory" in text)
        assert request(system, "/v1/track", body, **basic("wk_rotated"))[0] == 200
    finally:
        system.workspace.write_text(good)
        eventually(accepted, lambda etag: etag is None)


def test_ctrl_c_ends_every_process_it_started(tmp_path: Path, system: System) -> None:
    environment = {**system.environment, **own_settings(tmp_path)}
    process = subprocess.Popen(
        ["make", "run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    eventually((tmp_path / "ready.json").exists, bool, seconds=120)
    mark = str(tmp_path / "state")
    assert _processes_with(mark), "functions run with this state folder in their environment"
    end(process)
    assert eventually(lambda: _processes_with(mark), lambda left: not left, seconds=10) == []


def _processes_with(mark: str) -> list[str]:
    """Command lines of processes whose environment has the mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
