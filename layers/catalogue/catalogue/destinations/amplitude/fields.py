"""The fields of Amplitude's actions, as Segment names them."""

from sluice.destinations.field import Field, boolean, datetime, first, integer, number, obj, path, string, strings

_CAMPAIGN = {"source": "source", "medium": "medium", "campaign": "name", "term": "term", "content": "content"}

WHO: dict[str, Field] = {
    "user_id": string("The id of the user. This or `device_id` is needed.", path("$.userId"), nullable=True),
    "device_id": string("The device it was on.", first("$.context.device.id", "$.anonymousId")),
}
_DEVICE = strings(
    app_version="$.context.app.version", platform="$.context.device.type", os_name="$.context.os.name",
    os_version="$.context.os.version", device_brand="$.context.device.brand",
    device_manufacturer="$.context.device.manufacturer", device_model="$.context.device.model",
    carrier="$.context.network.carrier", country="$.context.location.country", region="$.context.location.region",
    city="$.context.location.city", language="$.context.locale",
)  # fmt: skip
_AGENT: dict[str, Field] = {
    "userAgent": string("The user agent.", path("$.context.userAgent")),
    "userAgentParsing": boolean("True to read the system and the device from the user agent.", True),
    "includeRawUserAgent": boolean("True to send the user agent as well.", False),
    "userAgentData": obj(
        "The user agent data of the browser.",
        {name: path(f"$.context.userAgentData.{name}") for name in ("model", "platformVersion")},
        properties={name: string(f"The {name}.") for name in ("model", "platformVersion")},
    ),
    "min_id_length": integer("The shortest id that Amplitude takes, 5 if left out.", nullable=True),
    "library": string("The library that sent the event.", path("$.context.library.name")),
}
_USER: dict[str, Field] = {
    "user_properties": obj("Properties of the user.", path("$.traits")),
    "groups": obj("Groups of the user, by their types."),
    **_DEVICE,
    "dma": string("The market area."),
}
REFERRER: dict[str, Field] = {
    "utm_properties": obj(
        "The campaign, as properties of the user.",
        {f"utm_{ours}": path(f"$.context.campaign.{theirs}") for ours, theirs in _CAMPAIGN.items()},
        properties={f"utm_{ours}": string(f"The {theirs} of the campaign.") for ours, theirs in _CAMPAIGN.items()},
    ),
    "referrer": string("The page that the user came from.", path("$.context.page.referrer")),
}
_REVENUE: dict[str, Field] = {
    "price": number("The price of one.", path("$.properties.price")),
    "quantity": integer("The quantity.", path("$.properties.quantity")),
    "revenue": number("The revenue. Price times quantity, if both are given.", path("$.properties.revenue")),
    **strings(productId="$.properties.productId", revenueType="$.properties.revenueType"),
}
_PRODUCT = ("price", "revenue", "quantity", "productId", "revenueType")

EVENT: dict[str, Field] = {
    **WHO,
    "event_type": string("The event's name.", path("$.event"), required=True),
    "session_id": datetime("The start of the session.", path("$.integrations.Actions Amplitude.session_id")),
    "time": datetime("The time of the event.", path("$.timestamp")),
    "event_properties": obj("The event's properties.", path("$.properties")),
    **_USER,
    **_REVENUE,
    "location_lat": number("The latitude.", path("$.context.location.latitude")),
    "location_lng": number("The longitude.", path("$.context.location.longitude")),
    "ip": string("The user's address.", path("$.context.ip")),
    "idfa": string("Apple's advertising id.", first("$.context.device.advertisingId", "$.context.device.idfa")),
    "idfv": string("Apple's id for vendors.", path("$.context.device.id")),
    "adid": string("Google's advertising id.", first("$.context.device.advertisingId", "$.context.device.idfa")),
    "android_id": string("Android's id."),
    "event_id": integer("A number that orders events of the same time."),
    "insert_id": string("The id by which Amplitude recognises a repeat for 7 days.", path("$.messageId")),
    **_AGENT,
    "library2": obj(
        "The library that sent the event. It takes precedence over `library`.",
        {"behavior": "use_mapping", "mapping": path("$.context.library.name")},
        properties={"behavior": string("`use_mapping`, or Segment's own name."), "mapping": string("The name.")},
    ),
    "products": obj(
        "The products of the order.",
        {"@arrayPath": ["$.properties.products", {name: path(name) for name in _PRODUCT}]},
        multiple=True,
        open=True,
        properties={
            "price": number("The price."),
            "quantity": integer("The quantity."),
            "revenue": number("The revenue."),
            "productId": string("The product."),
            "revenueType": string("The type of revenue."),
        },
    ),
    "use_batch_endpoint": boolean(
        "True to use Amplitude's batch endpoint, which takes more events and is slower.", False
    ),
}


def _first_and_last(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}referrer": "$.context.page.referrer",
        **{f"{prefix}utm_{ours}": f"$.context.campaign.{theirs}" for ours, theirs in _CAMPAIGN.items()},
    }


def _user_properties(about: str, prefix: str) -> Field:
    places = _first_and_last(prefix)
    return obj(
        about,
        {name: path(place) for name, place in places.items()},
        open=True,
        properties={name: string(f"The {name.replace('_', ' ')}.") for name in places},
    )


USER_PROPERTIES: dict[str, Field] = {
    "setOnce": _user_properties("Properties of the user that are set if there are none.", "initial_"),
    "setAlways": _user_properties("Properties of the user that are set.", ""),
    "add": obj("Numbers to add to properties of the user.", open=True, properties={}),
}
IDENTIFY: dict[str, Field] = {
    **WHO,
    **_USER,
    "paying": boolean("True if the user pays."),
    "start_version": string("The app's version when the user came."),
    "insert_id": string("The id by which Amplitude recognises a repeat.", path("$.messageId")),
    **_AGENT,
    **REFERRER,
}
