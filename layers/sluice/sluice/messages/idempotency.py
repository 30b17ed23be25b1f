"""Which queue messages were worked on, so that each is worked on once.

SQS delivers at least once, and a send whose answer was lost is sent again. A ticket names a message; copies of it
have the same ticket. Whoever takes up a message begins its ticket, and finishes it when everything that came of the
message is on the next queue. A copy that comes later is done; one that comes meanwhile is busy, and waits. Only a
message whose worker died is begun and never finished: when its time is over it is new again, and repeats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

#: `unknown` is a ledger that does not answer; the ticket may have been begun. It has to come again.
type Standing = Literal["new", "done", "busy", "unknown"]

#: How long a process may work on a message if nobody says: Lambda's own limit.
LONGEST_SECONDS = 900.0
_GIVEN_BACK: dict[Standing, str] = {"busy": "a copy is being worked on", "unknown": "ledger not available"}


class Ticket(NamedTuple):
    """`moment` groups messages that were made together, in seconds since 1970; `name` is the message's own."""

    moment: int
    name: str


class Ledger(Protocol):
    def begin(self, tickets: Sequence[Ticket], seconds: float) -> Sequence[Standing]:
        """Take up messages, each for at most so many seconds; where each one stands.

        Of copies in one call the first is new and the others are busy.
        """
        ...

    def finish(self, tickets: Sequence[Ticket]) -> None:
        """Nothing is left to do for these. What could not be noted is worked on again if a copy of it comes."""
        ...


@dataclass(slots=True)
class TakenUp:
    """Messages by their index: what to work on, what was done before, what to give back and why."""

    new: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def take_up(tickets: Mapping[int, Ticket], ledger: Ledger, seconds: float) -> TakenUp:
    """`seconds` is how long this process may live on."""
    taken = TakenUp()
    standings = ledger.begin(list(tickets.values()), seconds) if tickets else ()
    for index, standing in zip(tickets, standings, strict=True):
        match standing:
            case "new":
                taken.new.append(index)
            case "done":
                taken.done.append(index)
            case _:
                taken.failed[index] = _GIVEN_BACK[standing]
    return taken
