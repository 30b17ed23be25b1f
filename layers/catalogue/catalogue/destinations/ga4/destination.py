"""Google Analytics 4, by its Measurement Protocol.

https://developers.google.com/analytics/devguides/collection/protocol/ga4. It answers 204 to everything, also to what it
then drops: what is known to be dropped is discarded here, with its reason.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal
from urllib.parse import urlencode

import orjson

from catalogue.destinations.ga4.events import about_user, name_of, params, refused
from catalogue.destinations.ga4.fields import CLIENT, CLIENT_IN_CAMEL_CASE, LOWERCASE, PARAMS, SHARED, items
from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import Field, number, path, string, strings
from sluice.destinations.http import Request
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import Discarded
from sluice.destinations.payloads import picked
from sluice.destinations.settings import Secret, settings

_HOSTS = {"global": "https://www.google-analytics.com", "eu": "https://region1.google-analytics.com"}


@settings
class Settings:
    """`measurement_id` is that of a web stream, `firebase_app_id` that of an app; one of them is needed.

    `api_secret` is the stream's. `region` `eu` has Google collect in the European Union.
    """

    api_secret: Secret
    measurement_id: str | None = None
    firebase_app_id: str | None = None
    region: Literal["global", "eu"] = "global"

    def __post_init__(self) -> None:
        if not self.measurement_id and not self.firebase_app_id:
            raise ValueError("one of measurement_id (web) and firebase_app_id (app) is needed")


def request(batch: Batch[Settings]) -> Request:
    """The key of these batches is all that their events share: the stream, and the body around them."""
    stream, around = batch.key
    body = json_array(batch, around[:-1] + b',"events":', b"}")
    url = _address(batch.settings.region, batch.settings.api_secret, *stream)
    return Request(url, body, headers=_HEADERS)


_HEADERS = {"content-type": "application/json"}


@cache
def _address(region: str, secret: str, stream: str, name: str) -> str:
    return f"{_HOSTS[region]}/mp/collect?{urlencode({'api_secret': secret, stream: name})}"


COLLECT: Endpoint[Settings] = Endpoint(request=request, max_items=25, max_bytes=125_000)


def _sent(name: str, made: dict[str, Any], payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    settings = call.settings
    if payload.get("data_stream_type") == "Mobile App":
        stream, who = ("firebase_app_id", settings.firebase_app_id), "app_instance_id"
        sender = payload.get("app_instance_id")
    else:
        stream, who = ("measurement_id", settings.measurement_id), "client_id"
        sender = payload.get("client_id") or payload.get("clientId")
    if not stream[1]:
        return Discarded("INVALID_SETTINGS", response=f"{stream[0]} is missing")
    if not sender:
        return refused(f"{who} is missing")
    around = orjson.dumps({who: sender, **about_user(payload)})
    return [Item(COLLECT, {"name": name, "params": made}, (stream, around))]


def recommended(
    name: str, names: tuple[str, ...], needs_currency: bool, payload: Payload, call: Call[Settings]
) -> list[Item[Settings]] | Discarded:
    made = params(payload, names, needs_currency)
    if isinstance(made, Discarded):
        return made
    if name == "add_payment_info" and not made.get("items"):
        return refused("Google requires an item")
    return _sent(name, made, payload, call)


def custom(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    name = name_of(payload["name"], payload.get("lowercase", False))
    if isinstance(name, Discarded):
        return name
    made = params(payload, (), needs_currency=False)
    return made if isinstance(made, Discarded) else _sent(name, made, payload, call)


_PRODUCTS, _PROPERTIES = "$.properties.products", "$.properties"
_MONEY: dict[str, Field] = {
    "currency": string("The currency, `EUR`.", path("$.properties.currency")),
    "value": number("The value of the event.", path("$.properties.value")),
}
_ORDER: dict[str, Field] = {
    "transaction_id": string("The order.", path("$.properties.order_id"), required=True),
    "affiliation": string("The shop.", path("$.properties.affiliation")),
    "shipping": number("The cost of shipping.", path("$.properties.shipping")),
    "value": number("The revenue.", path("$.properties.total")),
}
_PROMOTION = strings(
    creative_slot="$.properties.creative", promotion_id="$.properties.promotion_id", promotion_name="$.properties.name"
)
_LIST = {"item_list_id": string("The list."), "item_list_name": string("The name of the list.")}
_COUPON = {"coupon": string("The coupon.", path("$.properties.coupon"))}

#: Each recommended event: action, title, Google's name, Segment's event, whether a currency is needed, its own fields.
_RECOMMENDED: tuple[tuple[str, str, str, str, bool, dict[str, Field]], ...] = (
    ("addPaymentInfo", "Add Payment Info", "add_payment_info", "Payment Info Entered", True, {
        **_MONEY, "coupon": string("The coupon."),
        "payment_type": string("The type of payment.", path("$.properties.payment_method")), **items(_PRODUCTS),
    }),
    ("addToCart", "Add to Cart", "add_to_cart", "Product Added", False, {**_MONEY, **items(_PROPERTIES)}),
    ("addToWishlist", "Add to Wishlist", "add_to_wishlist", "Product Added to Wishlist", True, {
        **_MONEY, **items(_PROPERTIES),
    }),
    ("beginCheckout", "Begin Checkout", "begin_checkout", "Checkout Started", False, {
        **_COUPON, **_MONEY, **items(_PRODUCTS),
    }),
    ("generateLead", "Generate Lead", "generate_lead", "", True, _MONEY),
    ("login", "Login", "login", "Signed In", False, {"method": string("The method.")}),
    ("purchase", "Purchase", "purchase", "Order Completed", False, {
        **_ORDER, **_COUPON, "tax": number("The tax.", path("$.properties.tax")),
        "currency": string("The currency, `EUR`.", path("$.properties.currency"), required=True), **items(_PRODUCTS),
    }),
    ("refund", "Refund", "refund", "Order Refunded", True, {
        **_ORDER, "currency": _MONEY["currency"], "coupon": string("The coupon."), "tax": number("The tax."),
        **items(_PRODUCTS, is_required=False),
    }),
    ("removeFromCart", "Remove from Cart", "remove_from_cart", "Product Removed", True, {
        **_MONEY, **items(_PROPERTIES),
    }),
    ("search", "Search", "search", "Products Searched", False, {
        "search_term": string("The search term.", path("$.properties.query"), required=True),
    }),
    ("selectItem", "Select Item", "select_item", "Product Clicked", False, {**_LIST, **items(_PROPERTIES)}),
    ("selectPromotion", "Select Promotion", "select_promotion", "Promotion Clicked", False, {
        "creative_name": string("The creative."), **_PROMOTION, "location_id": string("The id of the location."),
        **items(_PROPERTIES, is_required=False, is_promotion=True),
    }),
    ("signUp", "Sign Up", "sign_up", "Signed Up", False, {"method": string("The method.", path("$.properties.type"))}),
    ("viewCart", "View Cart", "view_cart", "Cart Viewed", True, {**_MONEY, **items(_PRODUCTS)}),
    ("viewItem", "View Item", "view_item", "Product Viewed", False, {**_MONEY, **items(_PROPERTIES)}),
    ("viewItemList", "View Item List", "view_item_list", "Product List Viewed", False, {
        **strings(item_list_id="$.properties.list_id", item_list_name="$.properties.category"), **items(_PRODUCTS),
    }),
    ("viewPromotion", "View Promotion", "view_promotion", "Promotion Viewed", False, {
        "creative_name": string("The creative."), **_PROMOTION,
        "location_id": string("The id of the location.", path("$.properties.position")),
        **items(_PROPERTIES, is_promotion=True),
    }),
)  # fmt: skip
_PAGE = strings(
    page_location="$.context.page.url", page_referrer="$.context.page.referrer", page_title="$.context.page.title"
)
#: Tracks that no recommended event is for.
_OTHER = 'type = "track" and !(event in [' + ", ".join(f'"{each[3]}"' for each in _RECOMMENDED if each[3]) + "])"

ACTIONS = (
    *(
        Action(
            id=id_,
            title=title,
            description=f"Send Google's event `{name}`.",
            trigger=f'type = "track" and event = "{event}"' if event else 'type = "track"',
            fields={**CLIENT, **SHARED, **fields},
            items=partial(recommended, name, tuple(fields), needs_currency),
        )
        for id_, title, name, event, needs_currency, fields in _RECOMMENDED
    ),
    Action(
        id="pageView",
        title="Page View",
        description="Send Google's event `page_view`.",
        trigger='type = "page"',
        fields={**CLIENT_IN_CAMEL_CASE, **SHARED, **_PAGE},
        items=partial(recommended, "page_view", tuple(_PAGE), False),
    ),
    Action(
        id="customEvent",
        title="Custom Event",
        description="Send an event under its own name, with its properties.",
        trigger='type = "track"',
        fields={
            **CLIENT_IN_CAMEL_CASE,
            **SHARED,
            "name": string("The event's name; spaces become underscores.", path("$.event"), required=True),
            **LOWERCASE,
            **PARAMS,
        },
        items=custom,
    ),
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = {"api_secret": "apiSecret", "measurement_id": "measurementId", "firebase_app_id": "firebaseAppId"}
    return picked(theirs, names)


destination = Destination(
    type="ga4",
    title="Google Analytics 4",
    description="Google's recommended events for shops, page views, and all other events under their own names.",
    names=("Google Analytics 4 Cloud", "Google Analytics 4"),
    settings=Settings,
    actions=ACTIONS,
    presets=(
        *(
            Preset(name=action.title, action=action.id, trigger=action.trigger)
            for action in ACTIONS
            if action.id not in ("generateLead", "customEvent")
        ),
        Preset(name="All other events", action="customEvent", trigger=_OTHER),
    ),
    segment=SegmentImport(slugs=("google-analytics-4", "actions-google-analytics-4"), settings=_settings),
)
