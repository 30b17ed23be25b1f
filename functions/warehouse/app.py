"""One configured warehouse: the files of the archive in, its engine out. Its schedule starts it."""

import os
import time
from contextlib import AbstractContextManager
from typing import Any

from catalogue.warehouses import connect, warehouse_settings
from sluice.archive.reader import Archive
from sluice.aws import clients
from sluice.aws.file_list import SqsFileList
from sluice.aws.loader_memory import DynamoMemoryStore
from sluice.aws.s3 import S3Objects
from sluice.aws.settings import with_secrets
from sluice.aws.sqs import SqsQueue
from sluice.memory import collect_rarely
from sluice.telemetry import logs
from sluice.warehouses.loader import Loader, load
from sluice.warehouses.report import report
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import UnavailableError, Warehouse
from sluice.workspace.compiled import load as load_workspace
from sluice.workspace.settings import SettingsUnavailableError

collect_rarely()
_configured = load_workspace().warehouses[os.environ["WAREHOUSE"]]
_stage = os.environ["STAGE"]
_sqs = clients.sqs()
_files = SqsFileList(_sqs, os.environ["QUEUE_URL"], SqsQueue(_sqs, os.environ["DLQ_URL"]))
_memory = DynamoMemoryStore(clients.dynamodb(), os.environ["LEDGER_TABLE"], _configured.id, time.time)
_staging = Staging(os.environ["ARCHIVE_BUCKET"], f"staged/{_configured.id}/")
_archive = Archive(S3Objects(clients.s3(), os.environ["ARCHIVE_BUCKET"]))


def _connect(is_refreshed: bool) -> AbstractContextManager[Warehouse]:
    """Open the warehouse, or what stands for it in the local system. Raises UnavailableError."""
    local, live = os.environ.get("SLUICE_LOCAL_WAREHOUSES"), os.environ.get("SLUICE_LIVE", "").split(",")
    if local and not {_configured.id, "all"} & set(live):
        return connect("duckdb", warehouse_settings("duckdb")(path=f"{local}/{_configured.id}.duckdb"))
    declared = warehouse_settings(_configured.type)
    try:
        found = with_secrets(declared, _configured.settings, _stage, is_refreshed=is_refreshed)
        return connect(_configured.type, found, _staging)
    except SettingsUnavailableError as error:
        raise UnavailableError(str(error), is_refused=True) from error
    except (TypeError, ValueError) as error:
        raise UnavailableError(f"the settings cannot be used: {type(error).__name__}", is_refused=True) from error


def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - the schedule has nothing to say
    """Load what there is to load. The answer is for whoever starts a loader by hand."""
    logs.invocation(context)

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    if not _configured.enabled:
        return {"result": "disabled"}
    memory = _memory.begin(seconds_left() + 5)  # for clocks that differ
    if memory is None:
        logs.logger.info("another loader is at work")
        return {"busy": True}
    try:
        if not memory.is_paused:
            loader = Loader(_configured, _files, _archive, _connect, seconds_left, time.time)
            memory.last = report(_configured.id, load(loader, memory), time.time())
        return {"result": "paused" if memory.is_paused else memory.last}
    finally:
        _memory.end(memory)
