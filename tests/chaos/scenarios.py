"""A thousand events through a system in which something goes wrong, once for each thing that can.

The faults come one after another. What they leave behind, messages that come back when nobody can be working on them
any more, is waited for once and together.
"""

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from local.own import Running
from tests.chaos import faults
from tests.chaos.client import Post, post_batch, post_hook, send, track
from tests.chaos.counts import Counts, Tried, Webhook, count, look_up, wait_for_rest
from tests.receiver import Receiver

EVENTS = 1000
#: Every so many lacks its name, and must come to the archive of the rejected.
BAD = 50

#: What its block has at the end are the processes that ended.
type Fault = AbstractContextManager[set[int]]


@dataclass(frozen=True)
class Scenario:
    """`repeats` is whether an event may be archived or delivered twice; `post` how a batch is sent."""

    name: str
    fault: Callable[[Running, Receiver], Fault]
    repeats: bool = True
    post: Post = post_batch


def _killing(*services: str) -> Callable[[Running, Receiver], Fault]:
    return lambda system, _: faults.killing(system, *services)


# First what takes longest to come back.
SCENARIOS = (
    Scenario("kill -9 of the destination", _killing("destination-receiver")),
    Scenario("embedded AWS restarted", lambda system, _: faults.restarting_aws(system)),
    Scenario("kill -9 of the archive", _killing("archive")),
    Scenario("kill -9 of the router", _killing("router")),
    Scenario("kill -9 of the edge", _killing("tracking")),
    Scenario("kill -9 of hook and router", _killing("hook", "router"), post=post_hook),
    Scenario("webhook down", lambda _, receiver: faults.webhook_down(receiver), repeats=False),
)


def try_all(system: Running, receiver: Receiver) -> dict[str, Counts]:
    """The counts of each scenario by its name, when everything has come to rest."""
    with _counting(receiver) as webhook:
        tried = [_try(scenario, system, receiver, webhook) for scenario in SCENARIOS]
        print(f"at rest after {wait_for_rest(system):.0f} s", file=sys.stderr)
    archive = look_up(system)
    return {each.name: count(each, archive, webhook.taken) for each in tried}


def _try(scenario: Scenario, system: Running, receiver: Receiver, webhook: Webhook) -> Tried:
    started = time.monotonic()
    run = f"chaos-{uuid.uuid4().hex[:8]}"
    events = [track(run, number) for number in range(EVENTS)]
    for bad in events[::BAD]:
        del bad["event"]
    with scenario.fault(system, receiver) as killed:
        sent = send(system.url, events, scenario.post)
    by_then = sum(1 for each in list(webhook.taken) if each.startswith(f"{run}-"))
    print(f"{scenario.name}: sent in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return Tried(scenario.name, events, sent, len(killed), by_then)


@contextmanager
def _counting(receiver: Receiver) -> Iterator[Webhook]:
    webhook = Webhook()
    before, receiver.answer = receiver.answer, webhook.answer
    try:
        yield webhook
    finally:
        receiver.answer = before
