"""`python -m cli.scaffold.new_destination NAME`: make folder and test of a new type of destination, to be filled in."""

import re
import sys
from pathlib import Path
from string import Template

_NAME = re.compile(r"[a-z][a-z0-9]{1,31}")

_CODE = Template('''"""$title: what it is for. Put the address of its documentation here."""

from collections.abc import Mapping, Sequence
from typing import Any

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import obj, path, string
from sluice.destinations.http import Request
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.settings import Secret, settings


@settings
class Settings:
    """`api_key` is a key of your account; say where it is found."""

    api_key: Secret


def request(batch: Batch[Settings]) -> Request:
    headers = {"content-type": "application/json", "authorization": f"Bearer {batch.settings.api_key}"}
    return Request("https://api.example.com/events", json_array(batch), headers=headers)


EVENTS: Endpoint[Settings] = Endpoint(request=request, max_items=100, max_bytes=1_000_000)


def track(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    """Send the event's id, which is the same in every attempt, so that a repeat is recognised."""
    return [Item(EVENTS, {"id": call.message_id, **payload})]


TRACK = Action(
    id="trackEvent",
    title="Track Event",
    description="Send an event.",
    trigger='type = "track"',
    fields={
        "name": string("The name of the event.", path("$$.event"), required=True),
        "user": string("The ID of the user.", path("$$.userId")),
        "properties": obj("The properties of the event.", path("$$.properties")),
    },
    items=track,
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"api_key": theirs["apiKey"]} if "apiKey" in theirs else {}


destination = Destination(
    type="$name",
    title="$title",
    description="Say what it is for.",
    settings=Settings,
    actions=(TRACK,),
    presets=(Preset(name="Tracks", action="trackEvent", trigger=TRACK.trigger),),
    segment=SegmentImport(slugs=("$name", "actions-$name"), settings=_settings),
)
''')
_TEST = Template('''"""$title: requests as its documentation has them."""

import json

from tests.destinations import kind, requests

$upper = kind("$name")
SETTINGS = $upper.settings(api_key="key")


def test_an_event() -> None:
    event = {"type": "track", "event": "Paid", "userId": "u1", "messageId": "m1", "properties": {"total": 12}}
    (request,) = requests(event, $upper, SETTINGS)
    assert request.url == "https://api.example.com/events"
    assert json.loads(request.body) == [{"id": "m1", "name": "Paid", "user": "u1", "properties": {"total": 12}}]
''')


def main(name: str, root: str = ".") -> int:
    folder = Path(root) / f"layers/catalogue/catalogue/destinations/{name}"
    test = Path(root) / f"tests/unit/destinations/test_{name}.py"
    if not _NAME.fullmatch(name):
        print(f"{name!r} is no name: small letters and digits, a letter first", file=sys.stderr)
        return 2
    if folder.exists() or test.exists():
        print(f"there is a destination {name!r} already", file=sys.stderr)
        return 1
    words = {"name": name, "title": name.capitalize(), "upper": name.upper()}
    folder.mkdir(parents=True)
    test.parent.mkdir(parents=True, exist_ok=True)
    (folder / "destination.py").write_text(_CODE.substitute(words))
    test.write_text(_TEST.substitute(words))
    print(
        f"{folder}/destination.py and {test}: make them true; `make pages` then writes docs/destinations/{name}.md anew"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
