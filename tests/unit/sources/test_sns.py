"""SNS: what proves a message of a topic, and that nothing is fetched but from AWS."""

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from catalogue.sources import source_type
from catalogue.sources.ses.sns import Confirmation, Sns, Topic, signed_text
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.sources.hook import Answer, Hook, UndecidedError
from tests.sources import NOW, hook

TOPIC = Topic("arn:aws:sns:eu-central-1:123456789012:mail-events")
HOST = "sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"https://{HOST}/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
SUBSCRIBE = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC.arn}&Token=2336412f37"
KEY = rsa.generate_private_key(65537, 2048)


def certificate(key: Any = KEY, first: int = NOW - 1000, last: int = NOW + 1000) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dates = builder.not_valid_before(datetime.fromtimestamp(first, UTC)).not_valid_after(
        datetime.fromtimestamp(last, UTC) + timedelta(0)
    )
    return dates.serial_number(1).sign(key, SHA256()).public_bytes(Encoding.PEM)


@dataclass(eq=False)
class Aws:
    """A twin of AWS: what it answers by address, and which were asked for. Without an answer it cannot be reached."""

    answers: dict[str, bytes] = field(default_factory=lambda: {CERTIFICATE: certificate()})
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.answers:
            raise UndecidedError(url)
        return self.answers[url]


def message(kind: str = "Notification", version: str = "2", **changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "Type": kind, "MessageId": "22b80b92", "TopicArn": TOPIC.arn, "Message": "{\"eventType\":\"Send\"}",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": version, "SigningCertURL": CERTIFICATE,
    }  # fmt: skip
    if kind != "Notification":
        sent |= {"Token": "2336412f37", "SubscribeURL": SUBSCRIBE}
    return sent | changes


def signed(sent: dict[str, Any], key: Any = KEY, token: str = "t0ken") -> Hook:  # noqa: S107
    text, algorithm = signed_text(sent), SHA1() if sent["SignatureVersion"] == "1" else SHA256()  # noqa: S303
    made = key.sign(text or b"", padding.PKCS1v15(), algorithm)
    body = json.dumps(sent | {"Signature": base64.b64encode(made).decode()}).encode()
    return hook(body, token=token)


def is_proven(given: Hook, aws: Aws, now: float = NOW) -> bool:
    return Sns(TOPIC)(replace(given, fetch=aws), ["t0ken"], now)


def confirmed(sent: dict[str, Any], aws: Aws) -> Answer | None:
    return Confirmation(TOPIC)(replace(signed(sent), fetch=aws))


def test_what_sns_signs_is_its_fields_a_line_each() -> None:
    assert signed_text(
        {"Type": "Notification", "Message": "m", "MessageId": "i", "Timestamp": "t", "TopicArn": "a"}
    ) == (b"Message\nm\nMessageId\ni\nTimestamp\nt\nTopicArn\na\nType\nNotification\n")
    assert (
        signed_text(message("SubscriptionConfirmation", Message="m"))
        == (
            f"Message\nm\nMessageId\n22b80b92\nSubscribeURL\n{SUBSCRIBE}\nTimestamp\n2026-01-01T00:00:00.000Z\n"
            f"Token\n2336412f37\nTopicArn\n{TOPIC.arn}\nType\nSubscriptionConfirmation\n"
        ).encode()
    )
    assert signed_text({"Type": "Other"}) is None
    assert signed_text({"Type": "Notification", "Message": 17}) is None


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_message_of_the_topic_is_proven(kind: str, version: str) -> None:
    assert is_proven(signed(message(kind, version)), Aws())
    assert is_proven(signed(message(kind, version, Subject="Amazon SES")), Aws())


def test_a_certificate_is_fetched_once() -> None:
    aws = Aws()
    assert is_proven(signed(message()), aws)
    assert is_proven(signed(message(MessageId="2")), aws)
    assert aws.asked == [CERTIFICATE]


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "Type", "Signature"])
def test_a_message_that_was_changed_is_not(name: str) -> None:
    sent = json.loads(signed(message()).body) | {name: "2026-01-01T00:00:02.000Z" if name == "Timestamp" else "AAAA"}
    assert not is_proven(hook(json.dumps(sent).encode(), token="t0ken"), Aws())


def test_another_key_an_old_certificate_or_an_unknown_version_prove_nothing() -> None:
    other = rsa.generate_private_key(65537, 2048)
    assert not is_proven(signed(message(), other), Aws())
    assert not is_proven(signed(message()), Aws({CERTIFICATE: certificate(last=NOW - 1)}))
    assert not is_proven(signed(message(version="3")), Aws())


def test_a_message_of_long_ago_or_of_another_topic_proves_nothing_and_fetches_nothing() -> None:
    aws = Aws()
    assert not is_proven(signed(message()), aws, NOW + 86_401)
    assert not is_proven(signed(message(TopicArn=TOPIC.arn + "2")), aws)
    assert aws.asked == []


