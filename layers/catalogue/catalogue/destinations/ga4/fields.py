"""The fields of Google Analytics' actions, as Segment names them."""

from typing import Any

from sluice.destinations.field import Field, boolean, first, integer, number, obj, path, string

_CLIENT = first("$.integrations.Google Analytics 4 Cloud.clientId", "$.anonymousId", "$.userId")
_ABOUT_CLIENT = "The browser: the `_ga` cookie's id where the page sends it along, else the anonymous id."

#: Of every action. `client_id` is `clientId` in two of them.
SHARED: dict[str, Field] = {
    "data_stream_type": string("The referrer.", "Web", choices=("Web", "Mobile App")),
    "app_instance_id": string("The app's installation, for a mobile app."),
    "user_id": string("The id of the user.", path("$.userId")),
    "timestamp_micros": string("The time of the event. Google takes events of the last 72 hours.", path("$.timestamp")),
    "user_properties": obj("Properties of the user.", open=True, properties={}),
    "engagement_time_msec": number("The time that the user was there. Google counts no users without it.", 1),
    "params": obj("More parameters.", open=True, properties={}),
    "ad_user_data_consent": string(
        "Consent to send the data to Google for advertising.", choices=("GRANTED", "DENIED")
    ),
    "ad_personalization_consent": string("Consent to personal advertising.", choices=("GRANTED", "DENIED")),
}
CLIENT = {"client_id": string(_ABOUT_CLIENT, _CLIENT)}
CLIENT_IN_CAMEL_CASE = {"clientId": string(_ABOUT_CLIENT, _CLIENT)}

#: The event's properties that are parameters by themselves: texts, numbers, booleans.
PARAMS = {"params": obj("Parameters of the event.", path("$.properties"), open=True, properties={})}
LOWERCASE = {"lowercase": boolean("True to write the name in lower case.", False)}

_TEXTS = (
    "item_id", "item_name", "affiliation", "coupon", "currency", "item_brand", "item_category", "item_category2",
    "item_category3", "item_category4", "item_category5", "item_list_id", "item_list_name", "item_variant",
    "location_id",
)  # fmt: skip
_PROMOTIONS = ("creative_name", "creative_slot", "promotion_name", "promotion_id")
_ONE = {
    "item_id": "product_id", "item_name": "name", "affiliation": "affiliation", "coupon": "coupon",
    "item_brand": "brand", "item_category": "category", "item_variant": "variant", "price": "price",
    "quantity": "quantity",
}  # fmt: skip


def items(where: str, is_required: bool = True, is_promotion: bool = False) -> dict[str, Field]:
    """Products below a path: a list of them, or one that is spread over the event's properties."""
    several = {"index": "position"} if where.endswith("products") else {}
    shape: dict[str, Any] = {name: path(f"$.{field}") for name, field in {**_ONE, **several}.items()}
    texts = (*_TEXTS, *(_PROMOTIONS if is_promotion else ()))
    properties: dict[str, Field] = {
        **{name: string(f"The {name.replace('_', ' ')}.") for name in texts},
        "discount": number("The discount."),
        "index": number("The place in a list."),
        "price": number("The price of one."),
        "quantity": integer("The quantity."),
    }
    default = {"@arrayPath": [where, shape]}
    about = "The items of the event. Each needs an `item_id` or an `item_name`."
    return {"items": obj(about, default, required=is_required, multiple=True, open=True, properties=properties)}
