"""Segment's mapping language: JSON with directives, compiled to a function of an event.

https://segment.com/docs/connections/destinations/actions/ and, for the directives, the mapping kit of Segment's
action-destinations. What a mapping gives may share lists and objects with the event it was made of: read it, and change
nothing in it.
"""

from sluice.mapping.compiler import ROOT, Mapped, MappingError, compile, errors, whole  # noqa: A004 - what it does
from sluice.mapping.parts import Names, Parts, parts, places, values_of, wanted
from sluice.mapping.values import NOTHING, UnmappableError

__all__ = [
    "NOTHING", "ROOT", "Mapped", "MappingError", "Names", "Parts", "UnmappableError", "compile", "errors", "parts",
    "places", "values_of", "wanted", "whole",
]  # fmt: skip
