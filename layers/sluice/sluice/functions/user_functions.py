"""The functions of the user that a destination has: one in the place of its vendor, and one before its mapping."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import INVALID_SETTINGS, Misconfigured, Outcome
from sluice.functions.insert import inserted
from sluice.functions.runner import Function, FunctionError, load
from sluice.functions.transport import transport_to
from sluice.workspace.compiled import Destination
from sluice.workspace.settings import SettingsUnavailableError


@dataclass(slots=True)
class UserFunctions:
    """The functions in a folder. `secrets` are those that the process has read, which nothing prints.

    `with_secrets` returns settings with their secrets, read anew if it is given True.

    They are loaded with the settings, so that one that cannot be loaded pauses the destination and costs no event.
    """

    destination: Destination
    folder: Path
    secrets: set[str]
    with_secrets: Callable[[Mapping[str, Any], bool], dict[str, Any]]
    _before: Function | None = field(default=None)
    _instead: Function | None = field(default=None)

    def load(self, settings: Any, is_refreshed: bool) -> None:
        """Load what is not loaded yet. Raises SettingsUnavailableError."""
        if self._before is None and self.destination.insert is not None:
            declared = self.destination.insert
            given = self.with_secrets(declared["settings"], is_refreshed)
            self._before = self._loaded(declared["file"], given, declared["timeout"])
        if self._instead is None and self.destination.type == "function":
            self._instead = self._loaded(settings.file, settings.settings or {}, settings.timeout)

    def insert(self, event: dict[str, Any]) -> dict[str, Any] | Outcome:
        """Return what the destination gets in the place of an event, or its outcome."""
        if self._before is None:
            return Misconfigured(INVALID_SETTINGS, response="the function is not loaded")
        return inserted(self._before)(event)

    def transport(self, request: Request) -> Response:
        """Carry events to the function that stands for a vendor."""
        return transport_to(self._function)(request)

    def _function(self) -> Function:
        if self._instead is None:
            raise FunctionError("the function is not loaded")
        return self._instead

    def _loaded(self, file: str, settings: Mapping[str, Any], seconds: float) -> Function:
        try:
            return Function(file, load(self.folder / file), settings, seconds, self.secrets)
        except FunctionError as error:
            raise SettingsUnavailableError(str(error)) from error
