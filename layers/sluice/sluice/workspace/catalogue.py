"""The protocol of the catalogue, as far as building a workspace needs it."""

from collections.abc import Sequence
from typing import Any, Protocol


class DestinationType(Protocol):
    """A type of destination, as far as building is concerned; `sluice.destinations.destination` has the rest."""

    @property
    def settings(self) -> type[Any]: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def actions(self) -> Sequence[Any]: ...
    @property
    def presets(self) -> Sequence[Any]: ...


class SourceType(Protocol):
    """A type of source, as far as building is concerned; `sluice.sources.source` has the rest."""

    @property
    def settings(self) -> type[Any]: ...


class Catalogue(Protocol):
    """All types there are; the module `catalogue.types` is one."""

    def destination_types(self) -> Sequence[str]:
        """Return the names of all types of destination, in order."""
        ...

    def destination_type(self, name: str, /) -> DestinationType:
        """Return the type called `name`. Raises LookupError."""
        ...

    def source_types(self) -> Sequence[str]:
        """Return the names of all types of source that send webhooks, in order."""
        ...

    def source_type(self, name: str, /) -> SourceType:
        """Return the type of source called `name`. Raises LookupError."""
        ...

    def warehouse_types(self) -> Sequence[str]:
        """Return the names of all types of warehouse, in order."""
        ...

    def warehouse_settings(self, name: str, /) -> type[Any]:
        """Return the settings of the type of warehouse called `name`. Raises LookupError."""
        ...
