"""What Segment's code sent: recorded cases, by destination.

A file has `name`, `settings`, `subscriptions` (each with `partnerAction`, `subscribe`, `mapping`) and `cases`, each
with the id of an event, the number of a subscription, and the requests that were made, or the error that was raised.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """`requests` are Segment's; none means that it refused, and `refusal` says why."""

    event: str
    subscription: int
    requests: tuple[Mapping[str, Any], ...]
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """`slug` is Segment's folder, `name` what people see."""

    slug: str
    name: str
    settings: Mapping[str, Any]
    subscriptions: tuple[Mapping[str, Any], ...]
    cases: tuple[Case, ...]


def events(folder: Path) -> dict[str, Mapping[str, Any]]:
    return {each["id"]: each["event"] for each in json.loads((folder / "corpus.json").read_bytes())}


def evidence(folder: Path) -> Iterator[Evidence]:
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_bytes())
        if isinstance(document, dict) and "cases" in document:
            yield Evidence(
                document["destination"],
                document["name"],
                document["settings"],
                tuple(document["subscriptions"]),
                tuple(_case(each) for each in document["cases"]),
            )


def _case(each: Mapping[str, Any]) -> Case:
    requests = tuple(each["requests"]) or tuple(_returned(each))
    error = each.get("error")
    return Case(each["event"], each["subscription"], requests, json.dumps(error) if error else None)


def _returned(each: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Segment's own destination sends nothing itself: it returns the batch that its API is to get."""
    for result in each.get("results") or ():
        data = result.get("data")
        if isinstance(data, dict) and "batch" in data:
            yield {"method": "POST", "url": "https://api.segment.io/v1/batch", "headers": {}, "json": data}