@pytest.mark.parametrize("token", ["", "other"])
def test_without_the_token_nothing_is_fetched(token: str) -> None:
    aws = Aws()
    assert not is_proven(signed(message(), token=token), aws)
    assert aws.asked == []


@pytest.mark.parametrize(
    "url",
    [
        None,
        17,
        "",
        CERTIFICATE.replace("https", "http"),
        CERTIFICATE.replace(HOST, "evil.example.com"),
        CERTIFICATE.replace(HOST, f"{HOST}.evil.example.com"),
        CERTIFICATE.replace(HOST, f"evil.example.com/{HOST}"),
        CERTIFICATE.replace(HOST, f"{HOST}@evil.example.com"),
        CERTIFICATE.replace(HOST, f"user@{HOST}"),
        CERTIFICATE.replace(HOST, f"{HOST}:8443"),
        CERTIFICATE.replace(HOST, HOST.upper()),
        CERTIFICATE.replace(HOST, f"{HOST}\\@evil.example.com"),
        CERTIFICATE.replace(HOST, f"{HOST}\n"),
        CERTIFICATE.replace("eu-central-1", "us-east-1"),
        CERTIFICATE.replace("/Simple", "/../Simple"),
        CERTIFICATE.replace("f3ec", "F3EC"),
        CERTIFICATE + "?a=1",
        CERTIFICATE + "#a",
        f"https://{HOST}/?Action=Publish",
        "https://[",
        CERTIFICATE + "a" * 3000,
    ],
)
def test_a_certificate_from_anywhere_else_is_not_fetched(url: Any) -> None:
    aws = Aws()
    assert not is_proven(signed(message(SigningCertURL=url)), aws)
    assert aws.asked == []


@pytest.mark.parametrize("answer", [None, b"", b"<html>", certificate(ec.generate_private_key(ec.SECP256R1()))])
def test_without_the_certificate_it_is_not_decided_and_sns_comes_again(answer: bytes | None) -> None:
    aws = Aws({} if answer is None else {CERTIFICATE: answer})
    with pytest.raises(UndecidedError):
        is_proven(signed(message()), aws)
    aws.answers[CERTIFICATE] = certificate()
    assert is_proven(signed(message()), aws)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"t"', b"\xff", b"{}", b'{"Type":[],"TopicArn":{}}'])
def test_no_body_breaks_it(body: bytes) -> None:
    aws = Aws()
    assert not is_proven(hook(body, token="t0ken"), aws)
    assert aws.asked == []


def test_a_subscription_is_confirmed_by_visiting_its_address() -> None:
    aws = Aws({SUBSCRIBE: b"<ConfirmSubscriptionResponse/>"})
    assert confirmed(message("SubscriptionConfirmation"), aws) is not None
    assert aws.asked == [SUBSCRIBE]


def test_where_sns_cannot_be_visited_it_comes_again() -> None:
    with pytest.raises(UndecidedError):
        confirmed(message("SubscriptionConfirmation"), Aws({}))


@pytest.mark.parametrize(
    "url",
    [
        SUBSCRIBE.replace(HOST, "evil.example.com"),
        SUBSCRIBE.replace("ConfirmSubscription", "Publish"),
        SUBSCRIBE.replace("mail-events", "other"),
        SUBSCRIBE.replace("/?", "/admin?"),
        SUBSCRIBE + "&Action=Publish",
        SUBSCRIBE + "&a=1" * 20,
        None,
    ],
)
def test_another_address_is_answered_and_not_visited(url: Any) -> None:
    aws = Aws()
    assert confirmed(message("SubscriptionConfirmation", SubscribeURL=url or ""), aws) is not None
    assert aws.asked == []


def test_the_end_of_a_subscription_is_not_its_beginning() -> None:
    aws = Aws()
    assert confirmed(message("UnsubscribeConfirmation"), aws) is not None
    assert aws.asked == []


def test_a_notification_is_no_handshake() -> None:
    assert confirmed(message(), Aws()) is None


def test_from_the_subscription_to_the_first_event() -> None:
    aws, ses = Aws({CERTIFICATE: certificate(), SUBSCRIBE: b"confirmed"}), source_type("ses")
    sources = {"mail": HookSource(ses, lambda: ses.settings(topic=TOPIC.arn, token="t0ken"))}

    def answered(sent: dict[str, Any]) -> Result:
        request = Request("POST", "/v1/sources/mail/hook/t0ken", body=signed(sent).body)
        return collect(request, sources, lambda: NOW, aws)

    confirmation = answered(message("SubscriptionConfirmation"))
    assert (confirmation.response.status, confirmation.envelope) == (200, None)
    notification = answered(message())
    assert notification.envelope is not None
    assert aws.asked == [CERTIFICATE, SUBSCRIBE]
    aws.answers.clear()
    assert answered(message("SubscriptionConfirmation")).response.status == 503
