"""`sluice warehouse backfill`, `start`, `pause` and `resume`: what a warehouse's loader in the stack is told."""

import time
from argparse import Namespace

import boto3

from cli.errors import OperatorError
from cli.operations.places import Places
from cli.times import window
from cli.warehouse.opened import configured, wanted
from sluice.aws import clients
from sluice.aws.file_list import SqsFileList
from sluice.aws.loader_memory import DynamoMemoryStore
from sluice.aws.sqs import SqsQueue, waiting_on
from sluice.warehouses.file_list import FileListError, add_all, items
from sluice.workspace.compiled import Warehouse


def run_start(options: Namespace) -> int:
    """Start a loader now, and do not wait for it."""
    found = configured(options)
    functions = boto3.client("lambda", config=clients.PIPELINE)
    try:
        functions.invoke(FunctionName=f"sluice-{options.stage}-warehouse-{found.id}", InvocationType="Event")
    except functions.exceptions.ResourceNotFoundException as error:
        raise OperatorError(f"the stage {options.stage} has no loader of {found.id}; was it deployed since?") from error
    print(f"{found.id}: a loader was started; `sluice warehouse status {found.id}` says how it went")
    return 0


def run_backfill(options: Namespace) -> int:
    """Put the files of a window on the list. Raises OperatorError."""
    found, places = configured(options), Places(options.stage)
    files, archive = _files(found, places), places.archive()
    span, count = window(options.start, options.end), 0
    for source in wanted(found, archive, options.source):
        keys = [item.key for item in items(archive, source, span)]
        try:
            count += 0 if options.dry_run else add_all(files, keys, is_repeated=options.again)
        except FileListError as error:
            raise OperatorError(str(error)) from error
        print(f"{source}: {len(keys):,} files")
    told = "would be added" if options.dry_run else f"added, {count:,} in all"
    print(f"{found.id}: {told}; what is loaded already is {'loaded again' if options.again else 'left as it is'}")
    return 0


def run_pause(options: Namespace) -> int:
    return _pause(options, is_paused=True)


def run_resume(options: Namespace) -> int:
    return _pause(options, is_paused=False)


def _pause(options: Namespace, *, is_paused: bool) -> int:
    found = configured(options)
    _memory(found, options.stage).pause(is_paused=is_paused)
    print(f"{found.id}: {'paused; files wait until `resume`' if is_paused else 'the next load goes on'}")
    return 0


def told(found: Warehouse, stage: str) -> list[str]:
    """Return lines about a loader: what it does, how the last load went, and what waits. Raises OperatorError."""
    places = Places(stage)
    memory, is_loading = _memory(found, stage).look()
    waiting, dead = (waiting_on(places.sqs, places.queue_url(f"{kind}warehouse-{found.id}")) for kind in ("", "dlq-"))
    state = "disabled" if not found.enabled else "paused" if memory.is_paused else "loading now" * is_loading
    every = f"every {round(found.interval / 60)} minutes"
    lines = [f"loader: {state or every}", f"last load: {memory.last or 'none yet'}", f"{waiting:,} files wait"]
    return [*lines, *([f"{dead:,} files were given up: see `sluice redrive {found.id} --dry-run`"] if dead else [])]


def _files(found: Warehouse, places: Places) -> SqsFileList:
    dead_letters = SqsQueue(places.sqs, places.queue_url(f"dlq-warehouse-{found.id}"))
    return SqsFileList(places.sqs, places.queue_url(f"warehouse-{found.id}"), dead_letters)


def _memory(found: Warehouse, stage: str) -> DynamoMemoryStore:
    return DynamoMemoryStore(clients.dynamodb(), f"sluice-{stage}-ledger", found.id, time.time)
