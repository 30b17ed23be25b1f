"""A function's workers: processes with the real runtime client, started, scaled and replaced as Lambda does."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

from local import processes
from local.functions.runtime import Invocation, Outcome, RuntimeApi, failure
from local.functions.spec import lambda_environment

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Coroutine, Mapping

    from local.functions.logs import FunctionsLog
    from local.functions.spec import FunctionSpec

# Started before they are needed: somebody waits for the edge, and a burst of requests shall not wait for a start.
EDGE_AHEAD = 2
QUEUE_AHEAD = 1
MAX_WORKERS = 4
# A further worker costs a process start, so short queues are waited out.
SCALE_AFTER = 0.15  # seconds
INIT_TIMEOUT = 30.0  # seconds; Lambda gives 10, on hardware of its own


class InitError(Exception):
    """A worker that did not reach its first invocation."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(_first_words(outcome.payload))
        self.outcome = outcome


def _first_words(payload: bytes) -> str:
    """`errorType: errorMessage` of an error object in Lambda's shape."""
    try:
        error = json.loads(payload)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return payload.decode(errors="replace")


class Worker:
    """One execution environment: a process, its Runtime API, at most one invocation."""

    def __init__(self, spec: FunctionSpec, environment: Mapping[str, str], log: FunctionsLog) -> None:
        self._spec = spec
        self._environment = environment
        self._log = log
        self._init: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running: Invocation | None = None
        self._api = RuntimeApi(self._ready, self._init_failed)
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Until the worker asks for an invocation. Raises InitError."""
        environment = {
            **processes.inherited_environment(),
            **lambda_environment(self._spec),
            **self._environment,
            "AWS_LAMBDA_RUNTIME_API": await self._api.listen(),
        }
        command = [sys.executable, "-m", "awslambdaric", self._spec.handler]
        self._process = await processes.start(command, environment, self._spec.code, asyncio.subprocess.PIPE)
        if not self._spec.routes:
            processes.step_back(self._process)  # somebody waits for the edge, nobody for what comes after
        self._watching = asyncio.create_task(self._watch(self._process))
        try:
            await asyncio.wait_for(self._init, INIT_TIMEOUT)
        except TimeoutError:
            await self.stop()
            text = f"Init timed out after {INIT_TIMEOUT:.0f} seconds"
            self._log.platform(self._spec.service, "ERROR", text)
            raise InitError(failure("Sandbox.Timedout", text)) from None
        except InitError:
            await self.stop()
            raise

    async def run(self, payload: bytes) -> Outcome:
        """One invocation. The function's time is bounded here, as in Lambda by ending the worker."""
        deadline_ms = int((time.time() + self._spec.timeout) * 1000)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        invocation = Invocation(payload, self._spec.arn, deadline_ms, outcome)
        if not self.alive:
            return failure("Runtime.ExitError", f"RequestId: {invocation.request_id} Error: Runtime exited")
        self._running = invocation
        self._api.deliver(invocation)
        try:
            return await asyncio.wait_for(outcome, self._spec.timeout)
        except TimeoutError:
            text = f"{invocation.request_id} Task timed out after {self._spec.timeout:.2f} seconds"
            self._log.platform(self._spec.service, "ERROR", text)
            await self.stop(grace=0)
            return failure("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: {text[37:]}")
        finally:
            self._running = None

    async def stop(self, grace: float = 1) -> None:
        if self._process:
            await processes.stop(self._process, grace)
        if self._watching:
            await self._watching
        await self._api.close()

    def _ready(self) -> None:
        if not self._init.done():
            self._init.set_result(None)

    def _init_failed(self, outcome: Outcome) -> None:
        if not self._init.done():
            self._init.set_exception(InitError(outcome))

    async def _watch(self, process: Process) -> None:
        assert process.stdout  # noqa: S101 - started with a pipe
        await self._log.copy(self._spec.service, process.stdout)
        status = await process.wait()
        exited = f"Runtime exited with error: {f'signal {-status}' if status < 0 else f'exit status {status}'}"
        if not self._init.done():
            self._log.platform(self._spec.service, "ERROR", exited)
            self._init_failed(failure("Runtime.ExitError", exited))
        if self._running and not self._running.outcome.done():
            text = f"RequestId: {self._running.request_id} Error: {exited}"
            self._log.platform(self._spec.service, "ERROR", text)
            self._running.outcome.set_result(failure("Runtime.ExitError", text))


