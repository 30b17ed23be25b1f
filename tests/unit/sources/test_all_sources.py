"""All types of source: what nobody sends breaks none of them, proves nothing and is kept."""

import json
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.sources import source_type, source_types
from sluice.router.events import open_envelope
from sluice.sources.hook import Hook, UndecidedError
from sluice.sources.source import Source
from sluice.sources.translator import Translator
from sluice.spec.json import InvalidJsonError
from sluice.workspace.compiled import Source as Configured
from sluice.workspace.compiled import Workspace
from tests import examples
from tests.pages import ROOT
from tests.sources import NOW

OWN: dict[str, dict[str, Any]] = {
    "ses": {"topic": "arn:aws:sns:eu-central-1:123456789012:mail", "token": "x"},
    "mailchimp": {"token": "x"},
    "webhook": {"token": "x"},
}
TYPES = list(source_types())
#: Names that vendors use, so that what is made up comes near to what they send.
NAMES = st.sampled_from([
    "type", "event", "data", "object", "id", "payload", "user", "email", "item", "msg", "metadata", "attributes",
    "topic",
    "action", "detail", "form_response", "answers", "field",
    "hidden", "tags", "mail", "bounce", "eventType", "Message",
    "subscriptionType", "objectId", "propertyName", "specversion", "MessageSid", "RecordType", "dataFields", "sender",
    "attendees", "responses", "event_properties", "to", "timestamp", "created_at", "eventName", "included", "source",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=9)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25
)


def configured(kind: Source[Any]) -> Any:
    return kind.settings(**OWN.get(kind.type, {"secret": "x"}))


def translator(name: str) -> Translator:
    kind = source_type(name)
    return Translator(kind, "acme", configured(kind))


TRANSLATORS = {name: translator(name) for name in TYPES}


def bodies(document: Any) -> list[bytes]:
    text = json.dumps(document)
    return [
        text.encode(),
        json.dumps({"data": [document], "Message": text, "MessageId": "m"}).encode(),
        urlencode({"payload": text, "mandrill_events": text, "type": text, "MessageSid": text}).encode(),
    ]


@given(DOCUMENTS)
def test_no_document_breaks_a_type(document: Any) -> None:
    for body in bodies(document):
        for name, translate in TRANSLATORS.items():
            try:
                translated = list(translate(body, {"x_shopify_topic": "orders/paid", "x_github_event": "star"}))
            except InvalidJsonError:
                continue
            for event, item in translated:
                orjson.dumps(item)
                assert isinstance(event, str | dict), name
                if isinstance(event, dict) and name != "segment":
                    assert orjson.loads(orjson.dumps(event))["messageId"].startswith("acme:"), name


@given(DOCUMENTS)
def test_the_same_body_becomes_the_same_events(document: Any) -> None:
    for body in bodies(document):
        for translate in TRANSLATORS.values():
            try:
                first = [event for event, _ in translate(body, {})]
            except InvalidJsonError:
                continue
            assert first == [event for event, _ in translate(body, {})]


@pytest.mark.parametrize("name", TYPES)
def test_what_no_vendor_sends_is_an_event_or_rejected_and_never_lost(name: str) -> None:
    workspace = Workspace({"acme": Configured(id="acme", name="Acme", type=name, settings={})}, {}, {})
    for body in (b"", b"{", b"[]", b"null", b"17", b'"text"', b"{}", b"[[]]", b"\xff", b"a=1", b'{"data":[]}'):
        envelope = examples.envelope(body.decode("latin-1"), kind="hook", source="acme")
        opened = open_envelope(envelope, workspace, translators={"acme": TRANSLATORS[name]})
        assert opened.events or opened.rejections or body in (b"[]", b'{"data":[]}', b"")


@pytest.mark.parametrize("name", TYPES)
@given(text=st.text(max_size=60), body=st.binary(max_size=60), document=DOCUMENTS)
def test_no_hook_breaks_or_passes_a_signature_or_a_handshake(name: str, text: str, body: bytes, document: Any) -> None:
    kind = source_type(name)
    kind = kind.adapted(kind, configured(kind))
    names = ("authorization", "stripe-signature", "svix-signature", "x-hub-signature", "x-twilio-signature")
    headers = dict.fromkeys(names, text) | {
        "x-hubspot-signature": text, "x-hubspot-signature-v3": text, "x-mandrill-signature": text,
        "x-twilio-email-event-webhook-signature": text, "x-twilio-email-event-webhook-timestamp": str(NOW),
    }  # fmt: skip
    for sent in (body, json.dumps(document).encode()):
        hook = Hook("POST", f"https://collect.example.com/{text}", headers, sent, text)
        try:
            assert not kind.signature(hook, ["a secret that nobody knows", "whsec_bm8="], NOW)
            kind.handshake(hook)
        except UndecidedError:
            pass


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_described_documented_and_tested(name: str) -> None:
    kind = source_type(name)
    assert kind.type == name
    assert kind.description.endswith(".")
    assert kind.setup.endswith(".")
    assert kind.documentation.startswith("https://") or name == "webhook"
    assert (ROOT / f"tests/unit/sources/test_{'workspace_of_hooks' if name == 'webhook' else name}.py").is_file()
