"""A function of yours as a destination. https://segment.com/docs/connections/functions/destination-functions/"""

from collections.abc import Sequence
from typing import Any

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination
from sluice.destinations.field import obj, path
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import Outcome, decoded
from sluice.destinations.settings import settings

#: Seconds that the events of one call may take together, of a function's two minutes.
_TOGETHER_SECONDS = 25.0
_MAX_ITEMS = 20


@settings
class Settings:
    """`file` is a file of `layers/workspace/functions`. `timeout` is in seconds, for each event, 5 at most.

    `settings` are handed to its handlers. Secrets are [references](../workspace.md#secrets) within them.
    """

    file: str
    timeout: float = 5.0
    settings: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 5:
            raise ValueError("`timeout` is in seconds, up to 5")
        if "/" in self.file or not self.file.endswith(".py"):
            raise ValueError("`file` is the name of a file that ends with .py, in layers/workspace/functions")


def _request(batch: Batch[Settings]) -> Request:
    return Request(f"function:{batch.settings.file}", json_array(batch))


def _outcomes(_: Batch[Settings], response: Response) -> Sequence[Outcome]:
    return decoded(response)


EVENTS: Endpoint[Settings] = Endpoint(request=_request, max_items=_MAX_ITEMS, outcomes=_outcomes)


def _items(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    together = max(1, min(_MAX_ITEMS, int(_TOGETHER_SECONDS // call.settings.timeout)))
    return [Item(EVENTS, payload["event"], max_items=together)]


RUN = Action(
    id="run",
    title="Run",
    description="Call the handler for the type of the event, or `on_batch` with up to twenty events.",
    trigger="all",
    fields={"event": obj("The event that the handler gets.", path("$."), required=True)},
    items=_items,
)

destination = Destination(
    type="function",
    title="Function",
    description="A function of yours, in Python. [Functions](../functions.md) has how to write and to try one.",
    settings=Settings,
    actions=(RUN,),
    presets=(Preset(name="Everything", action="run", trigger="all"),),
)
