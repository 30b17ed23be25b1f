"""The errors by which a function says what is to become of an event. Any other is a mistake in the function."""


class Drop(Exception):  # noqa: N818 - Segment's name, DropEvent
    """The event is not to go to this destination. It stays in the archive."""


class Invalid(Exception):  # noqa: N818 - Segment's name, InvalidEventPayload
    """The event is not as it has to be, and no other attempt will change that."""


class NotSupported(Exception):  # noqa: N818 - Segment's name, EventNotSupported
    """The function does nothing with such events."""


class Retry(Exception):  # noqa: N818 - Segment's name, RetryError
    """Another attempt may succeed, not before `after` seconds."""

    def __init__(self, text: str = "", *, after: float | None = None) -> None:
        super().__init__(text)
        self.after = after


class LateError(BaseException):
    """The time of a handler is over. It is no Exception, so that a handler's own `except Exception` lets it pass."""
