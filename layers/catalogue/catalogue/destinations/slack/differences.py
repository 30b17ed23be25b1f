"""Intended differences between our requests to Slack and Segment's."""

from html import unescape
from typing import Any

from sluice.destinations.differences import Difference


def _is_escaped(ours: Any, theirs: Any) -> bool:
    return isinstance(ours, str) and isinstance(theirs, str) and unescape(ours) == unescape(theirs)


differences = (
    Difference(
        "body.text", "both", "What an event has in place of a template's `{{…}}` is text, and no markup.", _is_escaped
    ),
)
