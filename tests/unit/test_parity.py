"""The comparison with Segment's requests: what is alike is equal, what is meant is said, and nothing else passes."""

import json
from pathlib import Path
from typing import Any

import pytest

from checks.parity import canonical
from checks.parity import mutations as mutating
from checks.parity.__main__ import main
from checks.parity.comparison import compare
from sluice.destinations.differences import Difference
from sluice.destinations.http import Request

THEIRS: dict[str, Any] = {
    "method": "post",
    "url": "https://API.example.com/v1?b=2&a=1",
    "headers": {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Segment"},
    "json": {"events": [{"name": "Paid", "total": 12.0, "more": '{"a": 1.0}'}], "none": None},
}


def request(body: Any, url: str = "https://api.example.com/v1?a=1&b=2") -> dict[str, Any]:
    return canonical.ours(Request(url, json.dumps(body).encode(), headers={"content-type": "application/json"}))


BODY: dict[str, Any] = {"none": None, "events": [{"more": '{"a":1}', "total": 12, "name": "Paid"}]}


def test_what_a_vendor_treats_alike_is_equal() -> None:
    assert request(BODY) == canonical.theirs(THEIRS)
    form = Request(
        "https://x/", b"a=1&b=%7B%22c%22%3A1%7D", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert canonical.ours(form)["body"] == {"a": "1", "b": {"(json)": {"c": 1}}}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({**BODY, "none": 0}, "body.none"),
        ({**BODY, "extra": 1}, "body.extra"),
        ({**BODY, "extra": {}}, "body.extra"),
        ({"events": BODY["events"]}, "body.none"),
        ({**BODY, "events": []}, "body.events"),
        ({**BODY, "events": [*BODY["events"], {}]}, "body.events.1"),
        ({**BODY, "events": [{**BODY["events"][0], "total": True}]}, "body.events.0.total"),
        ({**BODY, "events": [{**BODY["events"][0], "total": "12"}]}, "body.events.0.total"),
        ({**BODY, "events": [{**BODY["events"][0], "more": '{"a":2}'}]}, "body.events.0.more.(json).a"),
    ],
)
def test_whatever_else_differs_is_found_with_its_place(body: Any, place: str) -> None:
    found = compare([request(body)], [canonical.theirs(THEIRS)], ())
    assert found.meant == []
    assert any(text.startswith(f"{place}") for text in found.unmeant), found.unmeant


def test_a_request_too_many_or_too_few_is_a_difference() -> None:
    theirs = canonical.theirs(THEIRS)
    assert compare([], [theirs], (), ("we said no", None)).unmeant[0].startswith("request: ours 'we said no'")
    assert len(compare([request(BODY), request(BODY)], [theirs], ()).unmeant) == 1
    elsewhere = request(BODY, "https://elsewhere.example.com/")
    assert compare([elsewhere, request(BODY)], [theirs], ()).unmeant[0].startswith("request"), "paired by address"


def test_a_difference_on_purpose_is_at_its_place_on_its_side_and_holds() -> None:
    def differs(difference: Difference, ours: Any) -> bool:
        found = compare([request(ours)], [canonical.theirs(THEIRS)], [difference])
        return bool(found.unmeant)

    with_id = {**BODY, "events": [{**BODY["events"][0], "id": "m1"}]}
    nested = {**BODY, "events": [{**BODY["events"][0], "deep": {"id": "m1"}}]}
    meant = Difference("body.events.*.id", "ours", "a repeat")
    assert not differs(meant, with_id)
    assert differs(meant, nested), "a star is one name"
    assert not differs(Difference("body.events.*.deep.**", "ours", "a repeat"), nested), "two stars are all below"
    assert differs(Difference("body.events.*.id", "theirs", "a repeat"), with_id)
    assert differs(Difference("body.events.*.id", "ours", "a repeat", lambda ours, _: ours == "m2"), with_id)


def recorded(folder: Path, text: str) -> None:
    """Slack, which was sent `text` for one event."""
    url = "https://hooks.slack.com/services/T/B/X"
    sent = {"text": text, "username": "Sluice"}
    evidence = {
        "destination": "slack",
        "name": "Slack",
        "settings": {},
        "subscriptions": [{
            "partnerAction": "postToChannel", "subscribe": 'type = "track"',
            "mapping": {"url": url, "text": {"@template": "{{event}}"}, "username": "Sluice"},
        }],
        "cases": [{"event": "e1", "subscription": 0, "requests": [
            {"method": "POST", "url": url, "headers": {"content-type": "application/json"}, "json": sent},
        ]}],
    }  # fmt: skip
    (folder / "corpus.json").write_text(json.dumps([{"id": "e1", "event": {"type": "track", "event": "Paid"}}]))
    (folder / "slack.json").write_text(json.dumps(evidence))


@pytest.mark.parametrize(("text", "code", "said"), [("Paid", 0, "│ 1     │ 0"), ("Lost", 1, "body.text: ours 'Paid'")])
def test_the_command_counts_and_fails_on_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, said: str
) -> None:
    recorded(tmp_path, text)
    assert main(["--evidence", str(tmp_path)]) == code
    assert said in capsys.readouterr().out


def test_without_evidence_it_says_so_loudly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--evidence", str(tmp_path)]) == 0
    assert "PARITY WAS NOT MEASURED" in capsys.readouterr().out


def test_mutations_are_the_same_for_the_same_seed_and_leave_the_source_alone(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    recorded(source, "Paid")
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    for target in ("first", "second"):
        mutating.main(str(source), str(tmp_path / target), "20", "7")
    assert {path.name: path.read_bytes() for path in source.iterdir()} == before
    for name in before:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    made = json.loads((tmp_path / "first" / "slack.json").read_bytes())
    assert len(made["subscriptions"]) > 1
    assert len(json.loads((tmp_path / "first" / "corpus.json").read_bytes())) == 20