class Function:
    """A function that can be invoked: workers come with the load and are never shared between invocations."""

    def __init__(self, spec: FunctionSpec, environment: Mapping[str, str], log: FunctionsLog) -> None:
        self.spec = spec
        self._environment = environment
        self._log = log
        self._ahead = EDGE_AHEAD if spec.routes else QUEUE_AHEAD
        self._generation = 0
        self._workers: dict[Worker, int] = {}
        self._starting = 0
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._starts: set[asyncio.Task[object]] = set()
        self._stops: set[asyncio.Task[object]] = set()

    async def invoke(self, payload: bytes) -> Outcome:
        try:
            worker = await self._take()
        except InitError as error:
            return error.outcome
        try:
            return await worker.run(payload)
        finally:
            self._give_back(worker)

    async def warm(self) -> InitError | None:
        """Have some workers ready. One that cannot start says so here, in the log, and when it is needed."""
        missing = self._ahead - list(self._workers.values()).count(self._generation)
        errors = await asyncio.gather(*(self._start_worker() for _ in range(missing)))
        return next(filter(None, errors), None)

    async def replace(self, spec: FunctionSpec | None = None) -> InitError | None:
        """Take new code or configuration: invocations in flight end where they are, the next ones find new workers.

        Code that cannot start changes nothing: the workers of the version before go on.
        """
        candidates = [Worker(spec or self.spec, self._environment, self._log) for _ in range(self._ahead)]
        try:
            results = await asyncio.gather(*(each.start() for each in candidates), return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.gather(*(each.stop(grace=0) for each in candidates))
            raise
        errors = [each for each in results if isinstance(each, BaseException)]
        started = [each for each, result in zip(candidates, results, strict=True) if result is None]
        if errors:
            await asyncio.gather(*(each.stop() for each in started))
            if isinstance(errors[0], InitError):
                return errors[0]
            raise errors[0]
        self.spec = spec or self.spec
        self._generation += 1
        for worker in self._idle:
            self._retire(worker)
        self._idle.clear()
        for worker in started:
            self._workers[worker] = self._generation
            self._give_back(worker)
        return None

    async def close(self) -> None:
        for waiter in self._waiting:
            waiter.cancel()
        for task in self._starts:
            task.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        for worker in list(self._workers):
            self._retire(worker)
        await asyncio.gather(*self._stops)

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._retire(worker)
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._scale(waiter)
        return await waiter

    def _scale(self, waiter: asyncio.Future[Worker]) -> None:
        """One worker at once where there is none, a further one for whoever has waited a while."""
        if waiter.done():
            return
        current = list(self._workers.values()).count(self._generation)
        if current + self._starting == 0:
            _keep(self._starts, self._start_worker())
        asyncio.get_running_loop().call_later(SCALE_AFTER, self._scale_on, waiter, current)

    def _scale_on(self, waiter: asyncio.Future[Worker], before: int) -> None:
        if not waiter.done() and before and not self._starting and len(self._workers) < MAX_WORKERS:
            _keep(self._starts, self._start_worker())
        self._scale(waiter)

    async def _start_worker(self) -> InitError | None:
        generation = self._generation
        worker = Worker(self.spec, self._environment, self._log)
        self._starting += 1
        try:
            await worker.start()
        except InitError as error:
            self._refuse(error)
            return error
        except asyncio.CancelledError:
            await worker.stop(grace=0)
            raise
        finally:
            self._starting -= 1
        self._workers[worker] = generation
        self._give_back(worker)
        return None

    def _refuse(self, error: InitError) -> None:
        """Everyone who waits for a worker of this code gets its error: another start would only repeat it."""
        while self._waiting and not self._workers:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    def _give_back(self, worker: Worker) -> None:
        if not worker.alive or self._workers.get(worker) != self._generation:
            self._retire(worker)
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    def _retire(self, worker: Worker) -> None:
        self._workers.pop(worker, None)
        _keep(self._stops, worker.stop())


def _keep(tasks: set[asyncio.Task[object]], work: Coroutine[None, None, object]) -> None:
    """Run it beside us, and hold on to it until it is done."""
    task: asyncio.Task[object] = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
