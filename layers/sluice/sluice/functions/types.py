"""The types of handlers."""

from typing import Any, TypedDict

#: An event as destinations get it, in Segment's form: `type`, `event`, `properties`, `traits`, `context` and so on.
type Event = dict[str, Any]
#: The settings of the function in the workspace, with its secrets. They are the same object for every event.
type Settings = dict[str, Any]


class Result(TypedDict, total=False):
    """The result of one event of a batch: `status` as of HTTP, and a text for whoever looks for the reason."""

    status: int
    error: str
