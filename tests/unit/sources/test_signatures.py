"""Signatures: the vectors of each scheme, and what somebody without the secret may send instead."""

import base64
import hashlib
import hmac
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.sources.hook import Hook, Signature
from sluice.sources.signature import (
    STANDARD_WEBHOOKS,
    BasicPassword,
    HeaderValue,
    Hmac,
    PathToken,
    Readdressed,
    form_text,
    is_recent,
)
from tests.sources import BODY, NOW, SECRET, URL, hook

STRIPE = Hmac("stripe-signature", over="{timestamp}.{body}", prefix="v1=", separator=",", timestamp="t=")
SLACK = Hmac("x-slack-signature", over="v0:{timestamp}:{body}", prefix="v0=", timestamp="x-slack-request-timestamp")
GITHUB = Hmac("x-hub-signature-256", prefix="sha256=")
V1 = "7849f3f77ae17f71e5c31b3527ac6121095495fad02d627b06761287f1613100"
TIMED = f"t={NOW},v1={V1}"

VECTORS: list[tuple[Signature, Hook, str]] = [
    (STRIPE, hook(stripe_signature=TIMED), SECRET),
    (
        SLACK,
        hook(
            x_slack_signature="v0=8c51a44e155f688db0fca3d5085336ce58df91aa8eeac618490889d0d92abc7f",
            x_slack_request_timestamp=str(NOW),
        ),
        SECRET,
    ),
    (
        GITHUB,
        hook(x_hub_signature_256="sha256=2b3f61ad4e49553aa88baa3cedb12078fe7162380201ffaa436ed5f6b479e5ec"),
        SECRET,
    ),
    (
        Hmac("x-shopify-hmac-sha256", encoding="base64"),
        hook(x_shopify_hmac_sha256="Kz9hrU5JVTqoi6o87bEgeP5xYjgCAf+qQ27V9rR55ew="),
        SECRET,
    ),
    (
        Hmac("x-hub-signature", digest="sha1", prefix="sha1="),
        hook(x_hub_signature="sha1=123272e8c4ddb35a6efd5a6a757934d671c7d65c"),
        SECRET,
    ),
    (
        Hmac(
            "x-zendesk-webhook-signature",
            over="{timestamp}{body}",
            encoding="base64",
            timestamp="x-zendesk-webhook-signature-timestamp",
        ),
        hook(
            x_zendesk_webhook_signature="2McE6JPABwpTsDkSvKv+oCiMSKQOMGrd8bG7zjILzqs=",
            x_zendesk_webhook_signature_timestamp="2026-01-01T00:00:00Z",
        ),
        SECRET,
    ),
    (
        STANDARD_WEBHOOKS,
        hook(
            webhook_id="msg_1",
            webhook_timestamp=str(NOW),
            webhook_signature="v1,AAAA v1,CeffEx84+uU6Vq5uImSy51RcCpefklOIvdOIGUmiGpw=",
        ),
        "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTI0Ynl0ZXM=",
    ),
    (
        STANDARD_WEBHOOKS,
        hook(
            svix_id="msg_1",
            svix_timestamp=str(NOW),
            svix_signature="v1,CeffEx84+uU6Vq5uImSy51RcCpefklOIvdOIGUmiGpw=",
        ),
        "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTI0Ynl0ZXM=",
    ),
    (HeaderValue("x-api-key"), hook(x_api_key="s3cret with spaces"), "s3cret with spaces"),
    (HeaderValue("authorization", "Bearer "), hook(authorization="Bearer abc"), "abc"),
    (BasicPassword(), hook(authorization="Basic " + base64.b64encode(b"anyone:a:b").decode()), "a:b"),
    (PathToken(), hook(token="k3y"), "k3y"),
]


@pytest.mark.parametrize(("signature", "signed", "secret"), VECTORS)
def test_the_vector_of_a_scheme_is_proven(signature: Signature, signed: Hook, secret: str) -> None:
    assert signature(signed, [secret], NOW)


@pytest.mark.parametrize(("signature", "signed", "secret"), VECTORS)
def test_during_a_rotation_either_secret_proves(signature: Signature, signed: Hook, secret: str) -> None:
    assert signature(signed, ["the old one", secret], NOW)
    assert signature(signed, [secret, "whsec_bmV3"], NOW)


@pytest.mark.parametrize(("signature", "signed", "secret"), VECTORS)
def test_another_secret_none_or_an_empty_one_prove_nothing(signature: Signature, signed: Hook, secret: str) -> None:
    for secrets in ([], [""], ["x"], [secret + "x"], ["whsec_%%"], ["é"]):
        assert not signature(signed, secrets, NOW)


