"""The export asks Segment's Public API for every page, waits when it is told to, and keeps the token to itself."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.__main__ import main
from cli.errors import OperatorError
from cli.segment import public_api
from cli.segment.import_segment import imported
from cli.segment.public_api import PublicApi

TOKEN = "sgp_hunter2-hunter2"
SOURCES = [
    {"id": f"s{number}", "slug": f"site-{number}", "name": f"Site {number}", "enabled": True,
     "writeKeys": [f"wkSite{number}"], "metadata": {"slug": "javascript"}}
    for number in range(3)
]  # fmt: skip
WEBHOOK = {"id": "d1", "name": "WH", "sourceId": "s0", "metadata": {"slug": "actions-webhook"}, "settings": {}}
SUBSCRIPTION = {
    "id": "x1", "name": "Send", "actionSlug": "send", "destinationId": "d1", "enabled": True, "trigger": "all",
    "settings": {"url": "https://a.example/", "data": {"@path": "$."}},
}  # fmt: skip
WAREHOUSE = {
    "id": "w1", "enabled": True, "metadata": {"slug": "postgres"},
    "settings": {"name": "db", "hostname": "db.example.com", "database": "d", "username": "u"},
}  # fmt: skip
SYNC = {"warehouseId": "w1", "sourceId": "s0", "collection": "pages", "enabled": False, "properties": {}}


@dataclass
class Segment:
    """Segment's side: two sources to a page. `refusals` are answers that come first, by path."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    refusals: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)

    def answer(self, path: str, query: dict[str, list[str]]) -> dict[str, Any] | None:
        match path:
            case "/sources":
                at = int(query.get("pagination.cursor", ["0"])[0])
                after = str(at + 2) if at + 2 < len(SOURCES) else None
                return {"sources": SOURCES[at : at + 2], "pagination": {"current": str(at), "next": after}}
            case "/destinations":
                return {"destinations": [WEBHOOK], "pagination": {"current": "0"}}
            case "/destinations/d1/subscriptions":
                return {"subscriptions": [SUBSCRIPTION], "pagination": {"current": "0"}}
            case "/destination/d1/filters":
                return {"filters": [], "pagination": {"current": "0"}}
            case "/warehouses":
                return {"warehouses": [WAREHOUSE], "pagination": {"current": "0"}}
            case "/warehouses/w1/connected-sources":
                return {"sources": SOURCES[:1], "pagination": {"current": "0"}}
            case "/warehouses/w1/connected-sources/s0/selective-syncs":
                return {"items": [SYNC], "pagination": {"current": "0"}}
            case "/transformations":
                return {"transformations": [{"id": "t1", "name": "hash"}], "pagination": {"current": "0"}}
        return None


@pytest.fixture
def segment() -> Iterator[Segment]:
    api = Segment()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            api.asked.append(parts.path)
            api.tokens.add(self.headers["authorization"])
            if api.refusals.get(parts.path):
                status, headers = api.refusals[parts.path].pop(0)
                self._send(status, headers, b"{}")
                return
            found = api.answer(parts.path, parse_qs(parts.query))
            self._send(200 if found else 403, {}, json.dumps({"data": found} if found else {}).encode())

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield api
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_page_is_asked_for_and_what_comes_out_can_be_imported(segment: Segment) -> None:
    made = imported(PublicApi(segment.url, TOKEN).export())
    assert made.taken == {"sources": 3, "destinations": 1, "actions": 1, "filters": 0, "warehouses": 1}
    assert made.left["transformations"] == 1
    assert segment.tokens == {f"Bearer {TOKEN}"}


def test_a_limit_is_waited_for_as_long_as_it_says_within_reason(segment: Segment) -> None:
    segment.refusals["/sources"] = [(429, {"retry-after": "7"}), (503, {}), (429, {"retry-after": "99999999"})]
    waited: list[float] = []
    assert PublicApi(segment.url, TOKEN, waited.append).export()
    assert waited == [7.0, 10.0, 120.0]


def test_what_the_token_may_not_see_is_said_and_costs_nothing_else(segment: Segment) -> None:
    told: list[str] = []
    assert PublicApi(segment.url, TOKEN).export(told.append)
    assert "Segment's API answers 403 to GET /tracking-plans" in told
    assert not any(TOKEN in each for each in told)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_is_one_sentence_without_the_token(segment: Segment, status: int) -> None:
    segment.refusals["/sources"] = [(status, {})]
    with pytest.raises(OperatorError, match=f"answers {status} to GET /sources; is SEGMENT_TOKEN") as caught:
        PublicApi(segment.url, TOKEN).export()
    assert TOKEN not in repr(caught.value)


def test_an_api_that_does_not_come_back_is_given_up(segment: Segment) -> None:
    segment.refusals["/sources"] = [(500, {})] * 100
    waited: list[float] = []
    with pytest.raises(OperatorError, match="does not answer GET /sources"):
        PublicApi(segment.url, TOKEN, waited.append).export()
    assert len(waited) == 8


def test_pages_that_go_round_in_circles_end(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    circle = {"sources": SOURCES[:1], "pagination": {"next": "MQ=="}}
    monkeypatch.setattr(segment, "answer", lambda path, _: circle if path == "/sources" else {"destinations": []})
    assert PublicApi(segment.url, TOKEN).export()
    assert segment.asked.count("/sources") == 2


def test_the_command_writes_a_file_for_its_owner_alone(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "export.json"
    monkeypatch.setitem(public_api.HOSTS, "us", segment.url)
    assert main(["export-segment", "--output", str(output)]) == 1
    assert "SEGMENT_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("SEGMENT_TOKEN", TOKEN)
    assert main(["export-segment", "--output", str(output)]) == 0
    told = capsys.readouterr()
    assert "it has secrets in it" in told.err
    assert TOKEN not in told.err + told.out + output.read_text()
    assert (output.stat().st_mode & 0o077) == 0
    assert imported(json.loads(output.read_text())).taken["sources"] == 3
    assert main(["export-segment", "--output", str(output)]) == 1


def test_a_warehouse_comes_with_its_sources_and_its_selective_sync(segment: Segment) -> None:
    made = imported(PublicApi(segment.url, TOKEN, pause=lambda _: None).export())
    assert made.taken["warehouses"] == 1
    assert "sources: [site-0]" in made.text
    assert "collections: [site-0/pages]" in made.text


@pytest.mark.parametrize(("status", "is_seen"), [(403, False), (404, True)])
def test_a_warehouse_whose_selective_sync_is_not_seen_is_switched_off(
    segment: Segment, status: int, is_seen: bool
) -> None:
    """Given a token that may not see it, it must not get what it was kept from. 404 says that there is none."""
    at = "/warehouses/w1/connected-sources/s0/selective-syncs"
    segment.refusals[at] = [(status, {})]
    told: list[str] = []
    made = imported(PublicApi(segment.url, TOKEN, pause=lambda _: None).export(told.append))
    assert f"Segment's API answers {status} to GET {at}" in told
    assert made.taken["warehouses"] == 1
    assert ("enabled: false" not in made.text) is is_seen
