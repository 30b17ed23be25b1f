"""Hooks in the router: events with stable ids, and rejections with their bytes."""

import json
from dataclasses import replace
from typing import Any

from catalogue.sources import source_type
from sluice.router.events import OpenedRequest, open_envelope
from sluice.sources.translator import Translator
from sluice.spec.limits import MAX_HOOK_EVENTS
from sluice.workspace.compiled import Source, Workspace
from tests import examples
from tests.unit.sources.test_stripe import PAID

STRIPE = source_type("stripe")
WORKSPACE = Workspace(
    {
        "billing": Source(
            id="billing", name="Billing", type="stripe", settings={"secret": "${secret:/sluice/billing/hook}"}
        )
    },
    {},
    {},
)
TRANSLATORS = {"billing": Translator(STRIPE, "billing", STRIPE.settings(secret="x"))}


def opened(payload: Any, **changes: Any) -> OpenedRequest:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    envelope = examples.envelope(text, **{"kind": "hook", "source": "billing", "ip": "203.0.113.77"} | changes)
    return open_envelope(envelope, WORKSPACE, translators=TRANSLATORS)


def rejections(request: OpenedRequest) -> list[dict[str, Any]]:
    return [json.loads(each.document) for each in request.rejections]


def test_a_hook_becomes_an_event_as_any_other() -> None:
    (event,) = opened(PAID).events
    assert event.fields["messageId"] == "billing:evt_1Q"
    assert event.fields["event"] == "Invoice Paid"
    assert event.fields["timestamp"] == event.fields["originalTimestamp"] == "2026-01-01T00:00:00.000Z"
    assert event.fields["channel"] == "server"
    assert "sentAt" not in event.fields
    assert event.named


def test_the_address_of_a_vendors_server_is_nobodys() -> None:
    (event,) = opened(PAID).events
    assert "ip" not in event.fields["context"]


def test_a_body_that_is_not_understood_is_rejected_with_its_bytes() -> None:
    for body in ("{", "", "no json", '{"a":'):
        (rejection,) = rejections(opened(body))
        assert (rejection["reason"], rejection["original"], rejection["kind"]) == ("bad_request", body, "hook")


def test_an_item_that_is_not_understood_costs_the_others_nothing() -> None:
    request = opened([PAID, 17, {"id": "evt_2"}])
    assert [each.fields["messageId"] for each in request.events] == ["billing:evt_1Q"]
    assert [(each["reason"], each["original"]) for each in rejections(request)] == [
        ("hook_not_understood", "17"),
        ("hook_not_understood", '{"id":"evt_2"}'),
    ]


def test_a_long_list_is_all_taken_and_one_without_end_is_rejected_as_a_whole() -> None:
    many = [{**PAID, "id": f"evt_{number}"} for number in range(MAX_HOOK_EVENTS)]
    assert len(opened(many).events) == MAX_HOOK_EVENTS
    (rejection,) = rejections(opened([*many, PAID]))
    assert rejection["reason"] == "batch_too_large"


def test_hooks_of_a_source_that_takes_none_any_more_are_kept() -> None:
    envelope = examples.envelope(json.dumps(PAID), kind="hook", source="billing")
    (rejection,) = rejections(open_envelope(envelope, WORKSPACE))
    assert rejection["reason"] == "bad_request"


def test_the_headers_are_kept_with_what_is_rejected() -> None:
    (rejection,) = rejections(opened("{", headers={"x_shopify_topic": "orders/paid"}))
    assert rejection["headers"] == {"x_shopify_topic": "orders/paid"}


def test_the_spec_has_names_that_are_not_a_vendors_words() -> None:
    kind = replace(STRIPE, events={"invoice.paid": "Order Completed"})
    translate = Translator(kind, "billing", STRIPE.settings(secret="x"))
    names = [
        event["event"]
        for type_ in ("invoice.paid", "invoice.voided")
        for event, _ in translate(json.dumps({**PAID, "type": type_}).encode(), {})
        if isinstance(event, dict)
    ]
    assert names == ["Order Completed", "Invoice Voided"]
