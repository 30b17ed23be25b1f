"""Slack's answers to incoming webhooks. https://api.slack.com/messaging/webhooks#handling_errors"""

from sluice.destinations.vendor import LocalVendor, answer

vendor = LocalVendor(
    success=answer(200, b"ok"),
    others={
        "unauthorized": answer(403, b"invalid_token"),
        "refused": answer(400, b"invalid_payload"),
        "gone": answer(404, b"no_service"),
    },
)
