"""analytics.js: how the package's files are changed, which of them are served, and where everything answers."""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from layers.web import adapt, build
from sluice.edge import handler as edge
from sluice.edge.cors import with_cors
from sluice.edge.endpoints import analytics_js as scripts
from sluice.edge.endpoints.routes import dispatch
from sluice.edge.responses import Response
from sluice.telemetry import logs, metrics, steps
from sluice.workspace.compiled import DeviceDestination, Web
from tests import examples
from tests.examples import get, post

#: Each place of the package's script that a build changes, as it is written there.
ORIGINAL = (
    'self.webpackChunk_segment_analytics_next=self.webpackChunk_segment_analytics_next||[];r="@segment/analytics-next:";'
    'try{window.analyticsWriteKey="__WRITE_KEY__"}catch(t){}var h="api.segment.io/v1";'
    'function f(){return o||"https://cdn.segment.com"}function l(){return p?s:"https://cdn.segment.com/analytics.js/v1/"}'
    '"".concat(P,"/v1/projects/").concat(j,"/settings");var d=new RegExp("https://cdn.segment.(com|build)");'
    'var ve=(0,e.I2)();(0,e.qQ)(ve),a.p=ve?ve+"/analytics-next/bundles/":"https://cdn.segment.com/analytics-next/bundles/",'
    '(0,n.J)("web");\n//# sourceMappingURL=standalone.js.map'
)
LOCATE = (build.HERE / "locate.js").read_text()

FILES = {
    "analytics.min.js": "/* Segment's names */",
    "a.js": "/* plain names */",
    "bundles/407.bundle.61ef.js": "/* a chunk */" * 20,
    "bundles/licenses.txt": "MIT",
}
WORKSPACE = replace(examples.workspace(), web=Web("e7"))
SCRIPT = "/analytics.js/v1/wk_website/analytics.min.js"
CHUNK = "/analytics-next/bundles/407.bundle.61ef.js"


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "web"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "built-from").write_text("0123")
    (tmp_path / "secret.js").write_text("not of the build")
    monkeypatch.setenv("SLUICE_WEB", str(folder))
    scripts.load.cache_clear()
    yield folder
    scripts.load.cache_clear()


def ask(path: str, within: Any = WORKSPACE, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return dispatch(get(path, headers={"host": "h.example", **named}), within, {"*"}).response


def test_the_script_learns_key_and_host_from_its_own_address() -> None:
    made = adapt.script(ORIGINAL, LOCATE, "notice")
    assert made.startswith("/*! notice */\n(function(sluice){")
    assert 'window.analyticsWriteKey=sluice.key||"__WRITE_KEY__"' in made
    assert "var ve=sluice.cdn||(0,e.I2)();(0,e.qQ)(ve),a.p=ve?" in made
    assert r"/^(https?:\/\/.*)\/analytics\.js\/v1\/([^\/]+)\/[^\/]*$/.exec(" in made
    assert "ADDRESS" not in made
    assert "sourceMappingURL" not in made


def test_the_script_never_turns_to_segment_by_itself() -> None:
    made = adapt.script(ORIGINAL, LOCATE, "notice")
    assert "api.segment.io" not in made
    assert made.count("cdn.segment") == 1, "but for the rule that finds the plugins there"


def test_the_script_can_run_beside_segments() -> None:
    made = adapt.script(ORIGINAL, LOCATE, "notice") + adapt.chunk("webpackChunk_segment_analytics_next" * 2)
    assert made.count("webpackChunk_sluice") == 4
    assert "webpackChunk_segment" not in made
    assert "@segment/analytics-next:" not in made


def test_the_plain_script_has_no_path_of_segments() -> None:
    made = adapt.plain_script(ORIGINAL, LOCATE, "notice")
    assert '"".concat(P,"/").concat(j,".json")' in made
    assert 'a.p=ve?ve+"/b/":sluice.cdn+"/b/"' in made
    assert "/v1/projects" not in made
    assert "bundles" not in made


@pytest.mark.parametrize("part", ['"__WRITE_KEY__"', '"api.segment.io/v1"', "(0,e.qQ)(ve)", "//# sourceMappingURL"])
def test_another_script_than_the_pinned_one_ends_the_build(part: str) -> None:
    with pytest.raises(adapt.UnexpectedScriptError):
        adapt.script(ORIGINAL.replace(part, "?"), LOCATE, "notice")


def test_what_is_installed_is_pinned_with_its_integrity_and_no_registry() -> None:
    lock = json.loads((build.HERE / "package-lock.json").read_text())
    packages = {name: about for name, about in lock["packages"].items() if name}
    pinned = json.loads((build.HERE / "package.json").read_text())["dependencies"]
    assert packages[f"node_modules/{build.PACKAGE}"]["version"] == pinned[build.PACKAGE]
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())
    assert "resolved" not in (build.HERE / "package-lock.json").read_text()


def test_the_snippet_gets_its_script() -> None:
    answer = ask(SCRIPT)
    assert (answer.status, answer.body.decode()) == (200, FILES["analytics.min.js"])
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_chunks_are_kept_for_ever() -> None:
    answer = ask(CHUNK)
    assert answer.body.decode() == FILES["bundles/407.bundle.61ef.js"]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_who_takes_gzip_gets_it() -> None:
    answer = ask(CHUNK, accept_encoding="br, gzip;q=0.8")
    sent = answer.to_api_gateway()
    assert sent["isBase64Encoded"] is True
    assert gzip.decompress(base64.b64decode(str(sent["body"]))).decode() == FILES["bundles/407.bundle.61ef.js"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] != ask(CHUNK).headers["etag"]


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"])
def test_who_takes_no_gzip_gets_the_text(accepted: str) -> None:
    answer = ask(CHUNK, accept_encoding=accepted)
    assert "content-encoding" not in answer.headers
    assert answer.body.decode() == FILES["bundles/407.bundle.61ef.js"]


