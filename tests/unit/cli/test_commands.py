"""The commands as they are typed, on moto: what they print, what they do, and how they end."""

import json
from pathlib import Path

import boto3
import pytest

from cli.__main__ import main
from sluice.messages import envelope, pack
from tests import examples
from tests.unit.cli.conftest import Installation, ids, partition
from tests.unit.cli.test_redrive import dead
from tests.unit.cli.test_replay import archived

DAY = ("--from", "2026-11-23", "--to", "2026-11-24")
WORKSPACE = """
sources:
  - {id: website, type: browser, write_keys: [wk_website]}
  - {id: server, type: server, write_keys: [wk_server]}
  - {id: app, type: mobile, write_keys: [wk_app]}
destinations:
  - {id: crm, type: webhook, enabled: false, sources: [website, server], settings: {url: "https://crm.example.com/"}}
"""


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)
    monkeypatch.setenv("WORKSPACE", str(tmp_path / "workspace.yaml"))
    monkeypatch.setenv("STATE_DIR", str(tmp_path))


@pytest.fixture
def filled(place: Installation) -> Installation:
    """Three events of two sources, one of a source that is not connected, and two that were rejected."""
    hour = examples.RECEIVED_AT
    place.put(f"{partition(hour)}a.gz", archived("m1"), archived("m2", event="Other"), archived("m1"))
    place.put(f"{partition(hour, 'server')}a.gz", archived("m3", sourceId="server"))
    place.put(f"{partition(hour, 'app')}a.gz", archived("m4", sourceId="app"))
    record = {
        "sourceId": "website",
        "receivedAt": hour,
        "reason": "event_not_defined",
        "kind": "batch",
        "path": "/v1/batch",
        "requestId": "req-1",
        "original": '{"type":"track","userId":"u1","messageId":"m9"}',
    }
    place.put(f"{partition(hour, 'website', 'rejected')}a.gz", record, {**record, "reason": "bad_request"})
    return place


def replayed(place: Installation) -> list[str]:
    return sorted(each for body in place.take("destination-crm") for each in ids(pack.load(body).documents))


