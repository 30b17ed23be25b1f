"""The steps of an event, by name, as `make tail` shows them.

What happened to each single event is logged at DEBUG, which `make run` uses and a deployment only while someone is
looking; metrics count everything always.
"""

import logging
from typing import Any, Literal

from sluice.telemetry.logs import logger

type Step = Literal[
    "accepted",
    "refused",
    "routed",
    "duplicate",
    "rejected",
    "archived",
    "loaded",
    "delivered",
    "discarded",
    "retrying",
    "waiting",
    "paused",
    "dead",
]

_LOG = {logging.DEBUG: logger.debug, logging.INFO: logger.info, logging.ERROR: logger.error}
#: Names of track events are shown while debugging, and only this much of them.
_MAX_NAME_CHARACTERS = 80


def step(name: Step, level: int = logging.DEBUG, **fields: Any) -> None:
    """Log a step of an event, or of several, with the fields that are not None."""
    if logger.log_level <= level:
        _LOG[level](name, extra={"step": name, **{key: value for key, value in fields.items() if value is not None}})


def event_fields(event: dict[str, object]) -> dict[str, Any]:
    """Return the fields that identify an event in a log: its id, its type, and the name of a track."""
    name = event.get("event")
    return {
        "message_id": str(event.get("messageId")),
        "type": str(event.get("type")),
        "event": name[:_MAX_NAME_CHARACTERS] if isinstance(name, str) else None,
    }
