"""Mailchimp: who subscribes to an audience and leaves it.

https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
"""

from typing import Any

from sluice.sources import split
from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Tokened
from sluice.sources.signature import PathToken
from sluice.sources.source import Identity, Rule, Source, own_tokens

_NAMES = {"FNAME": "first_name", "LNAME": "last_name", "PHONE": "phone", "ADDRESS": "address", "BIRTHDAY": "birthday"}


def _flat(item: dict[str, Any], _: Tokened) -> dict[str, Any]:
    """Have the merge fields as traits, and the newer of two addresses."""
    data = item["data"]
    email = data.get("new_email") or data.get("email")
    is_campaign = item.get("type") == "campaign"
    merges = renamed(object_at(data, "merges"), _NAMES, without=("EMAIL",))
    traits = {name.lower(): value for name, value in merges.items() if value != ""}
    without = ("merges",) if is_campaign else ("merges", "email", "id", "new_id")
    return {
        **item,
        "kind": data.get("status") if is_campaign else "abuse" if data.get("reason") == "abuse" else "",
        "email": email,
        "member": None if is_campaign else data.get("new_id") or data.get("id"),
        "traits": renamed({"email": email, **traits}),
        "properties": renamed(data, {"id": "campaign_id", "subject": "email_subject"}, without=without),
    }


source = Source(
    type="mailchimp",
    title="Mailchimp",
    description="Who subscribes to an audience of Mailchimp, leaves it, or changes there.",
    setup="Under Audience → Settings → Webhooks, add the address of the hook with `token` at its end: "
    "`/v1/sources/<id>/hook/<token>`. Mailchimp signs nothing, so the token is all that keeps others out. If a merge "
    "field has your own user id, say so: `user_id: $.data.merges.USER_ID`.",
    documentation="https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
    settings=Tokened,
    signature=PathToken(),
    secrets=own_tokens,
    split=split.form,
    prepare=_flat,
    name=("$.type", "$.kind"),
    events={
        "subscribe": "Subscribed",
        "unsubscribe": "Unsubscribed",
        "cleaned": "Email Bounced",
        "cleaned abuse": "Email Marked as Spam",
        "upemail": "Email Changed",
    },
    timestamp="$.fired_at",
    identity=Identity(
        email="$.email",
        anonymous_ids=(("mailchimp:", "$.member"),),
        external_ids=(("mailchimp_id", "$.member"),),
    ),
    context={"traits": {"@path": "$.traits"}},
    rules=(Rule(trigger='type = "profile"', mapping={"type": "identify", "traits": {"@path": "$.traits"}}),),
    other={"properties": {"@path": "$.properties"}},
)