@pytest.mark.parametrize(("signature", "signed", "secret"), VECTORS)
def test_without_headers_nothing_is_proven(signature: Signature, signed: Hook, secret: str) -> None:
    assert not signature(replace(signed, headers={}, token=""), [secret, ""], NOW)


@pytest.mark.parametrize(("signature", "signed", "secret"), VECTORS[:8])
def test_a_changed_truncated_or_re_encoded_body_is_not_proven(signature: Signature, signed: Hook, secret: str) -> None:
    for body in (BODY + b" ", BODY[:-1], b"", BODY.decode().encode("utf-16"), b'{"id": "evt_1", "ok": true}'):
        assert not signature(replace(signed, body=body), [secret], NOW)


@pytest.mark.parametrize("shift", [-301, 301, 3600, -(10**9)])
def test_a_hook_that_is_too_old_or_from_a_clock_far_ahead_is_not_proven(shift: int) -> None:
    assert not STRIPE(hook(stripe_signature=TIMED), [SECRET], NOW + shift)
    assert not STANDARD_WEBHOOKS(VECTORS[6][1], [VECTORS[6][2]], NOW + shift)


def test_a_signature_of_an_older_scheme_counts_for_nothing() -> None:
    assert not STRIPE(hook(stripe_signature=f"t={NOW},v0={V1}"), [SECRET], NOW)
    assert STRIPE(hook(stripe_signature=f"t={NOW},v1=00,v0=11, v1={V1}"), [SECRET], NOW)


def test_a_header_of_a_thousand_signatures_is_looked_at_no_further_than_the_first_few() -> None:
    many = ",".join(["v1=00"] * 1000)
    assert not STRIPE(hook(stripe_signature=f"t={NOW},{many},v1={V1}"), [SECRET], NOW)


def test_hexadecimal_digits_may_be_upper_case_and_base64_may_not() -> None:
    assert STRIPE(hook(stripe_signature=f"t={NOW},v1={V1.upper()}"), [SECRET], NOW)


@given(st.text(), st.text(), st.binary(), st.text())
def test_no_header_breaks_a_signature(given_text: str, timestamp: str, body: bytes, token: str) -> None:
    headers = dict.fromkeys(
        ["stripe-signature", "authorization", "webhook-signature", "webhook-id", "x-hub-signature-256"], given_text
    ) | {"webhook-timestamp": timestamp}
    strange = Hook("POST", given_text, headers, body, token)
    for signature in (STRIPE, GITHUB, STANDARD_WEBHOOKS, BasicPassword(), PathToken()):
        assert not signature(strange, ["another secret", "whsec_bm8="], NOW)


def test_a_form_is_signed_as_its_sorted_names_and_values() -> None:
    assert form_text(b"b=2&a=1&a=0&a=1&empty=") == b"a0a1b2empty"


@pytest.mark.parametrize("body", [b"\xff=1", b"&".join(b"a%d=1" % number for number in range(1001))])
def test_what_is_no_form_is_not_signed_as_an_empty_one(body: bytes) -> None:
    signature = Hmac("x-signature", over="{url}{form}")
    of_url = hmac.new(SECRET.encode(), URL.encode(), hashlib.sha256).hexdigest()
    assert signature(hook(b"", x_signature=of_url), [SECRET], NOW)
    assert not signature(hook(body, x_signature=of_url), [SECRET], NOW)


def test_an_address_may_be_signed_in_another_form() -> None:
    signature = Readdressed(Hmac("x-signature", over="{url}"), lambda url: (url, url.upper()))
    for url in (URL, URL.upper()):
        made = hmac.new(SECRET.encode(), url.encode(), hashlib.sha256).hexdigest()
        assert signature(hook(x_signature=made), [SECRET], NOW)
    assert not signature(hook(x_signature=made), ["other"], NOW)


def test_a_time_may_be_in_seconds_milliseconds_or_iso_8601() -> None:
    for text in (str(NOW), f"{NOW}000", "2026-01-01T00:00:00Z"):
        assert is_recent(text, NOW + 300)
        assert not is_recent(text, NOW + 301)
    for text in ("", "soon", "NaN", "1e99", "-1", "9" * 400):
        assert not is_recent(text, NOW)


def test_a_signature_that_is_made_now_is_good_now() -> None:
    at = str(int(time.time()))
    made = hmac.new(SECRET.encode(), f"{at}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert STRIPE(hook(stripe_signature=f"t={at},v1={made}"), [SECRET], time.time())
