"""Planning a pack: which subscriptions an event fits depends on that event alone, whatever its neighbours are."""

import json
from typing import Any

import pytest

from catalogue import destinations as catalogue
from checks.bench.parts.delivery import SETTINGS, corpus, subscribed
from sluice.delivery.plan import plan
from tests import examples

#: What no SDK sends, and the archive of somebody may have all the same.
ODD: list[dict[str, Any]] = [
    {**examples.TRACK, "event": ["Order Completed"]},
    {**examples.TRACK, "event": {"name": "Order Completed"}},
    {**examples.TRACK, "event": 1},
    {**examples.TRACK, "event": True},
    {**examples.TRACK, "event": None},
    {**examples.TRACK, "type": ["track"]},
    {**examples.PAGE, "event": "Order Completed"},
]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_pack_is_planned_as_its_events_are_one_by_one(name: str) -> None:
    """Given a pack of all kinds of events, twice over, each has the tasks and outcomes that it has alone."""
    of_type = catalogue.destination_type(name)
    settings, mine = of_type.settings(**SETTINGS[name]), subscribed(of_type)
    texts = [json.dumps(each).encode() for each in (*examples.ALL_CALLS, *ODD)]
    documents = [*texts, *corpus(), *texts]

    together = plan(documents, mine, settings)

    for index, text in enumerate(documents):
        alone = plan([text], mine, settings)
        tasks = [(each.key, each.body) for each in together.tasks if each.document == index]
        assert tasks == [(each.key, each.body) for each in alone.tasks]
        settled = [(key, outcome) for at, key, outcome in together.settled if at == index]
        assert settled == [(key, outcome) for _, key, outcome in alone.settled]
