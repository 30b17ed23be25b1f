"""Runs a row's SDK: its main script against the gateway, and one short script for each fault, all at once."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.compat.faults import FAULTS, Fault
from checks.compat.installation import HERE, STATE, bundle_of
from checks.compat.proxy import Proxy, Upload
from checks.compat.rows import Row
from checks.compat.script import MAIN, Call, fault_calls, main_calls
from checks.compat.system import end

#: Seconds for one run of a row, and what the process gets on top to start and end. An SDK that is done ends its run;
#: this ends one that hangs, and leaves a busy machine its time.
SECONDS, SPARE = 300, 60


@dataclass(frozen=True)
class Told:
    """What the SDK says of one call."""

    message_id: str | None
    error: str | None


@dataclass(frozen=True)
class Run:
    """`calls` and `told` are in the same order; `errors` are what the SDK reported by itself."""

    row: Row
    name: str
    calls: Sequence[Call]
    told: Sequence[Told]
    errors: Sequence[str]
    fault: Fault | None = None
    uploads: Sequence[Upload] = ()


@dataclass(frozen=True)
class Tools:
    """What runs the SDKs: an interpreter per Python environment, Node, the browser, and where its pages are."""

    pythons: Mapping[str, Path]
    node: str = ""
    chromium: str = ""
    pages: str = ""


async def run_row(row: Row, tools: Tools, gateway: str) -> list[Run]:
    async with AsyncExitStack() as stack:
        faults = () if row.clicks else [fault for fault in FAULTS if fault.name not in row.waits_too_long]
        proxies = {fault.name: await stack.enter_async_context(Proxy(gateway, fault).listening()) for fault in faults}
        calls = {MAIN: main_calls(row)} | {name: fault_calls(row, name) for name in proxies}
        results = await _results(row, tools, _job(row, tools, gateway, proxies, calls))
        return [_run(row, name, calls[name], results.get(name, {}), proxies.get(name)) for name in calls]


def _job(
    row: Row, tools: Tools, gateway: str, proxies: Mapping[str, Proxy], calls: Mapping[str, list[Call]]
) -> dict[str, Any]:
    runs = [{"name": MAIN, "host": gateway, "calls": calls[MAIN], "quiet": 2.0}]
    for name, proxy in proxies.items():
        runs.append({"name": name, "host": proxy.url, "calls": calls[name], "quiet": proxy.fault.quiet})
    return {
        "program": row.program,
        "writeKey": row.key + row.key_suffix,
        "options": dict(row.options),
        "seconds": SECONDS,
        "runs": runs,
        "chromium": tools.chromium,
        "page": f"{tools.pages}/{row.program}.html",
        "clicks": row.clicks,
        "screenshots": {MAIN: str(STATE / f"{row.id}.png")},
    }


async def _results(row: Row, tools: Tools, job: Mapping[str, Any]) -> Mapping[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *_command(row, tools),
        cwd=HERE,
        env=os.environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, complaints = await asyncio.wait_for(process.communicate(json.dumps(job).encode()), SECONDS + SPARE)
        results: dict[str, Any] = json.loads(output)["runs"]
    except TimeoutError:
        return {name: {"errors": ["the process did not end in time"]} for name in (run["name"] for run in job["runs"])}
    except ValueError:
        text = complaints.decode(errors="replace")[-1000:]
        return {name: {"errors": [f"no result: {text}"]} for name in (run["name"] for run in job["runs"])}
    finally:
        if process.returncode is None:
            await end(process, 5)
    return results


def _command(row: Row, tools: Tools) -> list[str]:
    match row.runner:
        case "python":
            return [str(tools.pythons[row.environment]), str(HERE / "sdks/python_client.py")]
        case "node":
            return [tools.node, str(HERE / "sdks" / row.program)]
        case "bundle":
            return [tools.node, str(bundle_of(row))]
    return [tools.node, str(HERE / "sdks/browser.mjs")]


def _run(row: Row, name: str, calls: Sequence[Call], result: Mapping[str, Any], proxy: Proxy | None) -> Run:
    told = [Told(each.get("messageId"), each.get("error")) for each in result.get("calls", ())]
    told += [Told(None, "the SDK did not get to this call")] * (len(calls) - len(told))
    uploads = list(proxy.uploads) if proxy else []
    return Run(row, name, calls, told, result.get("errors", ()), proxy.fault if proxy else None, uploads)
