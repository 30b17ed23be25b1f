"""The harness itself: a scenario of each class holds, is repeatable, and catches bugs that are put in on purpose."""

from collections.abc import Mapping, Sequence

import pytest

from sluice.route.seen import Claim
from tests.faults.cloud import FaultySeenIds
from tests.faults.scenarios import CLASSES, EVENTS, run
from tests.faults.world import World


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_is_lost(name: str) -> None:
    outcome = run(name, seed=1)
    assert outcome.unexplained == ()
    assert (outcome.accepted, outcome.archived + outcome.rejected) == (EVENTS, EVENTS)


def test_a_seed_is_repeatable() -> None:
    assert run("everything", seed=2) == run("everything", seed=2)


class Forgetful(FaultySeenIds):
    """A dedupe that knows which ids it has seen, and not whose they are."""

    def claim(self, claims: Sequence[Claim]) -> Mapping[tuple[str, str], str | None]:
        before = set(self.owners)
        found = super().claim(claims)
        return {key: "somebody" if owner and key in before else owner for key, owner in found.items()}


def test_a_dedupe_that_forgets_the_owner_is_caught() -> None:
    def forget(world: World) -> None:
        world.seen = Forgetful(world.plan)

    outcome = run("processes die", seed=1, prepare=forget)
    assert any(text.startswith("lost") for text in outcome.unexplained)


def test_an_acknowledgement_before_the_write_is_caught() -> None:
    def hurry(world: World) -> None:
        world.is_hasty = True

    outcome = run("processes die", seed=1, prepare=hurry)
    assert any(text.startswith("lost") for text in outcome.unexplained)
