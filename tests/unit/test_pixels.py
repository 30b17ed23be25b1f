"""Pixels: images of mails and pages become events, whatever is in their query."""

import base64
import json

import pytest

from sluice.edge.endpoints import pixel, querystring
from sluice.edge.request import Request
from sluice.router.events import OpenedRequest, open_envelope
from tests import examples
from tests.examples import get

WORKSPACE = examples.workspace()
PERSON = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"}


def test_a_pixel_is_always_the_image() -> None:
    data = base64.urlsafe_b64encode(json.dumps({"userId": "u1", "event": "Opened", "writeKey": "wk_website"}).encode())
    for query in (
        f"data={data.decode()}",
        "userId=u1&event=Opened&writeKey=wk_website",
        "data=%%%&writeKey=wk_website",
        "",
    ):
        answer = pixel.collect(get("/v1/pixel/track", query), WORKSPACE).response
        assert answer.status == 200
        assert answer.headers == {"content-type": "image/gif", "cache-control": "no-store"}
        assert answer.body.startswith(b"GIF89a")


def test_a_pixel_hands_its_query_on_as_it_came() -> None:
    query = "userId=u1&event=Email%20Opened&writeKey=wk_website"
    envelope = pixel.collect(get("/v1/pixel/track", query), WORKSPACE).envelope
    assert envelope is not None
    assert (envelope.kind, envelope.type, envelope.source, envelope.text) == ("pixel", "track", "website", query)


def pixel_opened(
    query: str, call: str = "track", headers: dict[str, str] = PERSON, method: str = "GET"
) -> OpenedRequest:
    """Return what the router makes of a pixel."""
    envelope = pixel.collect(Request(method, f"/v1/pixel/{call}", query, headers, id="r"), WORKSPACE).envelope
    assert envelope is not None
    return open_envelope(envelope, WORKSPACE)


def test_a_pixel_in_latin_1_is_read() -> None:
    event = b'{"writeKey":"wk_website","userId":"user-1","event":"Email Opened","properties":{"subject":"M\xe1laga"}}'
    (opened,) = pixel_opened("data=" + base64.b64encode(event).decode()).events
    assert opened.fields["properties"] == {"subject": "M\u00e1laga"}


def test_a_parameter_in_latin_1_is_read() -> None:
    (opened,) = pixel_opened(
        "writeKey=wk_website&userId=u&event=E&properties.subject=M%E1laga&properties.b=%C3%A1"
    ).events
    assert opened.fields["properties"] == {"subject": "M\u00e1laga", "b": "\u00e1"}


def test_halves_of_surrogate_pairs_beside_other_bytes_cost_no_image() -> None:
    (opened,) = pixel_opened("writeKey=wk_website&userId=u&event=E&properties.a=\ud800%E1").events
    assert opened.fields["event"] == "E"


@pytest.mark.parametrize("between", ["&amp;", "&amp;amp;"])
def test_an_ampersand_that_was_escaped_once_too_often_parts_parameters(between: str) -> None:
    (opened,) = pixel_opened(between.join(("userId=user-1", "writeKey=wk_website", "event=Email%20Opened"))).events
    assert (opened.fields["userId"], opened.fields["event"]) == ("user-1", "Email Opened")


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 5])
def test_a_key_in_what_cannot_be_read_ends_in_rejected(cut: int) -> None:
    data = base64.b64encode(b'{"writeKey": "wk_website", "userId": "user-1", "event": "Email Ope').decode()
    opened = pixel_opened("data=" + data[: len(data) - cut])
    assert (opened.source, [each.reason for each in opened.rejections]) == ("website", ["bad_request"])


@pytest.mark.parametrize("name", ["track.gif", "track.PNG", "track.jpg"])
def test_a_pixel_may_be_called_an_image(name: str) -> None:
    (opened,) = pixel_opened("writeKey=wk_website&userId=u&event=E", name).events
    assert opened.fields["type"] == "track"


