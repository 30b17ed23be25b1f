"""Run a user's function: in its time, with its output bounded and without secrets, whatever it raises.

A handler runs on the main thread, where a timer can end it. What does not return to Python, a C call without end, ends
with the Lambda's own time.
"""

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from sluice.functions.errors import LateError
from sluice.telemetry import logs

#: Handlers by the type of an event, Segment's names in Python's spelling. `transform` takes what has none.
HANDLERS = {
    "identify": "on_identify", "track": "on_track", "page": "on_page", "screen": "on_screen", "group": "on_group",
    "alias": "on_alias",
}  # fmt: skip
ANY, BATCH = "transform", "on_batch"
#: Seconds of a handler at most, as Segment's.
MAX_SECONDS = 5.0
#: Characters that a handler prints, of which a log keeps so many.
_MAX_OUTPUT = 4000


class FunctionError(Exception):
    """A function cannot be loaded, or broke. The text has its place and the kind of error, and nothing of the event."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is loaded. `secrets` are not to be printed."""

    name: str
    module: ModuleType
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seconds: float = MAX_SECONDS
    secrets: Collection[str] = field(default=(), repr=False)

    def handler(self, kind: object) -> Callable[..., Any] | None:
        """Return the handler of a type of event, None without one."""
        found = getattr(self.module, HANDLERS.get(str(kind), ""), None) or getattr(self.module, ANY, None)
        return found if callable(found) else None

    @property
    def batch_handler(self) -> Callable[..., Any] | None:
        found = getattr(self.module, BATCH, None)
        return found if callable(found) else None

    def run(self, handler: Callable[..., Any], argument: Any, seconds: float | None = None) -> Any:
        """Return what a handler returns. Raises what it raises, LateError when its time is over.

        A child that it forked ends here: else there would be two of us, each with the rest of the events.
        """
        _listen()
        process, output, before = os.getpid(), _Output(), (sys.stdout, sys.stderr)
        sys.stdout = sys.stderr = output
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds or self.seconds)
            return handler(argument, dict(self.settings))
        finally:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0)
            finally:  # the timer may end just this
                sys.stdout, sys.stderr = before
            if os.getpid() != process:
                os._exit(0)
            if output.tell():
                self._tell(output.getvalue())

    def fault(self, error: BaseException) -> str:
        """Return the kind of an error and its line in the function: `ValueError in clean_up.py, line 12`."""
        file = str(self.module.__file__)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        kind = "time is over" if isinstance(error, LateError) else type(error).__name__
        return f"{kind} in {self.name}" + (f", line {lines[-1]}" if lines else "")

    def _tell(self, text: str) -> None:
        """Log what a handler printed. It is the user's own text, but for secrets."""
        if not text.strip():
            return
        for secret in self.secrets:
            text = text.replace(secret, "…") if secret else text
        logs.logger.info("printed", extra={"function": self.name, "text": text[:_MAX_OUTPUT]})


class _Output(io.StringIO):
    """Text of bounded length; what is beyond it is gone."""

    def write(self, text: str, /) -> int:
        room = _MAX_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def load(file: Path) -> ModuleType:
    """Return the module of a file, which may import what lies beside it. Raises FunctionError."""
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    spec = spec_from_file_location(f"sluice_function_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise FunctionError(f"there is no function {file.name}")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise FunctionError(f"{type(error).__name__} while {file.name} is loaded") from error
    return module


def _late(*_: object) -> None:
    raise LateError


def _listen() -> None:
    """Have the timer end a handler. A handler that took the signal for itself loses it again with the next event."""
    if signal.getsignal(signal.SIGALRM) is not _late:
        signal.signal(signal.SIGALRM, _late)
