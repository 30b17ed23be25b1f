"""Errors of Snowflake, by their codes: what it says besides may be a value of a row, and is not handed on.

https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api#label-python-connector-error
"""

from snowflake.connector import errors as driver

from sluice.warehouses.warehouse import RefusedError, StatementError, UnavailableError

#: Codes of what is refused until somebody changes it: no such thing or no right to it, no right, no warehouse to use.
_REFUSING = frozenset({606, 2003, 2043, 3001})
#: Codes of what goes by: a lock that somebody holds, a statement that took too long, or was ended by somebody.
_PASSING = frozenset({603, 604, 625, 630, 90073, 200001})
#: Codes of the session, and of logging in: from here on is what is said of a user, a token or a policy.
_LOGIN = range(390_000, 391_000)


class OvertakenError(UnavailableError):
    """A transaction that was overtaken by another loader's. Nothing of it is there."""


def login_error(account: str, error: driver.Error) -> UnavailableError:
    """Return what to raise for an error of the driver's while it logs in."""
    if error.errno in _LOGIN:
        return RefusedError(f"Snowflake does not let the user into {account}: it says {error.errno}")
    return UnavailableError(f"Snowflake cannot be reached at {account}")


def error_of(about: str, error: driver.Error) -> Exception:
    """Return what to raise for an error of the driver's while it carries out a statement."""
    code = error.errno
    text = f"{about}: Snowflake says {code:06}" + (f", query {error.sfqid}" if error.sfqid else "")
    if not isinstance(error, driver.ProgrammingError) or code in _LOGIN:
        return UnavailableError(f"{about}: Snowflake cannot be reached, or has ended the session")
    if code in _REFUSING:
        return RefusedError(text)
    return UnavailableError(text) if code in _PASSING else StatementError(text)