def test_caches_keep_it_by_encoding_and_origin() -> None:
    request = get(SCRIPT, headers={"origin": "https://www.shop.example"})
    answer = with_cors(dispatch(request, WORKSPACE, {"*"}).response, request, {"*"})
    assert answer.headers["vary"] == ask(SCRIPT).headers["vary"] == "accept-encoding, origin"


def test_who_has_it_already_gets_no_body() -> None:
    etag = ask(SCRIPT, accept_encoding="gzip").headers["etag"]
    again = ask(SCRIPT, accept_encoding="gzip", if_none_match=etag)
    assert (again.status, again.body, again.binary) == (304, b"", False)


@pytest.mark.parametrize(
    "path",
    [
        "/analytics-next/bundles/nothing.js",
        "/analytics-next/bundles/../analytics.min.js",
        "/analytics-next/bundles/../../secret.js",
        "/analytics-next/bundles/407.bundle.61ef.js.gz",
        "/analytics-next/bundles/built-from",
        "/analytics-next/bundles/",
        "/analytics.js/v1/wk_website/a.js",
        "/analytics.js/v1/wk_website/../../secret.js",
        "/b/407.bundle.61ef.js",
        "/wk_website.js",
        "/e7/b/../../secret.js",
        "/e7/b/%2e%2e/secret.js",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    answer = ask(path)
    assert answer.status == 404
    assert json.loads(answer.body)["success"] is False


@pytest.mark.parametrize("path", ["/analytics.js/v1/nobody/analytics.min.js", "/e7/nobody.js"])
def test_a_script_of_an_unknown_key_is_not_found(path: str) -> None:
    answer = ask(path)
    assert (answer.status, json.loads(answer.body)["code"]) == (404, "unknown_source")


def test_a_deployment_without_the_scripts_says_that_there_are_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLUICE_WEB", str(tmp_path / "nowhere"))
    scripts.load.cache_clear()
    assert ask(SCRIPT).status == 404


@pytest.mark.parametrize(
    "path",
    ["/analytics.js/v1/secret/analytics.min.js", "/e7/v1/projects/secret/settings", "/e7/secret.js", "/e7/secret.json"],
)
def test_a_refused_key_is_not_logged(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(edge, "load", lambda: WORKSPACE)
    monkeypatch.setattr(metrics, "count", lambda *_, **__: None)
    monkeypatch.setattr(logs, "invocation", lambda _: None)
    monkeypatch.setattr(steps, "step", lambda *_, **fields: logged.append(fields))
    handler = edge.edge_handler(lambda request, workspace: dispatch(request, workspace, {"*"}))
    context = {"http": {"method": "GET"}, "requestId": "r", "timeEpoch": 0}
    assert handler({"rawPath": path, "headers": {}, "requestContext": context}, None)["statusCode"] == 404
    assert logged[0]["reason"] == "unknown_source"
    assert "secret" not in str(logged)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        (f"/e7{SCRIPT}", "analytics.min.js"),
        (f"/e7{CHUNK}", "bundles/407.bundle.61ef.js"),
        ("/e7/wk_website.js", "a.js"),
        ("/e7/b/407.bundle.61ef.js", "bundles/407.bundle.61ef.js"),
    ],
)
def test_scripts_answer_below_the_prefix_and_under_plain_names(path: str, file: str) -> None:
    assert ask(path).body.decode() == FILES[file]


@pytest.mark.parametrize("base", ["", "/e7", "//e7/"])
def test_everything_answers_below_the_prefix(base: str) -> None:
    def statuses() -> Iterator[int]:
        yield dispatch(post(f"{base}/v1/t", examples.TRACK), WORKSPACE, {"*"}).response.status
        yield ask(f"{base}/v1/pixel/track").status
        yield ask(f"{base}/v1/q/wk_website").status
        yield ask(f"{base}/health").status
        yield ask(f"{base}/v1/nothing").status

    assert list(statuses()) == [200, 200, 204, 200, 404]


def test_an_upload_below_the_prefix_is_the_same_envelope() -> None:
    below = dispatch(post("/e7/v1/t", examples.TRACK), WORKSPACE, {"*"}).envelope
    assert below is not None
    assert below == dispatch(post("/v1/t", examples.TRACK), WORKSPACE, {"*"}).envelope


@pytest.mark.parametrize("path", ["/e8/v1/t", "/e7x/v1/t", "/e7/e7/v1/t"])
def test_no_other_prefix_answers(path: str) -> None:
    assert dispatch(post(path, examples.TRACK), WORKSPACE, {"*"}).response.status == 404


def test_plugins_on_segments_cdn_stay_there_if_the_workspace_names_one() -> None:
    plugin = {"url": "https://cdn.segment.com/next-integrations/actions/a/1.js", "library": "a", "settings": {}}
    device = DeviceDestination("a", "A", None, {}, (), plugin)
    within = replace(WORKSPACE, device_destinations=(device,))
    answer = ask("/next-integrations/actions/a/1.js", within)
    assert (answer.status, answer.headers["location"]) == (302, plugin["url"])
    assert ask("/e7/next-integrations/actions/a/1.js", within).headers["location"] == plugin["url"]
    assert ask("/next-integrations/actions/a/1.js").status == 404
    for path in (
        "/next-integrations/../x",
        "/next-integrations//evil",
        "/next-integrations/a\r\nx:1",
        "/next-integrations",
    ):
        assert ask(path, within).status == 404
