"""Select archived events for a replay, and prepare them for it. No I/O."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from sluice.archive.reader import Window
from sluice.router.decisions import decide
from sluice.workspace.compiled import Destination

#: Message ids that are remembered, at least; at most twice as many, some 100 bytes each.
REMEMBERED_IDS = 500_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Empty sets select everything."""

    window: Window
    types: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def takes(self, event: dict[str, Any]) -> bool:
        """Return whether the event is of a type and name that were asked for."""
        return (not self.types or event.get("type") in self.types) and (
            not self.names or event.get("event") in self.names
        )


@dataclass(frozen=True, slots=True)
class Picked:
    """An event to send. `name` is what to count it as."""

    name: str
    document: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Selected, and still not to be sent: Segment's reason, or that it was there before or cannot be read."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """An event of the time that was asked for, but of another type or name."""

    name: str


class RecentIds:
    """Message ids of the last half million events or more, in bounded memory.

    A repeat in the archive comes from one message that was routed twice, so it has the same time of receipt and
    stands in the same hour: it is near. When the younger of two sets is full it becomes the older, which is forgotten.
    """

    def __init__(self, most: int = REMEMBERED_IDS) -> None:
        self._most = most
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()

    def add(self, source: str, message_id: str) -> bool:
        """Return whether the id is new."""
        name = f"{source}\n{message_id}".encode("utf-8", "surrogatepass")
        digest = blake2b(name, digest_size=16).digest()
        if digest in self._young or digest in self._old:
            return False
        if len(self._young) >= self._most:
            self._old, self._young = self._young, set()
        self._young.add(digest)
        return True


def pick(
    line: bytes, selection: Selection, destination: Destination, ids: RecentIds
) -> Picked | LeftOut | NotAsked | None:
    """Return the event to send for one line of the archive, or why not; None if it is of another time.

    The rules of the router hold here as well: nothing is sent that the event's own `integrations`, its consent or the
    destination's filters keep from it, or that the browser has sent itself.
    """
    try:
        event = orjson.loads(line)
        source, message_id = event.pop("sourceId"), event["messageId"]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return LeftOut("unreadable")
    if not selection.window.holds(event.get("receivedAt")):
        return None
    name = str(event.get("event") if event.get("type") == "track" else event.get("type"))
    if not selection.takes(event):
        return NotAsked(name)
    if not ids.add(source, message_id):
        return LeftOut("repeated in the archive")
    left = decide({"integrations": {}, **event}, destination)
    if isinstance(left, str):
        return LeftOut(left)
    return Picked(name, orjson.dumps(as_replayed(left, destination)))


def as_replayed(event: dict[str, Any], destination: Destination) -> dict[str, Any]:
    """Address an event to this destination alone, with the options that the event had for it.

    Ids and times stay, so that a vendor that knows the event knows it again.
    """
    integrations = event.get("integrations") or {}
    options = next((given for name in destination.names if isinstance(given := integrations.get(name), dict)), True)
    return {**event, "integrations": {"All": False, destination.names[0]: options}}
