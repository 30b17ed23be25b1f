"""What was used, by who used it and by what it is billed as; and what that comes to."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from checks.cost.prices import Prices

type Stage = Literal["edge", "router", "archive", "destinations"]
#: Where it stands on the bill.
SERVICES: dict[str, tuple[str, ...]] = {
    "API Gateway": ("api_request",),
    "Lambda": ("lambda_request", "lambda_gb_second_arm64", "lambda_gb_second_x86_64"),
    "SQS": ("sqs_request",),
    "DynamoDB": ("dynamodb_write", "dynamodb_read"),
    "Firehose": ("firehose_gb", "firehose_partitioned_gb", "firehose_object", "firehose_jq_hour"),
    "S3": ("s3_put",),
    "CloudWatch Logs": ("log_gb",),
    "data out": ("egress_gb",),
}
#: Not in the sum of what a pipeline costs: whoever sends to a vendor pays this, with whatever.
OUTSIDE = "data out"


@dataclass(slots=True)
class Usage:
    """`amounts` are in the units of the price list, for `events` events that were accepted."""

    events: int
    amounts: Counter[tuple[Stage, str]] = field(default_factory=Counter)

    def add(self, stage: Stage, price: str, amount: float) -> None:
        self.amounts[stage, price] += amount  # type: ignore[assignment]  # a Counter of fractions

    def dollars(self, prices: Prices) -> dict[str, float]:
        """For a million events, by service; without what is outside."""
        return {name: self._sum(prices, each) for name, each in SERVICES.items()}

    def by_stage(self, prices: Prices) -> dict[Stage, float]:
        found: dict[Stage, float] = defaultdict(float)
        for (stage, price), amount in self.amounts.items():
            if price not in SERVICES[OUTSIDE]:
                found[stage] += self._million(amount) * getattr(prices, price)
        return dict(found)

    def per_million(self) -> dict[str, float]:
        """Units of each price for a million events, whoever used them."""
        found: dict[str, float] = defaultdict(float)
        for (_, price), amount in self.amounts.items():
            found[price] += self._million(amount)
        return dict(found)

    def _sum(self, prices: Prices, names: tuple[str, ...]) -> float:
        used = self.per_million()
        return sum(used.get(name, 0.0) * float(getattr(prices, name)) for name in names)

    def _million(self, amount: float) -> float:
        return amount / self.events * 1e6


def total(dollars: Mapping[str, float]) -> float:
    return sum(amount for name, amount in dollars.items() if name != OUTSIDE)
