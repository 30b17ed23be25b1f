"""A part of `make fuzz`, for every test run; and that it looks."""

import pytest

from tests import examples
from tests.fuzz.__main__ import run
from tests.fuzz.check import check_count


def test_nothing_is_raised_and_everything_accounted_for() -> None:
    tally = run(0)
    assert min(tally["answered 200"], tally["answered 400"], tally["events"], tally["rejections"]) > 500
    assert min(tally["workspaces compiled"], tally["workspaces refused"]) > 5


def test_an_event_that_disappears_is_noticed() -> None:
    one_of_two = examples.envelope('{"batch":[{"type":"track","event":"E","userId":"u"},1]}', kind="batch")
    with pytest.raises(AssertionError):
        check_count(one_of_two, 1, examples.workspace())
