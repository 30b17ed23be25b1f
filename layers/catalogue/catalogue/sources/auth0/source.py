"""Auth0: sign-ups and logins, as a log stream has them.

https://auth0.com/docs/customize/log-streams/custom-log-streams
https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes
"""

from typing import Any

from sluice.sources import split
from sluice.sources.fields import renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import HeaderValue
from sluice.sources.source import Identity, Rule, Source

#: Failed logins, and nothing else that failed. https://auth0.com/docs/customize/log-streams/event-filters
_FAILED_LOGINS = ("f", "fc", "fco", "fcoa", "fens", "fp", "fu")
_ELSEWHERE = ("date", "type", "user_id", "user_name", "ip", "user_agent", "log_id", "_id")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the address, if the name of the user is one, and everything else as properties."""
    data = item["data"]
    name = data.get("user_name")
    is_address = isinstance(name, str) and "@" in name
    return {
        **item,
        "email": name if is_address else None,
        "traits": renamed({"email" if is_address else "username": name}),
        "properties": renamed(data, without=_ELSEWHERE),
    }


source = Source(
    type="auth0",
    title="Auth0",
    description="Sign-ups, logins, logouts and changed passwords of your users.",
    setup="Under Monitoring → Streams, create a Custom Webhook with the address of the hook as the Payload URL and "
    "`secret` as the Authorization Token. Any Content Format will do. Filter by Event Category what you want.",
    documentation="https://auth0.com/docs/customize/log-streams/custom-log-streams",
    settings=Signed,
    signature=HeaderValue("authorization"),
    split=split.json_lines,
    prepare=_flat,
    name=("$.data.type",),
    events={
        "s": "Logged In",
        "slo": "Logged Out",
        **dict.fromkeys(_FAILED_LOGINS, "Login Failed"),
        "fs": "Signup Failed",
        "ssa": "Silently Logged In",
        "fsa": "Silent Login Failed",
        "scp": "Password Changed",
        "fcp": "Password Change Failed",
        "scpr": "Password Change Requested",
        "sv": "Email Verified",
        "sce": "Email Changed",
        "scu": "Username Changed",
        "du": "User Deleted",
        "seacft": "Token Exchanged",
        "sertft": "Token Refreshed",
        "limit_wc": "Account Blocked",
    },
    message_id=(("$.log_id", "$.data.log_id"),),
    timestamp="$.data.date",
    identity=Identity(user_id="$.data.user_id", email="$.email"),
    context={"ip": {"@path": "$.data.ip"}, "userAgent": {"@path": "$.data.user_agent"}},
    rules=(
        Rule(
            trigger='data.type = "ss"',
            mapping={"type": "identify", "traits": {"@path": "$.traits"}},
            suffix="identify",
        ),
        Rule(trigger='data.type = "ss"', mapping={"event": "Signed Up", "properties": {"@path": "$.properties"}}),
    ),
    other={"properties": {"@path": "$.properties"}},
)
