"""The settings of a destination, a warehouse or a source, with their secrets."""

from collections.abc import Callable, Mapping
from typing import Any

from sluice.aws import secrets
from sluice.workspace.secrets import Reference, resolved
from sluice.workspace.settings import SettingsUnavailableError


def with_secrets[S](
    declared: type[S],
    configured: Mapping[str, Any],
    stage: str,
    *,
    is_refreshed: bool = False,
    note: Callable[[str], object] = lambda _: None,
) -> S:
    """Return settings of the class `declared`, whose secrets are read; from no cache if they are to be refreshed.

    `note` gets the text of each secret. Raises SettingsUnavailableError.
    """

    def read(reference: Reference) -> str:
        value = secrets.resolve(reference, stage, is_refreshed)
        note(value)
        return value

    try:
        return declared(**resolved(dict(configured), read))
    except secrets.SecretUnavailableError as error:
        raise SettingsUnavailableError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise SettingsUnavailableError(f"the settings cannot be used: {type(error).__name__}") from error
