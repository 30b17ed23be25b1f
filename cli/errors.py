"""Errors that end a command, each with one line for the operator and an exit status."""


class OperatorError(Exception):
    """An error of the operator's: the obstacle, and what to do about it."""


class UsageError(OperatorError):
    """The command makes no sense."""
