"""The report of a load: in metrics, in the log, and as a line that `sluice warehouse status` shows."""

from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit

from sluice.telemetry import logs, metrics, steps
from sluice.telemetry.metrics import Metric, counted
from sluice.warehouses.loader import Report


def report(warehouse: str, found: Report, now: float) -> str:
    """Report a load and return its line."""
    metrics.emit(
        counted("WarehouseFilesLoaded", found.files),
        counted("WarehouseRowsLoaded", found.rows),
        counted("WarehouseValuesRejected", found.rejects),
        Metric("WarehouseRejectShare", MetricUnit.NoUnit, [found.rejects / found.rows] if found.rows else []),
        counted("WarehouseFilesFailed", found.failed),
        counted("WarehousePaused", int(found.is_refused)),
        counted("WarehouseUnavailable", int(bool(found.refusal) and not found.is_refused)),
        warehouse=warehouse,
    )
    line = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC: {found}"
    if found.refusal or found.failed or found.given_up:
        logs.logger.warning("not all was loaded", extra={"result": str(found)})
    elif found.files:
        steps.step("loaded", count=found.events)
        logs.logger.info("loaded", extra={"result": str(found)})
    return line
