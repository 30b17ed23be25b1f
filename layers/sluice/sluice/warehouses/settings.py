"""The settings of a type of warehouse, as its author declares them."""

from sluice.workspace.settings import Secret, settings

__all__ = ["Secret", "settings"]
