"""The report of a load: a line for people, metrics for alarms, and a step for `make tail`."""

import json
import logging

import pytest

from sluice.telemetry.logs import logger
from sluice.warehouses.loader import Report
from sluice.warehouses.report import report


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (Report(), "0 files, 0 rows"),
        (Report(files=2, events=3, rows=6), "2 files, 6 rows"),
        (
            Report(files=1, rows=1200, rejects=7, is_stopped=True),
            "1 files, 1,200 rows, 7 values rejected, more are waiting",
        ),
        (Report(failed=3, given_up=1), "0 files, 0 rows, 3 files failed, 1 given up"),
        (Report(refusal="Postgres cannot be reached"), "Postgres cannot be reached"),
    ],
)
def test_a_load_is_told_in_a_line(found: Report, line: str) -> None:
    assert report("main", found, 0) == f"1970-01-01 00:00 UTC: {line}"


def test_a_load_of_nothing_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    report("main", Report(), 0)
    assert capsys.readouterr().out == ""


def test_what_was_loaded_is_a_step_and_in_the_metrics(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger._logger, "level", logging.DEBUG)
    report("main", Report(files=1, events=3, rows=6), 0)
    assert [vars(each).get("count") for each in caplog.records if vars(each).get("step") == "loaded"] == [3]
    (metrics,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (metrics["WarehouseFilesLoaded"], metrics["WarehouseRowsLoaded"]) == ([1.0], [6.0])
