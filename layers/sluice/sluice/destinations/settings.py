"""The settings of a type of destination, as its author declares them."""

from sluice.workspace.settings import Secret, is_reference, settings

__all__ = ["Secret", "is_reference", "settings"]
