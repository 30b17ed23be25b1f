"""README.md, followed to the letter on a running system. Only the ports are others."""

import contextlib
import json
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pages import ROOT, blocks, commands
from tests.system.conftest import System, eventually

HERE = "http://127.0.0.1:3000"


def archived(system: System, event: str, source: str) -> list[dict[str, Any]]:
    """Events of this name or type from this source, as soon as there are any."""

    def look() -> list[dict[str, Any]]:
        found = [each for each in system.archived() if each["sourceId"] == source]
        return [each for each in found if event in (each.get("event"), each["type"])]

    return eventually(look, bool)


def test_make_run_prints_what_the_readme_shows(system: System) -> None:
    shown = blocks("README.md", "text")[0].strip()
    assert shown.replace(HERE, system.url) in system.output.read_text()


def test_the_sdk_example(system: System, tmp_path: Path) -> None:
    script = tmp_path / "first_event.py"
    script.write_text(blocks("README.md", "python")[0].replace(HERE, system.url))
    subprocess.run([sys.executable, script], check=True, timeout=30)
    assert archived(system, "Order Completed", "server")
    assert [each for each in archived(system, "identify", "server") if each["traits"] == {"email": "ana@example.com"}]


def test_the_pixel_and_the_link(system: System) -> None:
    pixel, link = (re.findall(r'"(http[^"]+)"', block)[0] for block in blocks("README.md", "html"))
    with urllib.request.urlopen(pixel.replace(HERE, system.url)) as answer:
        assert answer.read().startswith(b"GIF89a")
    click = urllib.request.Request(link.replace(HERE, system.url), headers={"user-agent": "Mozilla/5.0 (iPhone)"})
    with urllib.request.urlopen(click) as answer:
        assert answer.status == 204
    assert archived(system, "Email Opened", "website")[0]["properties"] == {"subject": "Hello"}
    assert archived(system, "Link Clicked", "website")[0]["userId"] == "user-1"


def run_curl(system: System, command: str) -> None:
    printed = system.run(*shlex.split(command.replace(HERE, system.url)))
    if "/inbox" in command:
        assert json.loads(printed)["deliveries"]
    else:
        assert json.loads(printed) == {"success": True}
        assert archived(system, "Order Completed", "website")


def run_tail(system: System, command: str) -> None:
    """It follows for ever, so it is stopped when it has shown what it promises."""
    process = subprocess.Popen(command.split(), cwd=ROOT, env=system.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = {"accepted", "delivered"}
    with contextlib.closing(process.stdout):
        for line in process.stdout:
            left -= {step for step in left if step in line}
            if not left:
                break
        process.terminate()
    process.wait(10)
    assert not left


def run_archive(system: System, command: str) -> None:
    printed = system.run(*command.split())
    assert all("messageId" in json.loads(line) for line in printed.splitlines())


#: What has tests of its own, or runs this test.
ELSEWHERE = {
    "make run": "tests/system/conftest.py",
    "make workspace": "tests/system/test_deploy.py",
    "make deploy": "tests/system/test_deploy.py",
    "make bench": "tests/system/test_figures.py",
    "make cost": "tests/system/test_figures.py",
    "make test": "Makefile",
}


def run_elsewhere(_: System, command: str) -> None:
    assert command.removeprefix("make ") in (ROOT / ELSEWHERE[command]).read_text()


def run_cost(_: System, command: str) -> None:
    """Given the reader's numbers and a little of the traffic, the bill has a sum for them."""
    shown = subprocess.run(
        [*command.split(), "SHARE=0.05"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout
    assert "50,000,000 events a month, 19.3 a second, 5 a request, to 4 destinations" in shown
    assert re.search(r"together\W+[0-9.]+", shown)


def run_sql(system: System, command: str) -> None:
    """Given the orders of the page, they are rows a minute later."""
    assert archived(system, "Order Completed", "website")
    assert "Order Completed" in system.run(*shlex.split(command))


SQL = next(command for command in commands("README.md") if command.startswith("make sql"))
RUNS: dict[str, Callable[[System, str], None]] = {
    SQL: run_sql,
    "make tail": run_tail,
    "make archive": run_archive,
    "make cost EVENTS=50M BATCH=5 DESTINATIONS=4": run_cost,
    **dict.fromkeys(ELSEWHERE, run_elsewhere),
}


@pytest.mark.parametrize("command", commands("README.md"))
def test_every_command_of_the_readme(system: System, command: str) -> None:
    (run_curl if command.startswith("curl ") else RUNS[command])(system, command)
