"""HubSpot: changes of contacts, companies, deals and others. https://developers.hubspot.com/docs/api/webhooks"""

from typing import Any

from catalogue.sources.hubspot.signature import signature
from sluice.sources.fields import renamed
from sluice.sources.settings import Addressed
from sluice.sources.source import Identity, Rule, Source
from sluice.sources.words import in_words

#: https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm#object-type-ids
_OBJECTS = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket", "0-7": "product", "0-8": "line_item"}
_CHANGES = {
    "creation": "Created",
    "deletion": "Deleted",
    "merge": "Merged",
    "restore": "Restored",
    "propertyChange": "Property Changed",
    "associationChange": "Association Changed",
}
#: What says which event it is, and how often it was tried.
_ELSEWHERE = ("eventId", "subscriptionId", "subscriptionType", "attemptNumber", "occurredAt")


def _flat(item: dict[str, Any], _: Addressed) -> dict[str, Any]:
    """Have newer and older types of subscription in one shape, `contact.creation` and `object.creation`."""
    kind, _dot, change = item["subscriptionType"].partition(".")
    if kind == "object":
        kind = _OBJECTS.get(str(item.get("objectTypeId")), "object")
    return {
        **item,
        "object": kind,
        "change": change,
        "event": f"{in_words(kind)} {_CHANGES.get(change) or in_words(change)}",
        "contact": _contact(item, kind),
        "traits": {item["propertyName"]: item.get("propertyValue")} if change == "propertyChange" else {},
        "properties": renamed(item, {"objectId": f"{kind}_id"}, without=_ELSEWHERE, snake_case=True),
    }


def _contact(item: dict[str, Any], kind: str) -> Any:
    """Return the contact that an event is about, None for one about something else."""
    one, _to, other = str(item.get("associationType", "")).partition("_TO_")
    if one == "CONTACT":
        return item.get("fromObjectId")
    if other == "CONTACT":
        return item.get("toObjectId")
    return item.get("primaryObjectId", item.get("objectId")) if kind == "contact" else None


source = Source(
    type="hubspot",
    title="HubSpot",
    description="What changes in HubSpot: Contact Created, Deal Property Changed; properties of contacts as traits.",
    setup="Under Webhooks of your app, enter the address of the hook as the Target URL, and add subscriptions. The "
    "client secret of the app is `secret`. HubSpot signs the address too: say it as `public_url` where you have a "
    "proxy. It sends ids and no addresses, so a contact is `hubspot:` and its id.",
    documentation="https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests",
    settings=Addressed,
    signature=signature,
    prepare=_flat,
    message_id=("$.portalId", "$.subscriptionId", "$.eventId", "$.occurredAt"),
    timestamp="$.occurredAt",
    identity=Identity(anonymous_ids=(("hubspot:", "$.contact"),), external_ids=(("hubspot_contact_id", "$.contact"),)),
    rules=(
        Rule(
            trigger='object = "contact" and change = "propertyChange"',
            mapping={"type": "identify", "traits": {"@path": "$.traits"}},
        ),
    ),
    other={"event": {"@path": "$.event"}, "properties": {"@path": "$.properties"}},
)