@pytest.mark.parametrize(("method", "headers"), [("HEAD", PERSON), ("GET", {**PERSON, "sec-purpose": "prefetch"})])
def test_an_image_that_nobody_sees_is_no_opened_mail(method: str, headers: dict[str, str]) -> None:
    opened = pixel_opened("writeKey=wk_website&userId=u&event=E", headers=headers, method=method)
    assert (opened.events, [each.reason for each in opened.rejections]) == ([], ["automated"])


def test_a_mail_service_that_loads_images_for_its_readers_is_a_reader() -> None:
    google = {"user-agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"}
    assert len(pixel_opened("writeKey=wk_website&userId=u&event=E", headers=google).events) == 1


ANONYMOUS = "event=Opened&writeKey=wk_website"


def test_a_reader_gets_a_cookie_only_if_the_workspace_says_so() -> None:
    assert pixel.collect(get("/v1/pixel/track", ANONYMOUS), WORKSPACE).response.cookies == ()
    wanted = examples.workspace(anonymous_cookie=True)
    collected = pixel.collect(get("/v1/pixel/track", ANONYMOUS), wanted)
    (cookie,) = collected.response.cookies
    assert collected.envelope is not None
    (event,) = (each.fields for each in open_envelope(collected.envelope, wanted).events)
    assert cookie.startswith(f"{pixel.COOKIE}={event['anonymousId']}; ")
    assert {"Secure", "HttpOnly", "SameSite=None"} <= set(cookie.split("; "))


def test_a_reader_is_recognised_by_the_cookie() -> None:
    wanted = examples.workspace(anonymous_cookie=True)
    request = Request("GET", "/v1/pixel/track", ANONYMOUS, cookies={pixel.COOKIE: "reader-1"}, id="r", time_ms=1)
    envelope = pixel.collect(request, wanted).envelope
    assert envelope is not None
    assert [each.fields["anonymousId"] for each in open_envelope(envelope, wanted).events] == ["reader-1"]


def test_a_pixel_that_names_its_reader_needs_no_cookie() -> None:
    wanted = examples.workspace(anonymous_cookie=True)
    assert pixel.collect(get("/v1/pixel/track", ANONYMOUS + "&userId=u1"), wanted).response.cookies == ()


def test_amp_is_a_pixel_without_id_and_time() -> None:
    query = (
        "writeKey=wk_website&context.library.name=amp&anonymousId=amp-1&context.locale=en&name=Home"
        "&context.page.path=%2F&context.page.url=https%3A%2F%2Fshop.example%2F&context.screen.width=390"
    )
    envelope = pixel.collect(get("/v1/pixel/page", query), WORKSPACE).envelope
    assert envelope is not None
    (event,) = open_envelope(envelope, WORKSPACE).events
    assert not event.named
    assert (event.fields["type"], event.fields["name"], event.fields["timestamp"]) == (
        "page",
        "Home",
        examples.RECEIVED_AT,
    )
    assert event.fields["context"]["page"] == {"path": "/", "url": "https://shop.example/"}


def test_images_and_links_of_a_source_that_wants_proof_are_refused_without_a_word() -> None:
    closed = examples.workspace(secrets_sha256=("00",))
    for collected in (
        pixel.collect(get("/v1/pixel/track", ANONYMOUS + "&userId=u"), closed),
        querystring.collect(get("/v1/q/wk_website", "ajs_event=E&ajs_uid=u", PERSON), closed),
    ):
        assert collected.response.status in (200, 204)
        assert collected.is_limited
        assert collected.envelope is not None
        assert collected.envelope.refused == "unauthorized"


def test_an_image_of_an_unreadable_query_is_kept() -> None:
    collected = pixel.collect(get("/v1/pixel/track", "data=%%%&writeKey=wk_website"), WORKSPACE)
    assert collected.envelope is not None
    assert json.loads(open_envelope(collected.envelope, WORKSPACE).rejections[0].document)["reason"] == "bad_request"
