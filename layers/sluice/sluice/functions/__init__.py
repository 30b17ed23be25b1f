"""Functions of users, and what one imports: the types of its handlers, and errors that say what becomes of an event.

https://segment.com/docs/connections/functions/ has the handlers and the errors under the names of JavaScript.
"""

from sluice.functions.errors import Drop, Invalid, NotSupported, Retry
from sluice.functions.requests import fetch
from sluice.functions.types import Event, Result, Settings

__all__ = ["Drop", "Event", "Invalid", "NotSupported", "Result", "Retry", "Settings", "fetch"]
