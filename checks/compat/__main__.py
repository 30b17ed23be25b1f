"""`python -m checks.compat [ROW …]`: run the SDKs and print what became of every event; exit with 1 if one went wrong.

What cannot be run on this machine is skipped, and said so. Everything else is kept below .sluice/compat.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from rich.console import Console

from checks.compat import installation as install
from checks.compat.comparison import Found, Verdict, judge
from checks.compat.fields import Window
from checks.compat.rows import ROWS, Row
from checks.compat.run import Run, Tools, run_row
from checks.compat.script import mark_of
from checks.compat.system import workspace_of
from checks.compat.table import show
from local.own import Running, StartError, local_system
from tests.receiver import Receiver

#: Rows at the same time: most of them wait, but a browser wants a core.
_AT_ONCE, _BROWSERS_AT_ONCE = 5, 2
#: Seconds for what was accepted to reach archive and webhook, and without news after which nothing more will.
_SETTLING, _SILENCE = 60, 6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.compat", description="Real SDKs against the local system.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="; ".join(f"{row.id}: {row.name}" for row in ROWS))
    chosen = parser.parse_args(arguments).rows
    if unknown := sorted(set(chosen) - {row.id for row in ROWS}):
        parser.error(f"there is no row {unknown[0]!r}")
    # Tables in a log are as wide as they have to be.
    console = Console(width=None if sys.stdout.isatty() else 180)
    try:
        return asyncio.run(_main([row for row in ROWS if not chosen or row.id in chosen], console))
    except StartError as error:
        console.print(f"the local system did not start:\n{error}", markup=False)
    except install.InstallError as error:
        console.print(f"not everything could be installed: {error}", markup=False)
    return 1


async def _main(rows: Sequence[Row], console: Console) -> int:
    started = time.monotonic()
    install.STATE.mkdir(parents=True, exist_ok=True)
    tools, skipped = await _tools(rows)
    running = [row for row in rows if row not in skipped]
    verdicts: list[Verdict] = []
    if running:
        verdicts = await _run(running, tools, console)
    show(console, verdicts, skipped)
    _keep(verdicts, skipped)
    good = not any(verdict.problems for verdict in verdicts)
    outcome = "all is as it must be" if good else "NOT all is as it must be"
    console.print(
        f"{len(running)} of {len(rows)} SDKs run, {len(skipped)} skipped; {outcome}; "
        f"in {time.monotonic() - started:.0f} s. Kept: {install.STATE.relative_to(Path.cwd(), walk_up=True)}/",
        style="bold green" if good else "bold red",
        highlight=False,
    )
    return 0 if good else 1


async def _tools(rows: Sequence[Row]) -> tuple[Tools, dict[Row, str]]:
    """What there is to run the rows, and why some cannot be run. Raises InstallError."""
    pythons: dict[str, Path] = {}
    skipped: dict[Row, str] = {}
    node = chromium = ""
    for row in rows:
        try:
            if row.runner == "python":
                pythons[row.environment] = await install.python_of(row)
            else:
                node = node or await install.node()
            if row.runner == "bundle":
                await install.bundle(row, node)
            if row.runner == "browser":
                chromium = chromium or await install.pages(node)
        except install.MissingError as error:
            skipped[row] = str(error)
    return Tools(pythons, node, chromium), skipped


async def _run(rows: Sequence[Row], tools: Tools, console: Console) -> list[Verdict]:
    start = datetime.now(UTC)
    folder = Path(tempfile.mkdtemp(prefix="sluice-compat-"))
    try:
        with Receiver() as receiver, local_system(folder, workspace_of(rows, f"{receiver.url}/hook")) as system:
            async with _pages() as pages:
                console.print(f"the local system is up at {system.url}; running {len(rows)} SDKs …", highlight=False)
                tools = Tools(tools.pythons, tools.node, tools.chromium, pages)
                runs = [run for each in await _run_all(rows, tools, system, console) for run in each]
                found = await _settled(system, receiver, runs)
                errors = await asyncio.to_thread(system.archived, "--errors")
    finally:
        shutil.copy(folder / "output.txt", install.STATE / "system.txt")
        shutil.rmtree(folder, ignore_errors=True)
    _write("events.json", found.archived)
    verdicts = judge(runs, found, Window(start, datetime.now(UTC)))
    if errors:
        verdicts[0].problems.append(f"Firehose could not process {len(errors)} records: {errors[0]}")
    return verdicts


async def _run_all(rows: Sequence[Row], tools: Tools, system: Running, console: Console) -> list[list[Run]]:
    together, browsers = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_BROWSERS_AT_ONCE)

    async def one(row: Row) -> list[Run]:
        async with browsers if row.runner == "browser" else together:
            started = time.monotonic()
            runs = await run_row(row, tools, system.url)
            console.print(f"  {row.name}: {time.monotonic() - started:.0f} s", highlight=False)
            return runs

    return list(await asyncio.gather(*map(one, rows)))


async def _settled(system: Running, receiver: Receiver, runs: Sequence[Run]) -> Found:
    """What has arrived when everything has, or when nothing more does."""
    expected = {mark_of(call) for run in runs for call in run.calls}
    until, seen, since = time.monotonic() + _SETTLING, (0, 0), time.monotonic()
    while True:
        archived = await asyncio.to_thread(system.archived)
        now = (len(archived), len(receiver.received))
        if now != seen:
            seen, since = now, time.monotonic()
        complete = expected <= {mark_of(event) for event in archived} and now[1] >= now[0] - len(runs)
        # Even when all is there, a duplicate may follow.
        quiet = time.monotonic() - since > (_SILENCE / 2 if complete else _SILENCE)
        if quiet or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    delivered = [json.loads(each.body) for each in receiver.received]
    return Found(
        await asyncio.to_thread(system.archived), await asyncio.to_thread(system.archived, "--rejected"), delivered
    )


@asynccontextmanager
async def _pages() -> AsyncIterator[str]:
    """Serves what browsers open, from another origin than the gateway's, as everywhere."""
    install.PAGES.mkdir(parents=True, exist_ok=True)
    app = web.Application()
    app.router.add_static("/", install.PAGES)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _keep(verdicts: Sequence[Verdict], skipped: Mapping[Row, str]) -> None:
    results = [
        {
            "row": each.row.id,
            "sdk": each.row.name,
            "run": each.run,
            "sent": each.sent,
            "archived": each.archived,
            "delivered": each.delivered,
            "lost": each.lost,
            "duplicated": each.duplicated,
            "fieldsWrong": each.wrong,
            "rejected": each.rejected,
            "attempts": each.attempts,
            "delays": each.delays,
            "givenUp": each.given_up,
            "problems": each.problems,
        }
        for each in verdicts
    ]
    _write("results.json", {"runs": results, "skipped": {row.id: reason for row, reason in skipped.items()}})


def _write(name: str, document: Any) -> None:
    (install.STATE / name).write_text(json.dumps(document, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
