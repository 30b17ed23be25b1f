"""Slack's requests are those of Segment's."""

from sluice.destinations.differences import Difference

differences: tuple[Difference, ...] = ()
