"""The harness itself: a scenario of each class holds, is repeatable, and catches bugs that are put in on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from sluice.delivery.backoff import PATIENCE
from sluice.edge.responses import success
from sluice.messages.idempotency import IdempotencyStore, MessageKey, Status
from sluice.router.dedupe import Claim, DedupeStore
from tests.faults.cloud import FaultyQueue
from tests.faults.scenarios import CLASSES, EVENTS, event, run
from tests.faults.world import World, make


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_is_lost(name: str) -> None:
    outcome = run(name, seed=1)
    assert outcome.faults == ()
    assert (outcome.accepted, outcome.archived + outcome.rejected) == (EVENTS, EVENTS)


def test_a_flood_slows_its_clients() -> None:
    worlds: list[World] = []
    assert run("a flood", seed=1, prepare=worlds.append).faults == ()
    assert worlds[0].slowed > EVENTS / 20, "more refusals than requests"


def test_an_answer_that_takes_what_is_beyond_the_ration_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.edge.acceptance.too_many", success)
    assert run("a flood", seed=1).lost > 0


def test_a_seed_is_repeatable() -> None:
    assert run("everything", seed=2) == run("everything", seed=2)


@dataclass
class Forgetful:
    """A dedupe that knows which ids it has seen, and not whose they are."""

    inner: DedupeStore
    before: set[tuple[str, bytes]]

    def claim(self, claims: Sequence[Claim]) -> list[bytes | None]:
        ids = [(claim.bucket, claim.key) for claim in claims]
        known = self.before & set(ids)
        self.before |= set(ids)
        owners = self.inner.claim(claims)
        return [b"somebody" if owner and each in known else owner for each, owner in zip(ids, owners, strict=True)]


def test_a_dedupe_that_forgets_the_owner_is_caught() -> None:
    def forget(world: World) -> None:
        real, before = world.new_dedupe, set[tuple[str, bytes]]()
        world.new_dedupe = lambda: Forgetful(real(), before)

    assert any(run("processes die", seed, prepare=forget).lost for seed in range(10))


class Blank:
    """An idempotency table that nobody writes into."""

    def claim(self, keys: Sequence[MessageKey], seconds: float) -> Sequence[Status]:  # noqa: ARG002
        return ["claimed" for _ in keys]

    def complete(self, keys: Sequence[MessageKey]) -> None: ...


@pytest.mark.parametrize("name", ["delivered twice", "answers lost"])
def test_copies_of_a_message_that_are_all_worked_on_are_caught(name: str) -> None:
    def blank(world: World) -> None:
        world.new_store = lambda _: Blank()

    outcome = run(name, seed=1, prepare=blank)
    assert outcome.duplicated > 0


@dataclass
class Hasty:
    """An idempotency table in which a message is done before the work is."""

    inner: IdempotencyStore

    def claim(self, keys: Sequence[MessageKey], seconds: float) -> Sequence[Status]:
        statuses = self.inner.claim(keys, seconds)
        self.inner.complete(keys)
        return statuses

    def complete(self, keys: Sequence[MessageKey]) -> None: ...


def test_a_message_that_is_done_before_the_work_is_caught() -> None:
    def hurry(world: World) -> None:
        real = world.new_store
        world.new_store = lambda consumer: Hasty(real(consumer))

    assert any(run("processes die", seed, prepare=hurry).lost for seed in range(10))


def test_an_acknowledgement_before_the_write_is_caught() -> None:
    def hurry(world: World) -> None:
        world.is_hasty = True

    assert any(run("processes die", seed, prepare=hurry).lost for seed in range(10))


def test_what_waits_for_credentials_wears_no_patience_out() -> None:
    """Given vendors that lock us out for longer than events are retried, nothing is given up meanwhile."""
    world = make(CLASSES["nothing"], seed=4)
    for vendor in world.vendors.values():
        vendor.lock_out(1.5 * PATIENCE.total_seconds())
    world.post([event(4, number) for number in range(200)])
    world.drain()
    assert sum(vendor.refusals for vendor in world.vendors.values()) > 0
    assert max(queue.now for queue in world.queues.values()) > PATIENCE.total_seconds()
    assert [len(queue) for queue in world.buried.values()] == [0, 0]


def test_a_pause_that_puts_nothing_back_is_caught() -> None:
    @dataclass
    class Careless:
        """A queue whose sender forgets what is to wait."""

        inner: FaultyQueue

        def send(self, body: str, delay: int = 0) -> None:
            self.inner.send(body, delay)

        def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
            return self.inner.send_many(bodies, delay) if delay < 60 else []

    def forget(world: World) -> None:
        world.put_back = Careless

    assert any(run("credentials refused", seed, prepare=forget).lost for seed in range(5))
