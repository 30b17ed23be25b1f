"""Mandrill's signature, and the test that it makes before there is a key. What that is signed with no page has.

https://mandrill.zendesk.com/hc/en-us/articles/360039232513-How-to-Authenticate-Webhook-Requests
"""

from collections.abc import Sequence

from sluice.sources.hook import OK, Answer, Hook
from sluice.sources.signature import Hmac

#: What a webhook is signed with while it is being added, when its own key is not made yet.
_TEST_KEY = "test-webhook"
_SIGNED = Hmac("x-mandrill-signature", over="{url}{form}", digest="sha1", encoding="base64")


def signature(hook: Hook, secrets: Sequence[str], now: float) -> bool:
    """Return whether Mandrill signed the hook. The key that everybody knows counts for a list of nothing."""
    return _SIGNED(hook, [*secrets, _TEST_KEY] if is_empty(hook.body) else secrets, now)


def is_empty(body: bytes) -> bool:
    """Return whether a form has no event, and nothing else."""
    return body in (b"mandrill_events=[]", b"mandrill_events=%5B%5D", b"mandrill_events=%5b%5d")


def tried(hook: Hook) -> Answer | None:
    """Answer the test."""
    return OK if is_empty(hook.body) else None
