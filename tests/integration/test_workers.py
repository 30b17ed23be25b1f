"""Workers with the real runtime client: one invocation at a time, time-outs, crashes, replacement."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from local.functions.logs import FunctionsLog
from local.functions.spec import FunctionSpec
from local.functions.workers import Function, InitError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

CODE = """
import os, time
def handler(event, context):
    match event["do"]:
        case "echo": return {"event": event, "name": context.function_name, "id": context.aws_request_id}
        case "pid": time.sleep(event.get("for", 0)); return os.getpid()
        case "raise": raise ValueError("what is wrong")
        case "exit": os._exit(3)
        case "print": print("plain words")
        case "large": return "x" * (7 * 1024 * 1024)
"""


def run(
    tmp_path: Path, scenario: Callable[[Function], Coroutine[Any, Any, None]], code: str = CODE, timeout: int = 10
) -> str:
    """Run a scenario against a function of that code; returns the log."""
    folder = tmp_path / "function"
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(code)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:probe"
    spec = FunctionSpec("probe", arn, folder, "app.handler", timeout, 128, {}, ())

    async def whole() -> None:
        log = FunctionsLog(tmp_path / "functions.log")
        function = Function(spec, {"PYTHONPYCACHEPREFIX": str(tmp_path / "cache")}, log)
        try:
            await asyncio.wait_for(scenario(function), 30)
        finally:
            await function.close()
            log.close()

    asyncio.run(whole())
    return (tmp_path / "functions.log").read_text()


async def call(function: Function, do: str, **more: Any) -> Any:
    outcome = await function.invoke(json.dumps({"do": do, **more}).encode())
    return json.loads(outcome.payload)


def test_the_handler_gets_event_and_context(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        answer = await call(function, "echo", text="é")
        assert answer["event"] == {"do": "echo", "text": "é"}
        assert answer["name"] == "probe"
        assert len(answer["id"]) == 36
        assert (await call(function, "print")) is None

    assert json.loads(run(tmp_path, scenario))["message"] == "plain words"


def test_a_worker_has_one_invocation_and_waiting_brings_more_workers(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        one_after_the_other = {await call(function, "pid") for _ in range(3)}
        assert len(one_after_the_other) == 1
        at_once = await asyncio.gather(*(call(function, "pid", **{"for": 0.8}) for _ in range(3)))
        assert len(set(at_once)) > 1

    run(tmp_path, scenario)


def test_errors_have_lambdas_shape_and_leave_the_worker_alive(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        before = await call(function, "pid")
        outcome = await function.invoke(b'{"do": "raise"}')
        assert outcome.failed
        error = json.loads(outcome.payload)
        assert (error["errorType"], error["errorMessage"]) == ("ValueError", "what is wrong")
        large = await function.invoke(b'{"do": "large"}')
        assert json.loads(large.payload)["errorType"] == "Function.ResponseSizeTooLarge"
        assert await call(function, "pid") == before

    run(tmp_path, scenario)


def test_a_crash_and_a_time_out_end_the_worker_only(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        first = await call(function, "pid")
        assert (await call(function, "exit"))["errorType"] == "Runtime.ExitError"
        second = await call(function, "pid")
        timed_out = await call(function, "pid", **{"for": 5})
        assert timed_out["errorType"] == "Sandbox.Timedout"
        assert "Task timed out after 1.00 seconds" in timed_out["errorMessage"]
        assert len({first, second, await call(function, "pid")}) == 3

    log = run(tmp_path, scenario, timeout=1)
    assert "exit status 3" in log
    assert "Task timed out after 1.00 seconds" in log


def test_new_code_takes_over_after_the_invocation_in_hand(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        old = await call(function, "pid")
        in_hand = asyncio.create_task(call(function, "pid", **{"for": 0.8}))
        await asyncio.sleep(0.2)
        (tmp_path / "function/app.py").write_text("def handler(event, context):\n    return 'new'\n")
        assert await function.replace() is None
        assert await call(function, "pid") == "new"
        assert await in_hand == old

    run(tmp_path, scenario)


def test_what_ran_before_a_mistake_goes_on(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        before = await call(function, "pid")
        (tmp_path / "function/app.py").write_text("def x(:")
        error = await function.replace()
        assert str(error).startswith("Runtime.UserCodeSyntaxError: ")
        assert await call(function, "pid") == before
        (tmp_path / "function/app.py").write_text(CODE)
        assert await function.replace() is None
        assert await call(function, "pid") != before

    run(tmp_path, scenario)


def test_code_that_does_not_start_says_so_and_recovers(tmp_path: Path) -> None:
    async def scenario(function: Function) -> None:
        error = await function.warm()
        assert isinstance(error, InitError)
        assert str(error).startswith("Runtime.UserCodeSyntaxError: ")
        assert (await call(function, "pid"))["errorType"] == "Runtime.UserCodeSyntaxError"
        (tmp_path / "function/app.py").write_text(CODE)
        assert await function.replace() is None
        assert isinstance(await call(function, "pid"), int)

    run(tmp_path, scenario, code="def (")
