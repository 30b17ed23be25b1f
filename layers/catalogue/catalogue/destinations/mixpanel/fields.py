"""The fields of Mixpanel's actions, as Segment names them."""

from sluice.destinations.field import Field, boolean, datetime, first, integer, number, obj, path, string, strings

_CAMPAIGN = ("source", "medium", "name", "term", "content")
_CLIENT = {
    "mobile": boolean("True if the device is a phone."),
    **{
        name: string(f"The {name}.")
        for name in ("platform", "architecture", "bitness", "model", "platformVersion", "uaFullVersion")
    },
    "wow64": boolean("True if a 32-bit browser runs on a 64-bit system."),
}

PERSON: dict[str, Field] = {
    "ip": string("The IP address of the user. Mixpanel keeps its place, not the address.", path("$.context.ip")),
    "user_id": string("The id of the user.", path("$.userId"), nullable=True),
    "anonymous_id": string("The anonymous id that the user had before.", path("$.anonymousId"), nullable=True),
}

EVENT: dict[str, Field] = {
    "distinct_id": string("The id of the user.", first("$.userId", "$.anonymousId")),
    **strings(
        anonymous_id="$.anonymousId", user_id="$.userId", group_id="$.context.groupId", insert_id="$.messageId",
        app_name="$.context.app.name", app_namespace="$.context.app.namespace", app_build="$.context.app.build",
        app_version="$.context.app.version", os_name="$.context.os.name", os_version="$.context.os.version",
        device_id="$.context.device.id", device_type="$.context.device.type", device_name="$.context.device.name",
        device_manufacturer="$.context.device.manufacturer", device_model="$.context.device.model",
        carrier="$.context.network.carrier", country="$.context.location.country", region="$.context.location.region",
        language="$.context.locale", library_name="$.context.library.name",
        library_version="$.context.library.version", ip="$.context.ip", url="$.context.page.url",
        referrer="$.context.page.referrer", userAgent="$.context.userAgent",
        advertising_id="$.context.device.advertisingId", ad_tracking_enabled="$.context.device.adTrackingEnabled",
        timezone="$.context.timezone", app_platform="$.context.app.platform",
    ),
    "time": datetime("The time of the event.", path("$.timestamp")),
    "bluetooth": boolean("True if Bluetooth is on.", path("$.context.network.bluetooth")),
    "cellular": boolean("True if the phone network is used.", path("$.context.network.cellular")),
    "wifi": boolean("True if Wi-Fi is used.", path("$.context.network.wifi")),
    "idfa": string("Apple's advertising id.", first("$.context.device.advertisingId", "$.context.device.idfa")),
    "screen_width": number("The screen's width.", path("$.context.screen.width")),
    "screen_height": number("The screen's height.", path("$.context.screen.height")),
    "screen_density": number("The screen's density.", path("$.context.screen.density")),
    "name": string("The event's own name.", first("$.event", "$.name")),
    "event_properties": obj("The event's properties.", path("$.properties")),
    "context": obj("The event's context.", path("$.context")),
    "utm_properties": obj(
        "The campaign.",
        {f"utm_{'campaign' if name == 'name' else name}": path(f"$.context.campaign.{name}") for name in _CAMPAIGN},
        properties={
            f"utm_{'campaign' if name == 'name' else name}": string(f"The {name} of the campaign.")
            for name in _CAMPAIGN
        },
    ),
    "userAgentData": obj(
        "The user agent data of the browser.",
        {name: path(f"$.context.userAgentData.{name}") for name in _CLIENT},
        properties=_CLIENT,
    ),
    "enable_batching": boolean("A field of Segment's. Here, events always travel together.", True),
    "batch_size": integer("Most events of one request, up to 2,000.", 1000, accepts=lambda size: size >= 1),
}  # fmt: skip

PRODUCTS = obj(
    "The products of the order.",
    path("$.properties.products"),
    multiple=True,
    open=True,
    properties={
        **{
            name: string(f"The {name.replace('_', ' ')}.")
            for name in ("product_id", "sku", "category", "name", "brand", "variant", "coupon", "url", "image_url")
        },
        "price": number("The price."),
        "quantity": number("The quantity."),
        "position": number("The position."),
    },
)
