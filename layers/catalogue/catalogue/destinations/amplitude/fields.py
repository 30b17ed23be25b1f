"""The fields of Amplitude's actions, as Segment names them."""

from sluice.destinations.field import Field, boolean, datetime, first, integer, number, obj, path, string, strings

_CAMPAIGN = {"source": "source", "medium": "medium", "campaign": "name", "term": "term", "content": "content"}

WHO: dict[str, Field] = {
    "user_id": string("Who it was; this or `device_id` is needed.", path("$.userId"), nullable=True),
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
    "userAgentParsing": boolean("Whether system and device are read from it.", True),
    "includeRawUserAgent": boolean("Whether it is sent as well.", False),
    "userAgentData": obj(
        "What the browser says of itself.",
        {name: path(f"$.context.userAgentData.{name}") for name in ("model", "platformVersion")},
        properties={name: string(f"The {name}.") for name in ("model", "platformVersion")},
    ),
    "min_id_length": integer("The shortest id that Amplitude takes, 5 if left out.", nullable=True),
    "library": string("What sent it.", path("$.context.library.name")),
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
        properties={f"utm_{ours}": string(f"Its {theirs}.") for ours, theirs in _CAMPAIGN.items()},
    ),
    "referrer": string("Where the user came from.", path("$.context.page.referrer")),
}
_REVENUE: dict[str, Field] = {
    "price": number("The price of one.", path("$.properties.price")),
    "quantity": integer("How many.", path("$.properties.quantity")),
    "revenue": number("What was paid; price times quantity, if both are there.", path("$.properties.revenue")),
    **strings(productId="$.properties.productId", revenueType="$.properties.revenueType"),
}
_PRODUCT = ("price", "revenue", "quantity", "productId", "revenueType")

EVENT: dict[str, Field] = {
    **WHO,
    "event_type": string("The event's name.", path("$.event"), required=True),
    "session_id": datetime("When the session began.", path("$.integrations.Actions Amplitude.session_id")),
    "time": datetime("When it happened.", path("$.timestamp")),
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
    "insert_id": string("What Amplitude knows a repeat by, for 7 days.", path("$.messageId")),
    **_AGENT,
    "library2": obj(
        "What sent it, over `library`.",
        {"behavior": "use_mapping", "mapping": path("$.context.library.name")},
        properties={"behavior": string("`use_mapping`, or Segment's own name."), "mapping": string("The name.")},
    ),
    "products": obj(
        "What was bought.",
        {"@arrayPath": ["$.properties.products", {name: path(name) for name in _PRODUCT}]},
        multiple=True,
        open=True,
        properties={
            "price": number("The price."),
            "quantity": integer("How many."),
            "revenue": number("What was paid."),
            "productId": string("The product."),
            "revenueType": string("What kind of revenue."),
        },
    ),
    "use_batch_endpoint": boolean("Whether Amplitude's batch endpoint is used, which takes more and is slower.", False),
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
    "paying": boolean("Whether the user pays."),
    "start_version": string("The app's version when the user came."),
    "insert_id": string("What Amplitude knows a repeat by.", path("$.messageId")),
    **_AGENT,
    **REFERRER,
}
