"""Mixpanel: events, profiles and groups. https://developer.mixpanel.com/reference/import-events"""

from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.destinations.mixpanel.endpoints import Settings
from catalogue.destinations.mixpanel.fields import EVENT, PERSON, PRODUCTS
from catalogue.destinations.mixpanel.records import alias, group, identify, increment, purchase, track
from sluice.destinations.action import Action, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import boolean, first, obj, path, string, template
from sluice.destinations.payloads import picked

ACTIONS = (
    Action(
        id="trackEvent",
        title="Track Event",
        description="Send an event.",
        trigger='type = "track"',
        fields={"event": string("The event's name.", path("$.event"), required=True), **EVENT},
        items=track,
    ),
    Action(
        id="trackPurchase",
        title="Track Purchase",
        description="Send an order, and each of its products as an event of its own.",
        trigger='type = "track"',
        fields={
            "event": string("The event's name.", path("$.event"), required=True),
            "generatePurchaseEventPerProduct": boolean("True to make an event of each product.", True),
            **EVENT,
            "products": PRODUCTS,
        },
        items=purchase,
    ),
    Action(
        id="identifyUser",
        title="Identify User",
        description="Join what somebody did before to a user, and set properties of the user's profile.",
        trigger='type = "identify"',
        fields={**PERSON, "traits": obj("Properties of the profile.", path("$.traits"))},
        items=identify,
    ),
    Action(
        id="groupIdentifyUser",
        title="Group Identify User",
        description="Set properties of a group.",
        trigger='type = "group"',
        fields={
            "group_key": string("The group key of the project; `$group_id` if left out."),
            "group_id": string("The group.", path("$.groupId"), required=True),
            "traits": obj("Properties of the group.", path("$.traits")),
        },
        items=group,
    ),
    Action(
        id="incrementProperties",
        title="Increment Properties",
        description="Add to numbers of a profile.",
        trigger='type = "track"',
        fields={
            **PERSON,
            "increment": obj("Names and what to add, 20 at most.", path("$.properties.increment"), required=True),
        },
        items=increment,
    ),
    Action(
        id="alias",
        title="Alias",
        description="Give a user a second id.",
        trigger='type = "alias"',
        fields={
            "alias": string("The new id.", first("$.userId", "$.anonymousId"), nullable=True),
            "distinct_id": string("The id that is there.", path("$.previousId")),
        },
        items=alias,
    ),
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The classic destination calls the token otherwise, and says of the region whether it is Europe."""
    names = {"project_token": "projectToken", "api_secret": "apiSecret", "source_name": "sourceName"}
    classic = {"project_token": theirs["token"]} if isinstance(theirs.get("token"), str) else {}
    europe = "eu" if theirs.get("enableEuropeanUnionEndpoint") is True else "us"
    return {
        **classic,
        **picked(theirs, names),
        "region": str(theirs.get("apiRegion") or europe)[:2].lower(),
        "strict": str(theirs.get("strictMode", "1")) == "1",
    }


destination = Destination(
    type="mixpanel",
    title="Mixpanel",
    description="Events, orders with their products, profiles, groups and aliases.",
    names=("Mixpanel (Actions)", "Mixpanel"),
    settings=Settings,
    actions=ACTIONS,
    presets=(
        Preset(name="Track Calls", action="trackEvent", trigger='type = "track" and event != "Order Completed"'),
        Preset(
            name="Order Completed Calls",
            action="trackPurchase",
            trigger='type = "track" and event = "Order Completed"',
        ),
        Preset(
            name="Page Calls",
            action="trackEvent",
            trigger='type = "page"',
            mapping={"event": template("Viewed {{name}}")},
        ),
        Preset(
            name="Screen Calls",
            action="trackEvent",
            trigger='type = "screen"',
            mapping={"event": template("Viewed {{name}}")},
        ),
        Preset(name="Identify Calls", action="identifyUser", trigger='type = "identify"'),
        Preset(name="Group Calls", action="groupIdentifyUser", trigger='type = "group"'),
    ),
    segment=SegmentImport(slugs=("mixpanel", "actions-mixpanel"), settings=_settings),
)
