"""Links: clicks that become events, and lead where their source allows."""

import base64
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sluice.edge import handler as edge
from sluice.edge.bots import is_automated
from sluice.edge.endpoints import querystring
from sluice.edge.link_signature import canonical
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.router.events import open_envelope
from sluice.telemetry import logs, metrics, steps
from sluice.workspace.compiled import Workspace
from tests import examples
from tests.examples import get
from tests.twins import MemoryQueue

WORKSPACE = examples.workspace()
PERSON = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"}
LINK_KEY = Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    ("query", "status", "location"),
    [
        ("ajs_uid=u1&ajs_event=Clicked", 204, None),
        ("ajs_event=E&url=https%3A%2F%2Fshop.example%2Fa%3Fb%3D1", 302, "https://shop.example/a?b=1"),
        ("url=https%3A%2F%2Fevil.example%2F", 200, None),
        ("url=https%3A%2F%2Fshop.example%40evil.example%2F", 200, None),
        ("url=https%3A%2F%2Fevil.example%5C%40shop.example%2F", 200, None),
        ("url=%2F%2Fevil.example%2F", 200, None),
        ("url=javascript%3Aalert(1)", 200, None),
        ("url=https%3A%2F%2Fevil.example%23.shop.example%2F", 200, None),
        ("url=https%3A%2F%2Fshop.example%3A8443%2F", 200, None),
        ("url=https%3A%2F%2Fshop.example%EF%BC%8Fevil.example%2F", 200, None),
        ("url=https%3A%2F%2Fshop.example%2Fcaf%C3%A9", 302, "https://shop.example/caf%C3%A9"),
        ("url=https://shop.example/s?q=m%C3%BCsli", 302, "https://shop.example/s?q=m%C3%BCsli"),
        ("url=https%3A%2F%2Fshop.example%2Fa%20b%3Fc%3D%22d%22", 302, "https://shop.example/a%20b?c=%22d%22"),
        ("url=https%3A%2F%2Fshop.example%2F%3Fc%3D%27d%27", 302, "https://shop.example/?c=%27d%27"),
        ("url=https%3A%2F%2Fshop.example%2F50%2525", 302, "https://shop.example/50%25"),
        ("url=HTTPS%3A%2F%2FSHOP.example%2FA", 302, "https://shop.example/A"),
        ("url=https%3A%2F%2Fshop.example%3A443%2F", 302, "https://shop.example/"),
        ("url=http%3A%2F%2Fshop.example%3A80", 302, "http://shop.example/"),
        ("url=https%3A%5C%5Cshop.example%5Ca", 302, "https://shop.example/a"),
        ("url=https%3A%2F%2Fshop.example%5C%40evil.example%2F", 302, "https://shop.example/@evil.example/"),
        ("url=%20https%3A%2F%2Fshop.example%2F%0d%0aX%3A1", 302, "https://shop.example/X:1"),
        ("ajs_event=E&amp;url=https%3A%2F%2Fshop.example%2F", 302, "https://shop.example/"),
    ],
)
def test_a_link_leads_only_where_its_source_allows(query: str, status: int, location: str | None) -> None:
    answer = querystring.collect(get("/v1/q/wk_website", query, PERSON), WORKSPACE).response
    assert (answer.status, answer.headers.get("location")) == (status, location)


