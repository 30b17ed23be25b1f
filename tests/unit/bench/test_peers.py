"""Peers are measured at work: a peer whose code sends nothing is no measure."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalogue import types as catalogue
from checks.bench.parts import peers
from checks.bench.parts.delivery import SETTINGS

#: As Segment's package is laid out: a destination says what an action does, and the core runs it.
CORE = """
const fetch = require('./fetch.js')
class Destination {
  constructor(definition) { this.definition = definition }
  async onEvent(event, settings) {
    const mine = settings.subscriptions.filter((each) => each.subscribe === event.type)
    for (const each of mine) await this.definition.actions[each.partnerAction].perform(fetch.default, event)
    return mine.map(() => ({ output: 'Action Executed' }))
  }
  async onBatch(events, settings) {
    for (const each of settings.subscriptions) {
      await this.definition.actions[each.partnerAction].performBatch(fetch.default, events)
    }
    return []
  }
}
module.exports = { Destination }
"""
FETCH = """
module.exports = {
  Request: class { constructor(url) { this.url = url } async text() { return '' } },
  Response: class { constructor(body, options) { this.status = options.status } },
}
"""
SENDS = """
exports.default = { actions: {
  one: { perform: async (fetch) => fetch('https://vendor.example.com') },
  many: { perform: async (fetch) => fetch('https://vendor.example.com'),
          performBatch: async (fetch) => fetch('https://vendor.example.com') },
} }
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = tmp_path / "node_modules/@segment/actions-core"
    destination = tmp_path / "node_modules/@segment/action-destinations/dist/destinations/vendor"
    for folder, name, text in (
        (core, "index.js", CORE),
        (core, "fetch.js", FETCH),
        (destination, "index.js", SENDS),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(peers, "PACKAGE", tmp_path)


def job(action: str, *types: str) -> Mapping[str, Any]:
    return {
        "destination": "vendor",
        "settings": {},
        "subscriptions": [{"partnerAction": action, "subscribe": "track"}],
        "events": [json.dumps({"type": each}) for each in types],
        "seconds": 0.01,
    }


@pytest.mark.usefixtures("package")
def test_segments_code_says_how_many_events_it_manages() -> None:
    """Given an action that takes batches and one that does not, the latter has no figure for batches."""
    with peers._segment() as ask:
        assert ask is not None
        assert ask(job("one", "track", "track"), 1) > 0
        assert ask(job("many", "track", "track"), 2) > 0
        assert ask(job("one", "track", "track"), 2) == 0


@pytest.mark.usefixtures("package")
def test_a_peer_that_sends_nothing_is_an_error() -> None:
    with peers._segment() as ask, pytest.raises(RuntimeError, match="sends nothing to vendor"):
        assert ask is not None
        ask(job("one", "identify"), 1)


def test_without_the_package_there_is_no_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PACKAGE", tmp_path)
    with peers._segment() as ask:
        assert ask is None


@pytest.mark.parametrize("name", SETTINGS)
def test_a_peer_is_given_the_subscriptions_and_events_that_we_have(name: str) -> None:
    given = peers._job(name, catalogue.destination_type(name), [orjson.dumps({"type": "track"})])
    assert given["events"] == ['{"type":"track"}']
    assert all(each["partnerAction"] and each["subscribe"] and each["mapping"] for each in given["subscriptions"])
