"""Secrets by reference, from SSM or Secrets Manager, cached for as long as a rotation may take to be noticed."""

from sluice.workspace.secrets import Reference

#: Seconds.
CACHED_FOR = 300


class SecretUnavailableError(RuntimeError):
    """Missing, or not to be read by this function."""


def resolve(reference: Reference, is_refreshed: bool = False) -> str:
    """The secret's text, not from the cache if it is to be refreshed.

    Raises SecretUnavailableError, which names it and never shows it.
    """
    # Here, because it imports boto3, and many a destination has no secrets.
    from aws_lambda_powertools.utilities import parameters
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        if reference.store == "secret":
            return parameters.get_parameter(reference.name, decrypt=True, max_age=CACHED_FOR, force_fetch=is_refreshed)
        return str(parameters.get_secret(reference.name, max_age=CACHED_FOR, force_fetch=is_refreshed))
    except GetParameterError as error:
        raise SecretUnavailableError(f"the secret {reference.name} cannot be read") from error
