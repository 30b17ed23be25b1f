"""Filters of device-mode destinations, as analytics.js runs them: Segment's routing rules, with FQL as its IR.

https://github.com/segmentio/tsub-js reads them.
"""

from typing import Any

from sluice import fql
from sluice.fql.ir import NoBrowserFormError
from sluice.workspace.models import Filter


def rule(destination: str, each: Filter) -> dict[str, Any]:
    """Return a filter as a routing rule. Raises fql.FqlError, or NoBrowserFormError if browsers cannot run it."""
    return {
        "matchers": [_matcher(each.condition)],
        "scope": "destinations",
        "target_type": "workspace::project::destination::config",
        "transformers": [[_transformer(each)]],
        "destinationName": destination,
    }


def error(each: Filter) -> str | None:
    try:
        rule("", each)
    except fql.FqlError as error:
        return str(error)
    except NoBrowserFormError as error:
        return f"browsers do not know {error}; they know contains, match, lowercase, typeof and length"
    return None


def _matcher(condition: str) -> dict[str, Any]:
    if condition.strip() == "all":
        return {"type": "all", "ir": ""}
    return {"type": "fql", "ir": fql.ir(fql.parse(condition)), "config": {"expr": condition}}


def _transformer(each: Filter) -> dict[str, Any]:
    match each.do:
        case "drop":
            return {"type": "drop"}
        case "sample":
            return {"type": "sample_event", "config": {"sample": {"percent": each.percent, "path": each.path or ""}}}
        case "drop_properties":
            return {"type": "drop_properties", "config": {"drop": each.fields}}
    return {"type": "allow_properties", "config": {"allow": each.fields}}
