"""What ends a command: one line for the operator, and an exit status."""


class OperatorError(Exception):
    """What stands in the way, and what to do about it."""


class UsageError(OperatorError):
    """The command makes no sense."""
