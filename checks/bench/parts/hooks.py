"""Hooks: the edge with a signature beside the tracking function with the same bytes, and what an event of one costs.

The floor of a translation reads the vendor's JSON and writes the event's, nothing else.
"""

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from catalogue.sources import source_type
from checks.bench import traffic
from checks.bench.aws import SECRET, CountingAws
from checks.bench.figures import Figure, Rounds, compared
from checks.bench.functions import Function, Functions
from checks.bench.parts import router
from sluice.sources.translator import Translator

_REQUESTS = 150
_EDGE_GOAL, _TRANSLATION_GOAL = 1.3, 10.0
_INVOICE = {
    "id": "in_1",
    "object": "invoice",
    "customer": "cus_7",
    "customer_email": "jo@example.com",
    "amount_due": 4200,
    "amount_paid": 4200,
    "currency": "usd",
    "status": "paid",
    "billing_reason": "subscription_cycle",
    "metadata": {"user_id": "u-42", "plan": "pro"},
    "lines": {"object": "list", "data": [{"id": "il_1", "amount": 4200, "description": "1 x Pro", "quantity": 1}]},
    "period_start": 1767225600,
    "period_end": 1769904000,
}


def figures(folder: Path) -> Iterator[Figure]:
    """Yield the figures of the edge and of translations."""
    aws = CountingAws()
    aws.install()
    document = router.workspace()
    document["sources"].append(
        {"id": "billing", "type": "stripe", "settings": {"secret": "${secret:/sluice/billing/hook}"}}
    )
    functions = Functions(router.compiled(document, folder), aws)
    yield Figure(
        part="hooks",
        what="a signed hook, beside tracking",
        unit="µs a request",
        goal=_EDGE_GOAL,
        **_edge(functions.hook(), functions.tracking()),
    )
    for name, payload in (("stripe", _payload(1)), ("webhook", _payload(1))):
        yield Figure(
            part="hooks",
            what=f"{name}: hook to event",
            unit="µs an event",
            goal=_TRANSLATION_GOAL,
            **_translation(name, payload),
        )


def _payload(number: int) -> bytes:
    event = {"id": f"evt_{number}", "object": "event", "created": 1767225600, "type": "invoice.paid", "livemode": True}
    return orjson.dumps({**event, "data": {"object": _INVOICE}})


def _edge(hook: Function, tracking: Function) -> Rounds:
    bodies = [_payload(number) for number in range(_REQUESTS)]
    now = str(int(time.time()))
    signed = [_signed(body, number, now) for number, body in enumerate(bodies)]
    plain = [traffic.request("/v1/track", body, number, time.time()) for number, body in enumerate(bodies)]

    def seconds(function: Function, requests: list[dict[str, Any]]) -> float:
        return sum(function.invoke(each).seconds for each in requests) / len(requests) * 1e6

    return compared(lambda: seconds(hook, signed), lambda: seconds(tracking, plain))


def _signed(body: bytes, number: int, now: str) -> dict[str, Any]:
    request = traffic.request("/v1/sources/billing/hook", body, number, time.time())
    made = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {**request, "headers": {**request["headers"], "stripe-signature": f"t={now},v1={made}"}}


def _translation(name: str, payload: bytes) -> Rounds:
    kind = source_type(name)
    configured = {"token": "x"} if name == "webhook" else {"secret": "x"}
    translate = Translator(kind, "billing", kind.settings(**configured))
    ((event, _),) = translate(payload, {})

    def ours() -> float:
        started = time.process_time()
        for _ in range(1000):
            list(translate(payload, {}))
        return (time.process_time() - started) * 1e3

    def floor() -> float:
        started = time.process_time()
        for _ in range(1000):
            orjson.loads(payload)
            orjson.dumps(event)
        return (time.process_time() - started) * 1e3

    return compared(ours, floor)
