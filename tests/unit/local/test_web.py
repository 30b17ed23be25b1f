"""The scripts for browsers are built at the start; without npm or a network everything else still works."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from local import processes, web


def test_a_build_that_fails_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def fail(*_: Any) -> tuple[int, str]:
        return 1, "web: npm cannot install it: npm error code ENOTFOUND\n"

    monkeypatch.setattr(processes, "run", fail)
    asyncio.run(web.provide_scripts(tmp_path / "absent"))
    asyncio.run(web.provide_scripts(tmp_path))
    first, second = capsys.readouterr().out.splitlines()
    assert "analytics.js cannot be served: web: npm cannot install it: npm error code ENOTFOUND" in first
    assert "analytics.js is not the newest" in second
