"""Traffic shapes, and the workspaces that take them."""

import json
from dataclasses import dataclass
from typing import Any

from checks.bench.parts.delivery import SETTINGS

#: Destinations that take many events in a request, in the order in which they are added.
_KINDS = ("amplitude", "mixpanel", "segment", "posthog", "customerio", "webhook", "ga4")
_WEBHOOK = {"action": "send", "mapping": {"enable_batching": True}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`events` a request, `rate` of events a second, `seconds` of it; of `retries` requests are repeated, by clients as
    well as to vendors. Clients' clocks are off by `skew` seconds at most.
    """

    events: int = 20
    destinations: int = 3
    rate: float = 1000.0
    seconds: float = 20.0
    retries: float = 0.001
    skew: float = 2.0
    #: Requests a second that the edge takes from the write key.
    ration: float | None = None
    #: Whether another tool sends them by its webhook, signed.
    is_hook: bool = False

    @property
    def requests(self) -> int:
        return max(1, round(self.rate * self.seconds / self.events))


def destination_ids(count: int) -> list[str]:
    return [f"d{number}" for number in range(count)]


def workspace(shape: Shape) -> str:
    """JSON, which is YAML."""
    source = {"id": "server", "type": "server", "write_keys": ["wk_server"], "requests_per_second": shape.ration}
    tool = {"id": "upstream", "type": "segment", "settings": {"secret": "${secret:/sluice/upstream/secret}"}}
    destinations = [_destination(*each) for each in enumerate(destination_ids(shape.destinations))]
    return json.dumps({"sources": [source, *([tool] if shape.is_hook else [])], "destinations": destinations})


def _destination(number: int, name: str) -> dict[str, Any]:
    kind = _KINDS[number % len(_KINDS)]
    actions = {"actions": [_WEBHOOK]} if kind == "webhook" else {}
    return {"id": name, "type": kind, "settings": SETTINGS[kind], **actions}
