"""What a source may demand beyond its write key: an origin, a secret, a token."""

import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sluice.edge.acceptance import Rations, accept
from sluice.edge.cors import parse_origins
from sluice.edge.endpoints import pixel, querystring, tracking
from sluice.workspace.compiled import Token, Workspace
from tests import examples
from tests.examples import basic, get, post
from tests.twins import MemoryQueue

EC, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def answer(workspace: Workspace, headers: dict[str, str], body: Any = None) -> tuple[int, str | None]:
    request = post("/v1/track", body or {**examples.TRACK, "writeKey": "wk_website"}, headers=headers)
    collected = tracking.collect(request, workspace, parse_origins("*"))
    return collected.response.status, collected.code


PAGES = examples.workspace(origins=("https://shop.example",))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"origin": "https://shop.example"}, (200, None)),
        ({"origin": "https://SHOP.example"}, (200, None)),
        ({"referer": "https://shop.example/cart?a=1"}, (200, None)),
        ({"origin": "https://evil.example"}, (400, "origin_not_allowed")),
        ({"origin": "null", "referer": "https://shop.example/"}, (400, "origin_not_allowed")),
        ({"referer": "https://[broken"}, (400, "origin_not_allowed")),
        ({}, (400, "origin_not_allowed")),
    ],
)
def test_a_source_may_take_events_of_its_own_pages_only(
    headers: dict[str, str], expected: tuple[int, str | None]
) -> None:
    assert answer(PAGES, headers) == expected


SECRET = examples.workspace(secrets_sha256=(hashlib.sha256(b"s3cret").hexdigest(),))


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("Basic d2tfd2Vic2l0ZTpzM2NyZXQ=", (200, None)),  # wk_website:s3cret
        ("Basic d2tfd2Vic2l0ZTpndWVzcw==", (400, "unauthorized")),  # wk_website:guess
        (basic("wk_website")["authorization"], (400, "unauthorized")),
        ("Bearer s3cret", (400, "unauthorized")),
    ],
)
def test_a_server_may_have_to_prove_itself_with_a_secret(authorization: str, expected: tuple[int, str | None]) -> None:
    assert answer(SECRET, {"authorization": authorization}) == expected


#: Tokens are made when tests are collected, which may be long before they are looked at.
LATER = time.time() + 10 * 365 * 86_400


def token(key: Any = EC, algorithm: str = "ES256", **claims: Any) -> str:
    payload = {"iss": "https://login.example.com", "aud": "sluice", "exp": LATER, **claims}
    return jwt.encode({name: value for name, value in payload.items() if value is not None}, key, algorithm)


TOKENS = examples.workspace(token=Token((pem(RSA), pem(EC)), "https://login.example.com", "sluice"))


@pytest.mark.parametrize(
    ("signed", "good"),
    [
        (token(), True),
        (token(RSA, "RS256"), True),
        (token(OTHER), False),
        (token(exp=time.time() - 600), False),
        (token(exp=None), False),
        (token(iss="https://evil.example"), False),
        (token(aud="another"), False),
        (token(aud=None), False),
        (jwt.encode({"exp": LATER}, "", "none"), False),
        ("garbage", False),
        ("", False),
    ],
    ids=[
        "ES256", "RS256", "of another key", "expired", "for ever", "of another issuer", "for another audience",
        "for nobody", "unsigned", "garbage", "none",
    ],
)  # fmt: skip
def test_a_server_may_prove_itself_with_a_token(signed: str, good: bool) -> None:
    assert answer(TOKENS, {"authorization": f"Bearer {signed}"}) == ((200, None) if good else (400, "unauthorized"))


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    # An old trick: take the public key as the key of a symmetric signature.
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}')
    body = jwt.utils.base64url_encode(json.dumps({"exp": time.time() + 600}).encode())
    forged = hmac.new(pem(EC).encode(), head + b"." + body, "sha256").digest()
    text = b".".join((head, body, jwt.utils.base64url_encode(forged))).decode()
    without_claims = examples.workspace(token=Token((pem(EC),), None, None))
    assert answer(without_claims, {"authorization": f"Bearer {text}"}) == (400, "unauthorized")


def test_what_the_source_does_not_admit_is_kept_up_to_a_ration() -> None:
    queue, rations = MemoryQueue(), Rations(SECRET, now=lambda: 0.0)
    collected = tracking.collect(post("/v1/track", examples.TRACK), SECRET, parse_origins("*"))
    for _ in range(15):
        assert accept(collected, queue, rations).response.status == 400
    assert len(queue.bodies) == 10


RATIONED = examples.workspace(requests_per_second=2)
TRACKED = tracking.collect(post("/v1/track", examples.TRACK), RATIONED, parse_origins("*"))


def test_a_client_beyond_its_ration_comes_back() -> None:
    # given a source that takes two requests a second
    now = [0.0]
    queue, rations = MemoryQueue(), Rations(RATIONED, now=lambda: now[0])
    # when ten come at once
    answers = [accept(TRACKED, queue, rations) for _ in range(10)]
    # then the burst of a second passes, and the others are asked to send again
    passed = len(queue.bodies)
    assert passed == 3
    assert [each.response.status for each in answers] == [200] * passed + [429] * (10 - passed)
    assert (answers[-1].code, answers[-1].response.headers["retry-after"]) == ("over_ration", "5")
    now[0] = 0.5
    assert accept(TRACKED, queue, rations).response.status == 200


def test_one_key_does_not_use_up_the_ration_of_another() -> None:
    queue, rations = MemoryQueue(), Rations(RATIONED, now=lambda: 0.0)
    for _ in range(10):
        accept(TRACKED, queue, rations)
    other = tracking.collect(post("/v1/track", examples.TRACK, headers=basic("wk_server")), RATIONED, set())
    assert {accept(other, queue, rations).response.status for _ in range(100)} == {200}


def test_pixels_and_links_beyond_the_ration_are_answered_as_ever_and_counted() -> None:
    rations = Rations(RATIONED, now=lambda: 0.0)
    person = {"user-agent": "Mozilla/5.0"}
    opened = pixel.collect(get("/v1/pixel/track", "writeKey=wk_website&userId=u&event=E", person), RATIONED)
    clicked = querystring.collect(get("/v1/q/wk_website", "ajs_event=E&ajs_uid=u", person), RATIONED)
    for collected in (opened, clicked):
        answers = [accept(collected, MemoryQueue(), rations) for _ in range(10)]
        assert all(each.response == collected.response for each in answers)
        assert (answers[-1].envelope, answers[-1].code) == (None, "over_ration")


def test_a_body_that_is_refused_for_good_stays_refused_beyond_the_ration() -> None:
    queue, rations = MemoryQueue(), Rations(RATIONED, now=lambda: 0.0)
    collected = tracking.collect(post("/v1/track", b"{"), RATIONED, set())
    answers = [accept(collected, queue, rations).response.status for _ in range(10)]
    assert (answers, len(queue.bodies)) == ([400] * 10, 3)
