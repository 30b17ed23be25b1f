"""HubSpot: changes of objects, and three versions of its signature."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from catalogue.sources import source_type
from catalogue.sources.hubspot.signature import decoded
from sluice.spec.json import InvalidJsonError
from tests.sources import BODY, NOW, SECRET, URL, event, hook, is_proven, translated

HUBSPOT = source_type("hubspot")
#: The secret and the address of the examples on HubSpot's page.
THEIRS, THEIR_URL = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "https://www.example.com/webhook_uri"
CHANGED: dict[str, Any] = {
    "eventId": 100, "subscriptionId": 12, "portalId": 62515, "occurredAt": 1767225600000,
    "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": 123,
    "propertyName": "lifecyclestage", "propertyValue": "customer", "changeSource": "CRM",
}  # fmt: skip


def of(subscription: str, **more: Any) -> dict[str, Any]:
    plain = {name: value for name, value in CHANGED.items() if not name.startswith("property")}
    return {**plain, "subscriptionType": subscription, **more}


def test_a_changed_property_of_a_contact_is_one_trait() -> None:
    found = event("hubspot", [CHANGED], source="crm")
    assert (found["type"], found["anonymousId"]) == ("identify", "hubspot:123")
    assert found["traits"] == {"lifecyclestage": "customer"}
    assert found["messageId"] == "crm:62515:12:100:1767225600000"
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert found["context"]["externalIds"][0]["id"] == "123"


def test_what_is_sent_again_has_the_same_id_however_often_it_was_tried() -> None:
    first, second = (
        event("hubspot", [{**change, "attemptNumber": number}])
        for number, change in enumerate([of("contact.creation"), of("contact.creation")])
    )
    assert first == second


def test_an_event_id_alone_is_not_enough_to_be_the_same() -> None:
    ids = {event("hubspot", [{**CHANGED, name: 7}])["messageId"] for name in ("portalId", "subscriptionId", "eventId")}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("sent", "name", "who"),
    [
        (of("contact.creation"), "Contact Created", "hubspot:123"),
        (of("contact.deletion"), "Contact Deleted", "hubspot:123"),
        (of("contact.merge", primaryObjectId=7, mergedObjectIds=[123]), "Contact Merged", "hubspot:7"),
        (of("contact.restore"), "Contact Restored", "hubspot:123"),
        (of("contact.privacyDeletion"), "Contact Privacy Deletion", "hubspot:123"),
        (of("object.creation", objectTypeId="0-1"), "Contact Created", "hubspot:123"),
        (of("object.creation", objectTypeId="0-3"), "Deal Created", "acme"),
        (of("object.creation", objectTypeId="2-4711"), "Object Created", "acme"),
        ({**CHANGED, "subscriptionType": "deal.propertyChange"}, "Deal Property Changed", "acme"),
        (
            of("deal.associationChange", associationType="DEAL_TO_CONTACT", fromObjectId=1, toObjectId=9),
            "Deal Association Changed",
            "hubspot:9",
        ),
        (
            of("contact.associationChange", associationType="CONTACT_TO_DEAL", fromObjectId=9, toObjectId=1),
            "Contact Association Changed",
            "hubspot:9",
        ),
        (of("conversation.newMessage", messageId="m1"), "Conversation New Message", "acme"),
    ],
)
def test_names_and_people(sent: dict[str, Any], name: str, who: str) -> None:
    found = event("hubspot", [sent])
    assert (found["event"], found["anonymousId"]) == (name, who)


def test_a_property_of_a_contact_in_the_newer_form() -> None:
    found = event("hubspot", {**CHANGED, "subscriptionType": "object.propertyChange", "objectTypeId": "0-1"})
    assert (found["type"], found["traits"]) == ("identify", {"lifecyclestage": "customer"})


def test_ids_keep_their_digits_as_text() -> None:
    found = event("hubspot", [of("deal.creation", objectId=2**60)])
    assert found["properties"] == {"deal_id": str(2**60), "portal_id": "62515", "change_source": "CRM"}


def test_a_list_of_a_hundred_is_a_hundred_events() -> None:
    assert len(translated("hubspot", [{**CHANGED, "eventId": number} for number in range(100)])) == 100


def test_the_vector() -> None:
    headers = {
        "x-hubspot-signature-v3": "Svtdz//3MN+ax+D/MftaBjyavrH0oO7qAwbc+F57ack=",
        "x-hubspot-request-timestamp": f"{NOW}000",
    }
    assert is_proven(HUBSPOT, hook(BODY, **headers))
    assert is_proven(HUBSPOT, hook(BODY, **headers), now=NOW + 300)
    assert not is_proven(HUBSPOT, hook(BODY, **headers), now=NOW + 301)
    assert not is_proven(HUBSPOT, hook(BODY + b" ", **headers))
    assert not is_proven(HUBSPOT, hook(BODY, method="PUT", **headers))


@pytest.mark.parametrize("of_page", ["/hook?a=b:c/d@e!f$(g)*h,i;j'k", "/hook?a=b:c/d@e!f$(g)*h,i;j'k?l"])
def test_some_escapes_of_an_address_are_decoded_before_it_is_signed(of_page: str) -> None:
    called = "https://collect.example.com" + of_page.replace("/d", "%2Fd").replace(":c", "%3ac").replace(
        "@", "%40"
    ).replace("!", "%21").replace("$", "%24").replace("(", "%28").replace(")", "%29").replace("*", "%2A").replace(
        ",", "%2C"
    ).replace(";", "%3B").replace("'", "%27").replace("?l", "%3Fl")
    signed = f"POST{'https://collect.example.com' + of_page}".encode() + BODY + f"{NOW}000".encode()
    made = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    headers = {"x-hubspot-signature-v3": made, "x-hubspot-request-timestamp": f"{NOW}000"}
    assert is_proven(HUBSPOT, hook(BODY, url=called, **headers))


def test_other_escapes_stay() -> None:
    assert decoded("https://a.example.com/?q=a%20b%26c") == ["https://a.example.com/?q=a%20b%26c"]


def test_the_examples_of_the_page_for_the_first_two_versions() -> None:
    first = (
        b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
        b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
        b'"changeFlag":"NEW","appId":54321}]'
    )
    for body, method, made in (
        (first, "POST", "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"),
        (b"", "GET", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        (
            b'{"example_field":"example_value"}',
            "POST",
            "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
        ),
    ):
        sent = hook(body, method=method, url=THEIR_URL, x_hubspot_signature=made)
        assert is_proven(HUBSPOT, sent, [THEIRS])
        assert not is_proven(HUBSPOT, sent, [SECRET, ""])
        assert not is_proven(
            HUBSPOT, hook(body + b" ", method=method, url=THEIR_URL, x_hubspot_signature=made), [THEIRS]
        )


def test_a_body_that_is_lengthened_under_a_plain_digest_is_no_json() -> None:
    padding = b"\x80" + b"\x00" * 30
    with pytest.raises(InvalidJsonError):
        translated("hubspot", b"[]" + padding + b'[{"eventId":1}]')


def test_a_digest_without_a_secret_proves_nothing() -> None:
    made = hashlib.sha256(BODY).hexdigest()
    assert not is_proven(HUBSPOT, hook(url=URL, x_hubspot_signature=made), [""])
