"""GitHub: what happens in repositories. https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

from typing import Any

from sluice.sources import split
from sluice.sources.fields import object_at, renamed
from sluice.sources.hook import OK, Answer, Hook
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_PARTS = {"repository": ("id", "full_name", "private"), "organization": ("id", "login")}


def ping(hook: Hook) -> Answer | None:
    """Answer the test that GitHub makes of a new webhook."""
    return OK if hook.headers.get("x-github-event") == "ping" else None


def _short(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the addresses of GitHub's API left out, of which most of a payload is made, and repositories by name."""
    named = {f"{name}_{field}": object_at(item, name).get(field) for name, fields in _PARTS.items() for field in fields}
    rest = {name: value for name, value in item.items() if name not in (*_PARTS, "sender")}
    return {**item, "properties": renamed(named) | renamed(_without_addresses(rest))}


def _without_addresses(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_addresses(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_addresses(each)
        for name, each in value.items()
        if name == "html_url" or not (name.endswith("_url") or name in ("url", "_links", "node_id", "gravatar_id"))
    }


source = Source(
    type="github",
    title="GitHub",
    description="Pushes, pull requests, issues, stars and all else that happens in repositories.",
    setup="Under Settings → Webhooks of a repository or an organization, add the address of the hook as the "
    "Payload URL, either content type, and a secret, which is `secret` here.",
    documentation="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    settings=Signed,
    signature=Hmac("x-hub-signature-256", prefix="sha256="),
    handshake=ping,
    split=split.form_field("payload"),
    headers=("x-github-event", "x-github-delivery"),
    prepare=_short,
    name=("$._headers.x_github_event", "$.action"),
    message_id=("$._headers.x_github_delivery",),
    identity=Identity(anonymous_ids=(("github:", "$.sender.id"),), external_ids=(("github_user_id", "$.sender.id"),)),
    context={"traits": {"username": {"@path": "$.sender.login"}}},
    other={"properties": {"@path": "$.properties"}},
)