def test_replay_sends_to_a_disabled_destination_what_its_sources_had(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--destination", "crm", *DAY]) == 0
    assert replayed(filled) == ["m1", "m2", "m3"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "3 events sent to crm"
    assert [line.split(None, 1) for line in printed[1:]] == [
        ["2", "Order Completed"],
        ["1", "Other"],
        ["1", "left out: repeated in the archive"],
    ]


def test_a_dry_run_sends_nothing(filled: Installation, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["replay", "--destination", "crm", "--source", "website", "--event", "Other", *DAY, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "1 events would be sent to crm"
    assert replayed(filled) == []
    assert not (tmp_path / "replays").exists()


def test_a_state_file_makes_a_second_run_continue(
    filled: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["replay", "--destination", "crm", *DAY, "--state", str(tmp_path / "state")]
    assert main(command) == 0
    filled.put(f"{partition(examples.RECEIVED_AT)}b.gz", archived("m5"))
    assert main(command) == 0
    assert replayed(filled) == ["m1", "m2", "m3", "m5"]
    assert f"continuing with {tmp_path / 'state'}" in capsys.readouterr().out


def test_without_a_state_file_a_complete_replay_can_be_repeated(filled: Installation) -> None:
    for _ in range(2):
        assert main(["replay", "--destination", "crm", "--source", "server", *DAY]) == 0
        assert replayed(filled) == ["m3"]


def test_redrive_shows_the_reasons_and_moves_everything(
    place: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    place.send("dlq-destination-crm", dead("a", "b"), dead("c", reason="401", status=401))
    assert main(["redrive", "crm", "--dry-run"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["looked at 2 messages in dlq-destination-crm, with these events", *shown[1:]]
    assert [line.split() for line in shown[1:]] == [["2", "503"], ["1", "401"]]
    assert main(["redrive", "crm"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 messages with 3 events went back to destination-crm"
    assert replayed(place) == ["a", "b", "c"]
    assert place.take("dlq-destination-crm") == []


@pytest.mark.parametrize("queue", ["events", "archive"])
def test_redrive_of_the_pipelines_own_queues(place: Installation, queue: str) -> None:
    body = envelope.dump(examples.envelope({"batch": []}))
    place.send(f"dlq-{queue}", body)
    assert main(["redrive", queue]) == 0
    assert place.take(queue) == [body]


def test_recover_counts_and_shows_and_then_sends(filled: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["recover", "--reason", "event_not_defined", "--set", "event=Fixed", *DAY]
    assert main([*command, "--dry-run"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["1 records would be sent again", "          1  event_not_defined from website"]
    assert '"messageId":"m9"' in printed[2]
    assert filled.take("events") == []
    assert main(command) == 0
    (sent,) = [envelope.load(body) for body in filled.take("events")]
    assert json.loads(sent.text) == {"type": "track", "userId": "u1", "messageId": "m9", "event": "Fixed"}
    assert (sent.kind, sent.source, sent.received_at) == ("call", "website", examples.RECEIVED_AT)
    assert sent.request_id.startswith("recover-")


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["replay", "--destination", "mail", *DAY], 1, "has no destination 'mail'; it has crm"),
        (["replay", "--destination", "crm", "--source", "app", *DAY], 1, "crm is not connected to app"),
        (["replay", "--destination", "crm", "--from", "2026-11-25", "--to", "2026-11-24"], 2, "nothing between"),
        (["recover", *DAY, "--as-source", "sever"], 1, "has no source 'sever'; it has website, server, app"),
        (["recover", "--from", "someday"], 2, "is no time"),
        (["recover", *DAY, "--set", "event"], 2, "sets nothing"),
        (["redrive", "mail"], 1, "no queue sluice-test-dlq-destination-mail here"),
        (["redrive", "crm", "--stage", "other"], 1, "no queue sluice-other-dlq-destination-crm here"),
        (["recover", *DAY, "--errors", "--reason", "internal"], 2, "--errors takes everything as it is"),
        (["recover", *DAY, "--stage", "other"], 1, "no bucket sluice-other-archive-123456789012-us-east-1 here"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    place: Installation, capsys: pytest.CaptureFixture[str], command: list[str], status: int, said: str
) -> None:
    assert place.stage == "test"
    assert main(command) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"sluice {command[0]}: ")
    assert said in line


@pytest.mark.parametrize(
    "command", [[], ["replay"], ["redrive", "crm", "--limit", "0"], ["redrive", "crm", "--rate", "-1"]]
)
def test_a_command_that_makes_no_sense_ends_with_2(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2
    assert "usage: sluice" in capsys.readouterr().err


def test_a_mistake_in_the_workspace_is_told(
    place: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.stage == "test"
    (tmp_path / "workspace.yaml").write_text(WORKSPACE.replace("type: webhook", "type: webhok"))
    assert main(["replay", "--destination", "crm", *DAY]) == 1
    assert "no such type: 'webhok'" in capsys.readouterr().err


def test_without_an_installation_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**missing, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    assert main(["redrive", "crm"]) == 1
    assert "Could not connect" in capsys.readouterr().err


def test_tail_is_a_command_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "functions.log").write_text('{"step": "accepted", "source": "website", "count": 2}\n')
    assert main(["tail", "--no-follow"]) == 0
    assert "website" in capsys.readouterr().out


def test_the_archive_is_the_bucket_that_firehose_writes_to(place: Installation) -> None:
    assert place.bucket() == place.bucket_name
    boto3.client("s3").create_bucket(Bucket="of-a-former-stack")
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName="sluice-test-events",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/r",
            "BucketARN": "arn:aws:s3:::of-a-former-stack",
        },
    )
    assert place.bucket() == "of-a-former-stack"


def test_a_replay_of_a_name_that_nothing_has_says_which_there_are(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--dry-run",)):
        assert main(["replay", "--destination", "crm", *DAY, "--event", "order completed", *more]) == 0
        said = capsys.readouterr().out
        assert "none of 4 events is of that type and name; there are\n          3  Order Completed\n" in said
    assert replayed(filled) == []


def test_a_type_that_is_no_call_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "--destination", "crm", *DAY, "--type", "tracks"])
    said = capsys.readouterr().err
    assert all(each in said for each in ("'tracks'", "identify", "track", "page", "screen", "group", "alias"))
