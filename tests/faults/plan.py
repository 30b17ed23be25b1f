"""What goes wrong in one scenario, and when: seeded, so that every run of a seed is the same."""

from dataclasses import dataclass, field, fields
from random import Random


class DiedError(BaseException):
    """The process is gone, on whatever line it was. No code under test may catch this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Probabilities from 0 to 1.

    `refuse`: a call or a record is refused and nothing happened. `swallow`: it happened, and the answer was an error.
    `die`: the process ends before or after any call. `twice`: a queue delivers again what was acknowledged.
    `late_client`: a client that was answered 200 does not hear it and sends the same again. `vendor_down`: the vendor
    answers 503, 429 or not at all; `vendor_swallow`: it took the event, and the connection broke. `locked_out`: from
    this request on, for up to six hours, the vendor refuses the credentials; `unreadable`: so long a secret cannot be
    read. `flood`: a request that comes a hundredth of a second after the one before it; else it is a second. `hook`: a
    batch that another tool sends by its webhook, signed anew each time.
    """

    refuse: float = 0.0
    swallow: float = 0.0
    die: float = 0.0
    twice: float = 0.0
    late_client: float = 0.0
    vendor_down: float = 0.0
    vendor_swallow: float = 0.0
    locked_out: float = 0.0
    unreadable: float = 0.0
    flood: float = 0.0
    hook: float = 0.0

    def active(self) -> list[str]:
        return [each.name for each in fields(self) if getattr(self, each.name)]


@dataclass(slots=True)
class Plan:
    """Decides at every point where something could go wrong. While `calm`, nothing does."""

    rates: Rates
    seed: int
    calm: bool = False
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - repeatable, not secret

    def happens(self, name: str) -> bool:
        rate: float = getattr(self.rates, name)
        return not self.calm and rate > 0 and self.random.random() < rate

    def maybe_die(self) -> None:
        if self.happens("die"):
            raise DiedError
