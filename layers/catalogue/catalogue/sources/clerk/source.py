"""Clerk: sign-ups, logins and organizations. https://clerk.com/docs/guides/development/webhooks/overview"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import STANDARD_WEBHOOKS
from sluice.sources.source import Identity, Rule, Source

#: What no destination should hear: what only servers may read, and one-time codes with the text that has them.
_SECRET = ("private_metadata", "otp_code", "body", "body_plain", "data")
_OF_USER = ("first_name", "last_name", "username", "image_url", "created_at")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the user, with the primary address, in one place."""
    kind, data = item["type"], item["data"]
    is_user = kind.startswith("user.")
    user = data.get("id") if is_user else data.get("user_id") or object_at(data, "public_user_data").get("user_id")
    email = _primary(data, "email_address", "email_addresses") if is_user else None
    own = renamed({name: data.get(name) for name in _OF_USER}, {"image_url": "avatar"}) | renamed(
        data.get("public_metadata")
    )
    contact = {"email": email, "phone": _primary(data, "phone_number", "phone_numbers") if is_user else None}
    return {
        **item,
        "user": user,
        "email": email,
        "request": object_at(item, "event_attributes", "http_request"),
        "traits": own | renamed(contact),
        "properties": renamed(data, without=(*_SECRET, "object", "user_id")),
    }


def _primary(data: dict[str, Any], name: str, several: str) -> Any:
    """Return the address that is marked as the primary one, or the first."""
    found = [each for each in data.get(several) or [] if isinstance(each, dict)]
    marked = [each for each in found if each.get("id") == data.get(f"primary_{name}_id")]
    return next((each.get(name) for each in marked or found), None)


source = Source(
    type="clerk",
    title="Clerk",
    description="Sign-ups, logins and organizations of your users.",
    setup="Under Configure → Webhooks, add the address of the hook as an endpoint. Its Signing Secret is `secret`. The "
    "`userId` is Clerk's; codes and private metadata go no further.",
    documentation="https://clerk.com/docs/guides/development/webhooks/overview",
    settings=Signed,
    signature=STANDARD_WEBHOOKS,
    headers=("svix-id", "webhook-id"),
    prepare=_flat,
    name=("$.type",),
    events={"session.created": "Logged In", "session.removed": "Logged Out"},
    message_id=(("$._headers.svix_id", "$._headers.webhook_id"),),
    timestamp=("$.timestamp", "$.data.updated_at", "$.data.created_at"),
    identity=Identity(user_id="$.user", email="$.email"),
    context={"ip": {"@path": "$.request.client_ip"}, "userAgent": {"@path": "$.request.user_agent"}},
    rules=(
        Rule(
            trigger='type = "user.created" or type = "user.updated"',
            mapping={"type": "identify", "traits": {"@path": "$.traits"}},
            suffix="identify",
        ),
        Rule(trigger='type = "user.created"', mapping={"event": "Signed Up"}),
        Rule(
            trigger='type = "organizationMembership.created"',
            mapping={
                "type": "group",
                "groupId": {"@path": "$.data.organization.id"},
                "traits": {
                    "name": {"@path": "$.data.organization.name"},
                    "slug": {"@path": "$.data.organization.slug"},
                    "role": {"@path": "$.data.role"},
                },
            },
        ),
    ),
    other={"properties": {"@path": "$.properties"}},
)
