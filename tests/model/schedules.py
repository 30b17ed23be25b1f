"""Every order in which processes can take their steps, and every step at which one of them can die.

A process is a function that calls `Run.step` before whatever others can notice. It runs in a thread of its own, but
only one runs at a time, from one step to the next, so that the schedule alone decides what happens. An execution is
repeated with the next schedule until there are none left: a depth-first search, as model checkers do it, over the real
code in place of a model of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Semaphore, Thread, current_thread


class DiedError(BaseException):
    """The process is gone. No code under test may catch this."""


@dataclass(slots=True)
class Schedule:
    """The choices of one execution: those of `prefix`, then always the first."""

    prefix: list[int]
    taken: list[tuple[int, int]] = field(default_factory=list)

    def choose(self, options: int) -> int:
        position = len(self.taken)
        choice = self.prefix[position] if position < len(self.prefix) else 0
        self.taken.append((choice, options))
        return choice

    def following(self) -> list[int] | None:
        """The next prefix in order; None after the last."""
        for position in reversed(range(len(self.taken))):
            choice, options = self.taken[position]
            if choice + 1 < options:
                return [*(before for before, _ in self.taken[:position]), choice + 1]
        return None


def schedules() -> Iterator[Schedule]:
    prefix: list[int] | None = []
    while prefix is not None:
        schedule = Schedule(prefix)
        yield schedule
        prefix = schedule.following()


@dataclass(slots=True)
class _Process:
    number: int
    work: Callable[[], None]
    may_go: Semaphore = field(default_factory=lambda: Semaphore(0))
    must_die: bool = False
    is_over: bool = False
    has_died: bool = False
    fault: BaseException | None = None


@dataclass(slots=True)
class Run:
    """One execution. At most `deaths` processes die in it."""

    schedule: Schedule
    deaths: int = 0
    _paused: Semaphore = field(default_factory=lambda: Semaphore(0))
    _processes: dict[Thread, _Process] = field(default_factory=dict)

    def step(self) -> None:
        """Called by a process: others may run now, and this one may die here."""
        process = self._processes.get(current_thread())
        if process is None:
            return
        self._paused.release()
        process.may_go.acquire()
        if process.must_die:
            raise DiedError

    def together(self, *works: Callable[[], None]) -> list[int]:
        """Run these until all are over, in the order of the schedule; the indices of those that died."""
        processes = [_Process(number, work) for number, work in enumerate(works)]
        self._processes = {Thread(target=self._live, args=(each,), daemon=True): each for each in processes}
        for thread in self._processes:
            thread.start()
            self._paused.acquire()
        while alive := [process for process in processes if not process.is_over]:
            options = [(process, False) for process in alive]
            options += [(process, True) for process in alive] if self.deaths else []
            chosen, dies = options[self.schedule.choose(len(options))]
            chosen.must_die = dies
            self.deaths -= dies
            chosen.may_go.release()
            self._paused.acquire()
        for thread, process in self._processes.items():
            thread.join()
            if process.fault is not None:
                raise process.fault
        return [process.number for process in processes if process.has_died]

    def _live(self, process: _Process) -> None:
        try:
            process.work()
        except DiedError:
            process.has_died = True
        except BaseException as error:  # noqa: BLE001 - told to the test
            process.fault = error
        finally:
            process.is_over = True
            self._paused.release()
