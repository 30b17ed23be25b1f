"""Slack's requests are those of Segment's."""

from sluice.deliver.differences import Difference

differences: tuple[Difference, ...] = ()
