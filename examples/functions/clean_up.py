"""An insert function: fill in a plan, hide an address, drop what is internal. `insert: {file: clean_up.py}`."""

import hashlib

from sluice.functions import Drop, Event, Settings


def on_track(event: Event, settings: Settings) -> Event:
    """Put the plan of the settings into each track, and drop the events of tests."""
    if event["event"].startswith("Internal"):
        raise Drop
    event.setdefault("properties", {})["plan"] = settings.get("plan", "free")
    return event


def on_identify(event: Event, settings: Settings) -> Event:
    """Hand on a digest of the address in place of it."""
    email = event.get("traits", {}).pop("email", None)
    if email:
        salted = settings.get("salt", "") + email.strip().lower()
        event["traits"]["email_sha256"] = hashlib.sha256(salted.encode()).hexdigest()
    return event
