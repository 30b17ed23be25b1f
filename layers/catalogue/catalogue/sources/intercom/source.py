"""Intercom: conversations and contacts.

https://developers.intercom.com/docs/references/webhooks/webhook-models
https://developers.intercom.com/docs/webhooks/webhook-notifications
"""

from typing import Any

import orjson

from sluice.sources.fields import object_at, renamed
from sluice.sources.handshakes import tried_by
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source

#: After these the person is as the item has it. Others, as of tags, are about a person too, and say something else.
_CHANGES = (
    "contact.created", "contact.user.created", "contact.lead.created", "contact.user.updated", "contact.lead.updated",
    "contact.email.updated", "user.created", "user.email.updated",
)  # fmt: skip
_PEOPLE = ("contact", "user", "lead", "visitor")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the person in one place: the item itself, or who wrote it, or whom a teammate wrote to."""
    found = object_at(item, "data", "item")
    kind = found.get("type") or "item"
    properties = renamed(found, {"id": f"{kind}_id"}, without=("type", "source"))
    if source := renamed(found.get("source"), without=("author",)):
        properties["source"] = source
    return {**item, "kind": kind, "person": _person(found, kind), "properties": properties}


def _person(item: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind in (*_PEOPLE, "event"):
        return item
    author, contacts = object_at(item, "source", "author"), object_at(item, "contacts").get("contacts")
    first = contacts[0] if isinstance(contacts, list) and contacts else {}
    if author and author.get("type") not in ("admin", "bot", "team"):
        known = {name: value for name, value in author.items() if value is not None}
        return {**first, **known} if first.get("id") == author.get("id") else author
    return first or object_at(item, "contact") or object_at(item, "user")


source = Source(
    type="intercom",
    title="Intercom",
    description="Conversations and contacts of Intercom.",
    setup="Under Webhooks of your app in the Developer Hub, enter the address of the hook, and choose topics. The "
    "client secret under Basic Information is `secret`. Give contacts your own user id as their External ID.",
    documentation="https://developers.intercom.com/docs/webhooks/webhook-notifications",
    settings=Signed,
    signature=Hmac("x-hub-signature", digest="sha1", prefix="sha1="),
    handshake=tried_by("$.topic", "ping"),
    prepare=_flat,
    name=("$.topic",),
    events={"conversation.user.created": "Conversation Started"},
    message_id=("$.id",),
    timestamp="$.created_at",
    identity=Identity(
        user_id=("$.person.external_id", "$.person.user_id"),
        email="$.person.email",
        anonymous_ids=(("intercom:", "$.person.id"),),
        external_ids=(("intercom_contact_id", "$.person.id"),),
    ),
    rules=(
        Rule(
            trigger=f"topic in {orjson.dumps(_CHANGES).decode()}",
            mapping={
                "type": "identify",
                "traits": {
                    "@merge": {
                        "objects": [
                            {"@path": "$.person.custom_attributes"},
                            {
                                "email": {"@path": "$.person.email"},
                                "name": {"@path": "$.person.name"},
                                "phone": {"@path": "$.person.phone"},
                                "role": {"@path": "$.person.role"},
                            },
                        ],
                        "direction": "right",
                    }
                },
            },
        ),
        Rule(
            trigger='topic = "event.created"',
            mapping={
                "event": {"@path": "$.data.item.event_name"},
                "properties": {"@path": "$.data.item.metadata"},
            },
        ),
    ),
    other={"properties": {"@path": "$.properties"}},
)
