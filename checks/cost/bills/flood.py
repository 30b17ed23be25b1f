"""What an hour costs in which a stranger sends more with a write key than anyone wants, with each brake and without.

API Gateway does not bill what its throttles refuse. What a ration refuses has passed API Gateway and a function, but no
queue. Each running copy of the function has a ration of its own, and refusals are so short that few copies run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.cost.deployment import Deployment
from checks.cost.pipeline import Pipeline
from checks.cost.prices import Assumptions, Prices
from checks.cost.shapes import Shape
from checks.cost.usage import total

#: Requests a second that come, each with one event.
COMING = 5_000.0
#: Requests a second that each copy of the function takes from the key.
RATION = 5.0


@dataclass(frozen=True, slots=True)
class Hour:
    """`passed` and `refused` are requests a second that reach a function."""

    what: str
    passed: float
    refused: float
    dollars: float


@dataclass(frozen=True, slots=True)
class Paid:
    """Dollars and the function's seconds for one request."""

    dollars: float
    seconds: float


def hours(shape: Shape, deployed: Deployment, assumed: Assumptions, prices: Prices) -> Iterator[Hour]:
    """Yield the hour without any brake, with the throttle of the template, and with a ration besides."""
    whole = Pipeline(shape, deployed, assumed)
    passes = Paid(total(whole.run().dollars(prices)) / 1e6, _seconds(whole))
    short = Pipeline(replace(shape, ration=0.01, retries=0.0), deployed, assumed)
    refusal = Paid(total(short.refuse().dollars(prices)) / 1e6, _seconds(short))
    throttled = float(deployed.requests_per_second)
    yield _hour("no brake", COMING, 0.0, passes, refusal)
    yield _hour(f"RequestsPerSecond {throttled:,.0f}", throttled, 0.0, passes, refusal)
    passed = rationed(throttled, RATION, passes.seconds, refusal.seconds)
    yield _hour(f"and requests_per_second {RATION:.0f}", passed, throttled - passed, passes, refusal)


def rationed(coming: float, ration: float, passing: float, refusing: float) -> float:
    """Return the requests a second that pass, if `coming` reach functions that are busy so many seconds with each.

    Lambda runs as many copies as are busy at once, and each copy lets the ration pass.
    """
    copies = 1
    while (passed := min(coming, copies * ration)) * passing + (coming - passed) * refusing > copies:
        copies += 1
    return passed


def _seconds(pipeline: Pipeline) -> float:
    spent = pipeline.spent["tracking"]
    return spent.billed_seconds / spent.invocations


def _hour(what: str, passed: float, refused: float, passes: Paid, refusal: Paid) -> Hour:
    return Hour(what, passed, refused, 3600 * (passed * passes.dollars + refused * refusal.dollars))
