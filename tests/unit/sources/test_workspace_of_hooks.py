"""Sources that take hooks, as the workspace says them: what is compiled, and what is refused."""

import orjson
import pytest

from catalogue import types as catalogue
from catalogue.sources import source_types
from catalogue.sources.translators import translators
from sluice.workspace.compiled import from_json
from sluice.workspace.compiler import check, dump
from tests.workspaces import SOURCES, WEBHOOK, errors

STRIPE = '  - {id: billing, type: stripe, settings: {secret: "${secret:/sluice/billing/hook}"}}\n'
ACME = """  - id: acme
    type: webhook
    settings:
      signature: {header: X-Acme-Signature, over: "{timestamp}.{body}", digest: sha256, encoding: hex, prefix: "v1=",
                  timestamp: X-Acme-Time, tolerance: 300, secret: "${secret:/sluice/acme/hook}"}
      split: "$.items"
      events:
        - trigger: 'type = "invoice.paid"'
          mapping: {type: track, event: Invoice Paid, messageId: {"@path": "$.id"}, userId: {"@path": "$.customer.ref"},
                    timestamp: {"@path": "$.created"}, properties: {"@path": "$.data"}}
"""


def test_a_tool_is_compiled_with_its_settings_and_without_its_secret() -> None:
    document = dump(check(SOURCES + STRIPE, "w.yaml", catalogue), catalogue)
    workspace = from_json(document)
    billing, website = workspace.sources["billing"], workspace.sources["website"]
    assert (billing.type, billing.is_hook, website.is_hook) == ("stripe", True, False)
    assert billing.settings == {"secret": "${secret:/sluice/billing/hook}"}
    assert orjson.loads(document)["write_keys"] == {"wk_website": "website"}
    assert list(translators(workspace)) == ["billing"]


def test_a_webhook_is_wholly_said_in_the_workspace() -> None:
    workspace = from_json(dump(check(SOURCES + ACME, "w.yaml", catalogue), catalogue))
    paid = {
        "id": "i1",
        "type": "invoice.paid",
        "customer": {"ref": "u-42"},
        "created": 1767225600,
        "data": {"total": 3},
    }
    body = orjson.dumps({"items": [paid]})
    ((event, item),) = translators(workspace)["acme"](body, {})
    assert event == {
        "type": "track",
        "event": "Invoice Paid",
        "messageId": "acme:i1",
        "userId": "u-42",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "properties": {"total": 3},
        "context": {"library": {"name": "sluice-webhook"}},
    }
    assert orjson.loads(orjson.dumps(item))["id"] == "i1"


@pytest.mark.parametrize("kind", source_types())
def test_each_type_is_said_with_references_in_place_of_its_secrets(kind: str) -> None:
    secret = "token" if kind in ("mailchimp", "ses", "webhook") else "secret"
    topic = "topic: 'arn:aws:sns:eu-central-1:123456789012:mail', " if kind == "ses" else ""
    for value in ('"${secret:/sluice/tool/a}"', '["${secret:/sluice/tool/a}", "${secret:/sluice/tool/b}"]'):
        text = f"  - {{id: tool, type: {kind}, settings: {{{topic}{secret}: {value}}}}}\n"
        workspace = from_json(dump(check(SOURCES + text, "w.yaml", catalogue), catalogue))
        assert list(translators(workspace)) == ["tool"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STRIPE.replace("stripe", "strip"), "sources.1.type: no such type: 'strip'; did you mean 'stripe'?"),
        (
            STRIPE.replace("secret:", "secrets:"),
            "sources.1.settings.secrets: no such field here; did you mean 'secret'?",
        ),
        (STRIPE.replace("/billing/", "/crm/"), "only secrets below /sluice/billing/ may be read here"),
        (
            STRIPE.replace("${secret:/sluice/billing/hook}", "whsec_1"),
            "is a secret; write ${secret:/sluice/billing/secret}",
        ),
        (
            STRIPE.replace(", settings", ", write_keys: [wk_b], settings"),
            "stripe is a tool, which proves itself by its",
        ),
        (STRIPE + STRIPE, "a source has this id already"),
        (ACME.replace("digest: sha256", "digest: md5"), "`digest` of `signature` is one of sha1, sha256, sha512"),
        (ACME.replace("header: X-Acme-Signature, ", ""), "`signature` needs the `header` that it stands in"),
        (ACME.replace("prefix:", "prefixes:"), "`signature` has no prefixes"),
        (ACME.replace('"$.items"', "items"), "`split` is one of json, lines, form, or the path of a list"),
        (ACME.replace("type = ", "type == "), "events.0.trigger: "),
        (ACME.replace('"@path": "$.id"', '"@paht": "$.id"'), "events.0.mapping.messageId: there is no directive @paht"),
        (ACME.replace("timestamp: X-Acme-Time, ", ""), "`over` has {timestamp}, so say which header"),
        (ACME.replace("      signature:", "      signatur:"), "no such field here; did you mean 'signature'?"),
        (
            "  - {id: acme, type: ses, settings: {topic: mail, token: '${secret:/sluice/acme/token}'}}\n",
            "`topic` is the ARN of a topic",
        ),
        (
            "  - {id: acme, type: mailchimp, settings: {token: abc}}\n",
            "is a secret; write ${secret:/sluice/acme/token}",
        ),
        ("  - {id: acme, type: webhook, settings: {}}\n", "say `signature` or `token`"),
        ("  - {id: acme, type: browser}\n", "write_keys: is missing; add it"),
        ("  - {id: acme, type: server, write_keys: [wk_a], settings: {a: 1}}\n", "belongs to tools; a server has none"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    found = errors(SOURCES + text)
    assert any(said in each for each in found), found


def test_secrets_are_below_an_id_so_no_destination_has_the_same() -> None:
    (found,) = errors(SOURCES + STRIPE.replace("billing", "crm") + WEBHOOK)
    assert "a destination or warehouse has this id already" in found