def test_a_link_that_leads_nowhere_says_so_and_its_events_are_taken_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a target that the source does not list, whoever looks at the log reads why the reader stayed."""
    queue, told = MemoryQueue(), list[tuple[str, str | None]]()
    monkeypatch.setattr(edge, "load", lambda: WORKSPACE)
    monkeypatch.setattr(metrics, "count", lambda *_, **__: None)
    monkeypatch.setattr(logs, "invocation", lambda _: None)
    monkeypatch.setattr(steps, "step", lambda name, *_, **fields: told.append((name, fields.get("reason"))))
    handler = edge.edge_handler(querystring.collect, queue)
    asked = {
        "rawPath": "/v1/q/wk_website",
        "rawQueryString": "ajs_event=E&ajs_uid=u&url=https://evil.example/",
        "headers": PERSON,
        "requestContext": {"http": {"method": "GET"}, "requestId": "r", "timeEpoch": 0},
    }
    answer = handler(asked, None)
    assert (answer["statusCode"], len(queue.bodies)) == (200, 1)
    assert told == [("refused", "redirect_not_approved"), ("accepted", None)]


HOST = "xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    "target", ["https://m\u00fcnchen.example/", "https://XN--MNCHEN-3YA.example", "https://m%C3%BCnchen.example"]
)
def test_a_host_in_another_script_is_the_one_that_is_listed(target: str) -> None:
    request = get("/v1/q/wk_website", urlencode({"url": target}), PERSON)
    answer = querystring.collect(request, examples.workspace(redirect_hosts=(HOST,))).response
    assert answer.headers.get("location") == f"https://{HOST}/"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("https://a.example:8443/", 302),
        ("https://a.example:08443/", 302),
        ("https://a.example/", 200),
        ("https://a.example:/", 200),
    ],
)
def test_a_host_with_a_port_is_of_that_port_alone(target: str, status: int) -> None:
    request = get("/v1/q/wk_website", urlencode({"url": target}), PERSON)
    answer = querystring.collect(request, examples.workspace(redirect_hosts=("a.example:8443",))).response
    assert answer.status == status


def test_half_a_surrogate_pair_costs_no_click() -> None:
    envelope = querystring.collect(
        get("/v1/q/wk_website", "ajs_event=E&ajs_uid=u&x=\ud800", PERSON), WORKSPACE
    ).envelope
    assert envelope is not None
    assert [each.fields["type"] for each in open_envelope(envelope, WORKSPACE).events] == ["identify", "track"]


def test_a_link_of_nobody_is_not_found() -> None:
    assert querystring.collect(get("/v1/q/nobody", "ajs_event=E"), WORKSPACE).response.status == 404


def signing_workspace() -> Workspace:
    return examples.workspace(redirect_keys=(base64.b64encode(LINK_KEY.public_key().public_bytes_raw()).decode(),))


@pytest.mark.parametrize("alphabet", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_signed_link_may_lead_anywhere(alphabet: object) -> None:
    target = "https://elsewhere.example/offer"
    encode = alphabet if callable(alphabet) else base64.b64encode
    signature = encode(LINK_KEY.sign(target.encode())).decode().rstrip("=").replace("+", "%2B")
    request = get("/v1/q/wk_website", f"url={target}&sig={signature}", PERSON)
    assert querystring.collect(request, signing_workspace()).response.headers["location"] == target


@pytest.mark.parametrize(
    "signature",
    ["", "AAAA", "%%%", base64.b64encode(LINK_KEY.sign(b"https://other.example/")).decode()],
    ids=["none", "short", "not base64", "of another link"],
)
def test_a_link_signed_otherwise_leads_nowhere(signature: str) -> None:
    request = get("/v1/q/wk_website", f"url=https://elsewhere.example/offer&sig={signature}", PERSON)
    assert querystring.collect(request, signing_workspace()).response.status == 200


CLICK = [("ajs_uid", "u 1"), ("ajs_event", "Clicked"), ("url", "https://elsewhere.example/a?b=1&c=é")]
NOW = examples.RECEIVED_MS // 1000


def clicked(query: str) -> Result:
    return querystring.collect(get("/v1/q/wk_website", query, PERSON), signing_workspace())


def whole_link(parameters: list[tuple[str, str]]) -> str:
    """Return the query of a link whose parameters are all signed."""
    signed = canonical(parameters)
    return f"{signed}&signature={base64.urlsafe_b64encode(LINK_KEY.sign(signed.encode())).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "on_the_way",
    [
        lambda query: query,
        lambda query: query.replace("%20", "+").replace("%3A", ":").replace("%2F", "/"),
        lambda query: query.replace("&", "&amp;"),
        lambda query: query.replace("%C3%A9", "%c3%a9"),
        lambda query: query + "&utm_source=mail&ajs_uid=other&url=https://evil.example&fbclid=1",
    ],
    ids=["as it was", "encoded otherwise", "escaped once too often", "lower-case digits", "with more behind"],
)
def test_a_link_whose_parameters_are_signed_leads_on_whatever_a_mail_tool_did(on_the_way: Callable[[str], str]) -> None:
    result = clicked(on_the_way(whole_link([*CLICK, ("expires", str(NOW + 1))])))
    assert result.response.headers["location"] == "https://elsewhere.example/a?b=1&c=%C3%A9"
    assert result.envelope is not None
    events = open_envelope(result.envelope, signing_workspace()).events
    assert [(each.fields["type"], each.fields["userId"]) for each in events] == [("identify", "u 1"), ("track", "u 1")]


@pytest.mark.parametrize(
    "query",
    [
        whole_link(CLICK).replace("Clicked", "Bought"),
        whole_link(CLICK).replace("elsewhere", "evil"),
        "ajs_prop_price=0&" + whole_link(CLICK),
        whole_link([*CLICK, ("expires", str(NOW - 1))]),
        whole_link([*CLICK, ("expires", "tomorrow")]),
        whole_link([*CLICK, ("expires", "")]),
        whole_link([*CLICK, ("expires", str(NOW - 1))]).replace(f"&expires={NOW - 1}", ""),
        canonical(CLICK) + "&signature=",
        canonical(CLICK) + "&signature=AAAA",
        canonical([("url", "https://shop.example/")]) + "&signature=AAAA",
    ],
    ids=[
        "another event", "another target", "another parameter", "expired", "no time", "an empty time", "time cut out",
        "no signature", "a short one", "to a host on the list",
    ],
)  # fmt: skip
def test_a_signed_link_that_was_changed_or_has_expired_leads_nowhere_and_counts_nothing(query: str) -> None:
    result = clicked(query)
    assert (result.response.status, b"no longer valid" in result.response.body) == (200, True)
    if result.envelope is not None:
        opened = open_envelope(result.envelope, signing_workspace())
        assert (opened.events, {each.reason for each in opened.rejections}) == ([], {"link_not_valid"})


def test_a_parameter_called_signature_means_nothing_to_a_source_without_keys() -> None:
    result = querystring.collect(get("/v1/q/wk_website", "ajs_event=E&signature=x&ajs_uid=u", PERSON), WORKSPACE)
    assert result.envelope is not None
    assert len(open_envelope(result.envelope, WORKSPACE).events) == 2


def test_the_campaign_goes_along_unless_the_target_has_its_own() -> None:
    query = "utm_source=mail&utm_campaign=spring%20sale&url=https%3A%2F%2Fshop.example%2F%3Futm_source%3Down%23top"
    answer = querystring.collect(get("/v1/q/wk_website", query, PERSON), WORKSPACE).response
    assert answer.headers["location"] == "https://shop.example/?utm_source=own&utm_campaign=spring+sale#top"


@pytest.mark.parametrize(
    "visitor",
    [
        {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"user-agent": "facebookexternalhit/1.1"},
        {**PERSON, "purpose": "prefetch"},
        {**PERSON, "sec-purpose": "prefetch;prerender"},
        {**PERSON, "x-moz": "prefetch"},
    ],
)
def test_who_only_looks_ahead_has_not_clicked(visitor: dict[str, str]) -> None:
    query = "ajs_event=Clicked&ajs_uid=u&url=https%3A%2F%2Fshop.example%2F"
    collected = querystring.collect(get("/v1/q/wk_website", query, visitor), WORKSPACE)
    assert collected.response.status == 302, "the preview shows the page all the same"
    assert collected.envelope is not None
    opened = open_envelope(collected.envelope, WORKSPACE)
    assert (opened.events, [each.reason for each in opened.rejections]) == ([], ["automated"])


def test_a_head_request_has_not_clicked() -> None:
    request = Request("HEAD", "/v1/q/wk_website", "ajs_event=Clicked&ajs_uid=u", PERSON, id="r")
    assert querystring.collect(request, WORKSPACE).code == "automated"


def test_a_click_is_an_identify_and_a_track_with_browser_and_campaign() -> None:
    query = "ajs_uid=u1&ajs_trait_plan=pro&ajs_event=Clicked&utm_source=mail&utm_campaign=spring"
    envelope = querystring.collect(get("/v1/q/wk_website", query, PERSON), WORKSPACE).envelope
    assert envelope is not None
    identify, track = (each.fields for each in open_envelope(envelope, WORKSPACE).events)
    assert (identify["type"], identify["traits"]) == ("identify", {"plan": "pro"})
    assert track["context"]["userAgent"] == PERSON["user-agent"]
    assert track["context"]["campaign"] == {"source": "mail", "name": "spring"}
    assert track["context"]["ip"] == "203.0.113.7"


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Mobile",
        "Mozilla/5.0 (Linux; Android 13; Cubot P60 Build/TP1A) AppleWebKit/537.36 Chrome/114.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; ROBOT X1 Build/PPR1) AppleWebKit/537.36 Chrome/99.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X) AppleWebKit/537.36 Chrome/114 Electron/25 Slack/4.33 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/114 Mobile Safari/537.36 TelegramAndroid/10.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 300.0",
        "",
    ],
)
def test_a_persons_click_counts_whatever_the_phone_or_the_app_is_called(agent: str) -> None:
    assert not is_automated(Request("GET", "/v1/q/wk", headers={"user-agent": agent}))


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
        "python-requests/2.31.0",
        "curl/8.1.2",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "WhatsApp/2.23.20.0 A",
        "TelegramBot (like TwitterBot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
        "Mozilla/5.0 (Windows NT 10.0) Barracuda Sentinel (EE)",
        "AcmeMailBot/3.0",
        "Mozilla/5.0 (compatible; AcmeCrawler; +https://acme.example/crawler)",
    ],
)
def test_a_program_that_names_itself_is_no_persons_click(agent: str) -> None:
    assert is_automated(Request("GET", "/v1/q/wk", headers={"user-agent": agent}))
