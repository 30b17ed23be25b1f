"""What a month costs at the reader's size: events, what is paid at rest, and metrics; without free tiers.

Events come evenly. Real ones come in peaks, and are cheaper by then: more of them share an invocation.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checks.cost.bills.rest import MONTH_SECONDS, at_rest
from checks.cost.deployment import deployment
from checks.cost.levers import windows
from checks.cost.pipeline import Pipeline
from checks.cost.prices import Assumptions, Prices
from checks.cost.shapes import Shape
from checks.cost.usage import OUTSIDE

#: Events a month, and how they come: events a request, and the seconds of all windows, None being as shipped.
SIZES = (1e6, 10e6, 50e6, 500e6)
WAYS = ((1, None), (20, None), (20, 60.0))
_FACTORS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9}
#: A size is measured by so many events, over so many seconds at most.
_EVENTS, _LONGEST_SECONDS = 8_000, 2_000.0


@dataclass(frozen=True, slots=True)
class Month:
    """`dollars` by what they are paid for."""

    events: float
    batch: int
    destinations: int
    window: float | None
    dollars: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Return the events a second."""
        return self.events / MONTH_SECONDS

    @property
    def sum(self) -> float:
        return sum(self.dollars.values())


def count(text: str) -> float:
    """Return the number that `50M`, `50 m`, `1.5B`, `200k` or `50_000_000` means. Raises ValueError."""
    match = re.fullmatch(r"([0-9][0-9_,]*(?:\.[0-9]+)?)\s*([KMB]?)", text.strip().upper())
    if match is None or not 1 <= (found := float(re.sub("[_,]", "", match[1])) * _FACTORS[match[2]]) <= 1e12:
        raise ValueError(f"{text!r} is no number of events; write 50M, 200K or 1.5B")
    return found


def month(
    events: float,
    batch: int,
    destinations: int,
    window: float | None,
    prices: Prices,
    assumed: Assumptions,
    exchange_seconds: float = 0.0,
    share: float = 1.0,
    front: str | None = None,
) -> Month:
    """Return what a month of so many events costs. `share` of the usual traffic is tried.

    `front` is what takes requests, the template's default if it is None.
    """
    rate = events / MONTH_SECONDS
    seconds = min(_LONGEST_SECONDS, max(5.0, _EVENTS / rate)) * share
    shape = Shape(events=batch, destinations=destinations, rate=rate, seconds=max(seconds, batch / rate))
    deployed = deployment(destinations)
    if window is not None:
        deployed, assumed = windows(window)(deployed, assumed)
    deployed = replace(deployed, front=front or deployed.front)
    pipeline = Pipeline(shape, deployed, assumed, exchange_seconds)
    used = pipeline.run().dollars(prices)
    paid = {name: dollars * events / 1e6 for name, dollars in used.items() if name != OUTSIDE}
    rest = sum(at_rest(deployed, prices, assumed).values())
    metrics = pipeline.metrics * prices.metric_month
    return Month(events, batch, destinations, window, {**paid, "at rest": rest, "metrics": metrics})


def months(prices: Prices, assumed: Assumptions, exchange_seconds: float, share: float) -> Iterator[Month]:
    """Yield the months of README's table, to three destinations."""
    for events in SIZES:
        for batch, window in WAYS:
            yield month(events, batch, 3, window, prices, assumed, exchange_seconds, share)


def named(way: tuple[int, float | None]) -> str:
    """Return a way in which events come, in words."""
    batch, window = way
    return f"{batch} a request" + ("" if window is None else f", windows of {window:.0f} s")
