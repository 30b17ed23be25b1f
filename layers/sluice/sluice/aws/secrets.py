"""Secrets by reference, from SSM or Secrets Manager, cached for as long as a rotation may take to be noticed."""

from sluice.workspace.secrets import Reference

#: Seconds.
CACHED_FOR = 300
#: What SSM and Secrets Manager answer where there is no such secret.
_ABSENT = frozenset({"ParameterNotFound", "ResourceNotFoundException"})


class SecretUnavailableError(RuntimeError):
    """Missing, or not to be read by this function."""


def resolve(reference: Reference, stage: str, is_refreshed: bool = False) -> str:
    """Return the secret's text, not from the cache if it is to be refreshed.

    A stage has secrets of its own, and for what is not among them there are those of all stages. Raises
    SecretUnavailableError, which names it and never shows it.
    """
    # Here, because it imports boto3, and many a destination has no secrets.
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    own = of_stage(reference, stage)
    try:
        return _read(own, is_refreshed)
    except GetParameterError as error:
        if not _is_absent(error):
            raise SecretUnavailableError(f"the secret {own.name} cannot be read") from error
    try:
        return _read(reference, is_refreshed)
    except GetParameterError as error:
        raise SecretUnavailableError(
            f"the secret {reference.name} cannot be read, and there is no {own.name}"
        ) from error


def of_stage(reference: Reference, stage: str) -> Reference:
    """Return the stage's own: `/sluice/prod/crm/key` for `/sluice/crm/key`."""
    return reference._replace(name=reference.name.replace("/sluice/", f"/sluice/{stage}/", 1))


def _read(reference: Reference, is_refreshed: bool) -> str:
    from aws_lambda_powertools.utilities import parameters

    if reference.store == "secret":
        return parameters.get_parameter(reference.name, decrypt=True, max_age=CACHED_FOR, force_fetch=is_refreshed)
    return str(parameters.get_secret(reference.name, max_age=CACHED_FOR, force_fetch=is_refreshed))


def _is_absent(error: BaseException | None) -> bool:
    """Return whether AWS says so. What cannot be read for another reason is there, and no other stands in for it."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            return answer.get("Error", {}).get("Code") in _ABSENT
        error = error.__cause__ or error.__context__
    return False
