"""`sluice check`: one harmless request that tells whether the credentials of a destination are right."""

from argparse import Namespace
from typing import Any

from catalogue import destinations as catalogue
from cli.commands import deployed_workspace, named
from cli.errors import OperatorError
from sluice.aws import secrets
from sluice.delivery.http_client import HttpTransport
from sluice.destinations.http import ForbiddenTargetError, Response, Transport, UnreachableError
from sluice.workspace.compiled import Destination
from sluice.workspace.secrets import resolved


def run(options: Namespace) -> int:
    """Check a destination with the operator's own rights to read secrets. Return 0 unless the credentials are wrong.

    Raises OperatorError if a secret cannot be read, or the vendor does not answer.
    """
    workspace = deployed_workspace(options)
    destination = named(workspace.destinations, "destination", options.destination, options)
    with HttpTransport() as transport:
        status, text = verdict(destination, transport, options.stage)
    print(f"{destination.id}: {text}")
    return status


def verdict(destination: Destination, transport: Transport, stage: str) -> tuple[int, str]:
    """Return an exit status and a sentence, by the secrets of a stage. It shows none of them. Raises OperatorError."""
    check = catalogue.check(destination.type)
    if check is None:
        return 0, f"nothing was asked: {destination.type} offers no harmless request that tells"
    try:
        settings: Any = catalogue.destination_type(destination.type).settings(
            **resolved(destination.settings, lambda each: secrets.resolve(each, stage))
        )
        response = transport(check.request(settings))
    except secrets.SecretUnavailableError as error:
        raise OperatorError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise OperatorError(f"the settings cannot be used: {type(error).__name__}") from error
    except (UnreachableError, ForbiddenTargetError) as error:
        raise OperatorError(f"{destination.type} cannot be reached: {error}") from error
    return _said(destination.type, check.verdict(response), response)


def _said(name: str, is_right: bool | None, response: Response) -> tuple[int, str]:
    if is_right is None:
        return 1, f"{name} answered {response.status}, which does not tell whether the credentials are right"
    return (0, f"{name} accepts the credentials") if is_right else (1, f"{name} refuses the credentials")
