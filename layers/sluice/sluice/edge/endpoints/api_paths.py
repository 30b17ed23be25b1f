"""The paths that events are posted to, Segment's and those that bring other SDKs in."""

from dataclasses import dataclass
from typing import Any

from sluice.spec.calls import BATCHES, CALLS, LETTERS


@dataclass(frozen=True, slots=True)
class Upload:
    """`call` is what the path says the type is; `hint` what it is if the event does not say."""

    kind: str
    call: str | None = None
    hint: str | None = None

    def type_of(self, document: dict[str, Any]) -> str | None:
        """The type that the path adds; None where the event's own is to be used."""
        declared = document.get("type")
        return self.call or (None if isinstance(declared, str) and declared in CALLS else self.hint)


def upload_at(segments: list[str]) -> Upload | None:
    """Return what is posted to a path, or None. A trailing slash makes no segment."""
    match segments:
        case ["v1", call] if call in CALLS:
            return Upload("call", call=call)
        case ["v1", letter] if letter in LETTERS:
            return Upload("call", hint=LETTERS[letter])
        case ["v1", batch] if batch in BATCHES:
            return Upload("batch")
        case ["beacon", "v1", "batch"]:  # RudderStack's web SDK, leaving a page
            return Upload("batch")
        case ["b"] | ["batch"]:  # analytics-react-native, whose `proxy` is a host without a path
            return Upload("batch")
        # Jitsu's SDKs, in browsers and on servers.
        case ["api", "s", call] | ["api", "s", "s2s", call] if call in CALLS:
            return Upload("call", call=call)
    return None
