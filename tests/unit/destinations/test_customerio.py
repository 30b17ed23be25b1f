"""Customer.io's requests, written down by hand from https://docs.customer.io/api/track."""

from typing import Any

import pytest

from tests.unit.destinations.golden import PROPERTIES, SECONDS, made

PERSON, AN_OBJECT = {"id": "u1"}, {"object_id": "o7", "object_type_id": "1"}
DATA = {**PROPERTIES, "anonymous_id": "a1"}


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        ("createUpdatePerson", {}, {"type": "person", "action": "identify", "identifiers": PERSON, "timestamp": SECONDS,
         "attributes": {"email": "jane@example.com", "created_at": 1767225600, "anonymous_id": "a1"}}),
        ("createUpdatePerson", {"userId": None, "traits": {"objectId": "o7", "email": "j@example.com"}},
         {"type": "person", "action": "identify", "identifiers": {"email": "j@example.com"}, "timestamp": SECONDS,
          "cio_relationships": [{"identifiers": AN_OBJECT}],
          "attributes": {"email": "j@example.com", "objectId": "o7", "anonymous_id": "a1"}}),
        ("createUpdateDevice", {}, {"type": "person", "action": "add_device", "identifiers": PERSON, "device": {
         "token": "tok", "platform": "ios", "last_used": SECONDS, "attributes": {**PROPERTIES, "app_version": "1.2"}}}),
        ("deleteDevice", {}, {"type": "person", "action": "delete_device", "identifiers": PERSON,
                              "device": {"token": "tok"}}),
        ("deletePerson", {"userId": "cio_0300"}, {"type": "person", "action": "delete",
                                                  "identifiers": {"cio_id": "0300"}}),
        ("suppressPerson", {"userId": "j@example.com"}, {"type": "person", "action": "suppress",
                                                         "identifiers": {"email": "j@example.com"}}),
        ("unsuppressPerson", {}, {"type": "person", "action": "unsuppress", "identifiers": PERSON}),
        ("mergePeople", {}, {"type": "person", "action": "merge", "primary": PERSON, "secondary": {"id": "a0"}}),
        ("trackEvent", {}, {"type": "person", "action": "event", "name": "Paid", "id": "m1", "identifiers": PERSON,
                            "attributes": DATA, "timestamp": SECONDS}),
        ("trackEvent", {"userId": None}, {"type": "person", "action": "event", "name": "Paid", "id": "m1",
         "identifiers": {"anonymous_id": "a1"}, "attributes": PROPERTIES, "timestamp": SECONDS}),
        ("trackPageView", {"properties": {"url": "https://x/"}}, {"type": "person", "action": "page", "id": "m1",
         "name": "https://x/", "identifiers": PERSON, "attributes": {"url": "https://x/", "anonymous_id": "a1"},
         "timestamp": SECONDS}),
        ("trackScreenView", {}, {"type": "person", "action": "screen", "name": "Home", "id": "m1",
                                 "identifiers": PERSON, "attributes": DATA, "timestamp": SECONDS}),
        ("createUpdateObject", {"traits": {"objectAttributes": {"size": 5}, "object_type_id": "2"}},
         {"type": "object", "action": "identify", "identifiers": {"object_id": "g1", "object_type_id": "2"},
          "attributes": {"size": 5, "anonymous_id": "a1"}, "cio_relationships": [{"identifiers": PERSON}]}),
        ("createUpdateObject", {"userId": None, "traits": {}}, {"type": "object", "action": "identify_anonymous",
         "identifiers": {"object_id": "g1", "object_type_id": "1"}, "attributes": {"anonymous_id": "a1"},
         "cio_relationships": [{"identifiers": {"anonymous_id": "a1"}}]}),
        ("createUpdateObject", {"groupId": [""], "userId": None, "traits": {}}, {"type": "object",
         "action": "identify_anonymous", "identifiers": {"anonymous_id": "a1"}, "attributes": {},
         "cio_relationships": [{"identifiers": {"anonymous_id": "a1"}}]}),
        ("deleteObject", {}, {"type": "object", "action": "delete", "identifiers": AN_OBJECT}),
        ("deleteRelationship", {}, {"type": "object", "action": "delete_relationships", "identifiers": AN_OBJECT,
         "cio_relationships": [{"identifiers": PERSON}], "attributes": {"anonymous_id": "a1"}}),
        ("reportContentEvent", {"properties": {"actionType": "clicked_content", "contentId": 7}},
         {"type": "person", "action": "clicked_content", "name": "clicked_content", "attributes": {"contentId": 7},
          "identifiers": {"anonymous_id": "a1"}, "timestamp": SECONDS}),
    ],
)  # fmt: skip
def test_customerio_entities(action: str, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert made("customerio", action, **fields) == [("track.customer.io/api/v2/entity", expected)]


def test_customerio_metrics() -> None:
    said = {
        "deliveryId": "d1",
        "metric": "bounced",
        "recipient": "j@example.com",
        "reason": "full",
        "actionName": "tap",
    }
    assert made("customerio", "reportDeliveryEvent", properties=said) == [("track.customer.io/api/v1/metrics", {
        "delivery_id": "d1", "metric": "bounced", "recipient": "j@example.com", "reason": "full", "timestamp": SECONDS,
        "metadata": {"action_name": "tap"},
    })]  # fmt: skip
