"""Each command from its options to what it prints: places found, work done, counts shown."""

import itertools
import os
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import orjson
from rich import progress as bars
from rich.console import Console

from catalogue import types as catalogue
from cli.errors import OperatorError, UsageError
from cli.operations import recover as recovering
from cli.operations import redrive as redriving
from cli.operations import replay as replaying
from cli.operations import unwritten
from cli.operations.places import Places
from cli.operations.progress import Progress
from cli.operations.repair import Run, Wanted, change
from cli.operations.selection import Selection
from cli.operations.unwritten import Rewriting
from cli.segment.import_segment import imported
from cli.segment.public_api import HOSTS, PublicApi
from cli.segment.segment_export import UnreadableExportError
from cli.times import window
from sluice.archive.reader import Archive, Area, Item, Window
from sluice.aws.s3 import S3Objects
from sluice.aws.sqs import SqsQueue
from sluice.rate_limit import RateLimit
from sluice.spec.times import iso
from sluice.workspace.compiled import Destination, Workspace, from_json
from sluice.workspace.compiler import check_file, dump

ROOT = Path(__file__).resolve().parent.parent
_PIPELINE_QUEUES = ("events", "archive")
_SHOWN_CHARACTERS = 160


def replay(options: Namespace) -> None:
    selection = _selection(options, options.start, options.end)
    destination = named(deployed_workspace(options).destinations, "destination", options.destination, options)
    places = Places(options.stage)
    archive = places.archive()
    if options.dry_run:
        sources = _connected(archive, options.source, destination)
        with _bar("counting", *_twice(archive, "events", sources, selection.window)) as watched:
            tally = replaying.count(archive, watched, selection, destination)
        _say(f"{tally.sent.total()} events would be sent to {destination.id}", tally.sent, tally.left_out)
        _say_others(tally)
        return
    queue = SqsQueue(places.sqs, places.queue_url(f"destination-{destination.id}"))
    with _progress(options) as progress:
        if progress:
            print(f"continuing with {progress.path}")
        selection = _selection(options, progress.facts["from"], progress.facts["to"])
        sources = _connected(archive, options.source, destination)
        tally = replaying.Tally()
        work = replaying.Replay(archive, selection, destination, queue, RateLimit(options.rate, burst_seconds=0.0))
        try:
            with _bar("replaying", *_twice(archive, "events", sources, selection.window)) as watched:
                work.run(watched, progress, tally)
        finally:
            _say(f"{tally.sent.total()} events sent to {destination.id}", tally.sent, tally.left_out)
            _say_others(tally)
    if options.state is None:
        progress.remove()


def export_segment(options: Namespace) -> None:
    token = os.environ.get("SEGMENT_TOKEN", "").strip()
    if not token:
        raise OperatorError("put a token of Segment's Public API into SEGMENT_TOKEN; one that may read is enough")
    if options.output.exists():
        raise OperatorError(f"{options.output} exists; take another --output")
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    answers = PublicApi(HOSTS[options.region], token).export(lambda why: told.print(f"left out: {why}"))
    with os.fdopen(os.open(options.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(orjson.dumps(answers))
    told.print(f"{options.output}: it has secrets in it; delete it after the import")


def import_segment(options: Namespace) -> None:
    if options.output is not None and options.output.exists() and not options.overwrite:
        raise OperatorError(f"{options.output} exists; --overwrite replaces it, another --output leaves it alone")
    try:
        made = imported(orjson.loads(options.export.read_bytes()))
    except (orjson.JSONDecodeError, UnreadableExportError) as error:
        raise OperatorError(f"{options.export}: {error}") from error
    if options.output is None:
        print(made.text, end="")
    else:
        options.output.write_text(made.text)
        _put_functions(made.functions, options.output.parent / "functions", options.overwrite)
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    told.print("taken over: " + ", ".join(f"{count} {what}" for what, count in made.taken.items()))
    if made.functions:
        told.print(f"to be translated: {len(made.functions)} functions, each a file of functions/ with its code")
    if left := {what: count for what, count in made.left.items() if count}:
        told.print("left as comments: " + ", ".join(f"{count} {what}" for what, count in left.items()))
    for name in made.secrets:
        told.print(f"put this secret into SSM: aws ssm put-parameter --type SecureString --name {name} --value …")
    if not made.taken["destinations"] and made.left:
        raise OperatorError("no destination was taken over; the comments say why")


def _put_functions(files: Mapping[str, str], folder: Path, is_replaced: bool) -> None:
    """Put functions that are to be translated beside the workspace. One that is there is somebody's work."""
    for name, text in files.items():
        folder.mkdir(exist_ok=True)
        if is_replaced or not (folder / name).exists():
            (folder / name).write_text(text)


def redrive(options: Namespace) -> None:
    places = Places(options.stage)
    name = options.queue if options.queue in _PIPELINE_QUEUES else places.island(options.queue)
    letters = redriving.DeadLetters(places.sqs, places.queue_url(f"dlq-{name}"))
    queue = SqsQueue(places.sqs, places.queue_url(name))
    most = min(options.limit or redriving.LOOK_AT, redriving.LOOK_AT)
    contents = letters.look(most)
    seen = contents.messages.total()
    about = f" of about {letters.waiting()}" if seen == most else ""
    _say(f"looked at {seen}{about} messages in dlq-{name}, with these events", contents.events)
    if options.dry_run or not contents.messages:
        return
    moved: Counter[str] = Counter()
    with _counter(f"to {name}") as progress:

        def note(messages: int, events: int) -> None:
            moved.update(messages=messages, events=events)
            progress.update(progress.task_ids[0], advance=messages)

        try:
            redriving.redrive(letters, queue, RateLimit(options.rate, burst_seconds=0.0), options.limit, note)
        finally:
            print(f"{moved['messages']} messages with {moved['events']} events went back to {name}")


def recover(options: Namespace) -> None:
    if options.errors:
        _recover_errors(options)
        return
    span = window(options.start, options.end)
    run = Run(uuid4().hex[:12], options.as_source, [change(text) for text in options.changes])
    if options.as_source:
        named(deployed_workspace(options).sources, "source", options.as_source, options)
    places = Places(options.stage)
    archive = places.archive()
    queue = None if options.dry_run else SqsQueue(places.sqs, places.queue_url("events"))
    work = recovering.Recovery(archive, Wanted(span, frozenset(options.reason)), run, queue)
    sources = [options.source] if options.source else archive.sources("rejected")
    tally = recovering.Tally()
    try:
        with _bar("recovering", *_twice(archive, "rejected", sources, span)) as watched:
            work(watched, tally)
    finally:
        counts = Counter({f"{reason} from {source}": count for (reason, source), count in tally.sent.items()})
        _say(f"{tally.sent.total()} records {'would be ' * options.dry_run}sent again", counts, tally.skipped)
    if options.dry_run:
        for record in tally.first:
            print(_excerpt(record))


def _recover_errors(options: Namespace) -> None:
    if options.source or options.reason or options.changes or options.as_source:
        raise UsageError("--errors takes everything as it is: without --source, --reason, --set and --as-source")
    span = window(options.start, options.end)
    places = Places(options.stage)
    bucket = S3Objects(places.s3, places.bucket())
    streams = None if options.dry_run else {area: places.stream(area) for area in get_args(Area.__value__)}
    work, tally = Rewriting(bucket, streams), unwritten.Tally()
    items = list(unwritten.error_objects(bucket, span))
    try:
        with _counter("written again", "objects") as progress:
            for item in items:
                work(item, tally)
                progress.update(progress.task_ids[0], advance=1)
    finally:
        counts = Counter({f"{code} of {area}": count for (code, area), count in tally.sent.items()})
        _say(f"{tally.sent.total()} records {'would be ' * options.dry_run}written again", counts, tally.skipped)
    if options.dry_run:
        for document in tally.first:
            print("  ".join(str(document.get(name)) for name in ("receivedAt", "sourceId", "type", "messageId")))


def deployed_workspace(options: Namespace) -> Workspace:
    """Return the workspace as it would be compiled. Raises InvalidWorkspaceError or OSError."""
    return from_json(dump(check_file(options.workspace, catalogue), catalogue))


def named[T](known: Mapping[str, T], kind: str, name: str, options: Namespace) -> T:
    """Return what has this name. Raises OperatorError, with the names that exist."""
    if name not in known:
        raise OperatorError(f"{options.workspace} has no {kind} {name!r}; it has {', '.join(known) or 'none'}")
    return known[name]


def _connected(archive: Archive, source: str | None, destination: Destination) -> list[str]:
    """The sources to read: a destination gets nothing of sources that it is not connected to, enabled or not."""
    named = [source] if source else archive.sources("events")
    connected = [each for each in named if destination.sources is None or each in destination.sources]
    if source and not connected:
        raise OperatorError(f"{destination.id} is not connected to {source}; see its sources in the workspace")
    return connected


def _selection(options: Namespace, start: str, end: str) -> Selection:
    return Selection(window(start, end), frozenset(options.type), frozenset(options.event))


def _progress(options: Namespace) -> Progress:
    """Return the file of progress, by default one that is named for the question. A complete run removes it."""
    asked = {
        "destination": options.destination,
        "stage": options.stage,
        "source": options.source,
        "from": options.start,
        "to": options.end,
        "events": sorted(set(options.event)),
        "types": sorted(set(options.type)),
    }
    name = blake2b(orjson.dumps(asked), digest_size=6).hexdigest()
    folder = ROOT / os.environ.get("STATE_DIR", ".sluice") / "replays"
    span = window(options.start, options.end)
    return Progress(
        options.state or folder / f"{options.destination}-{name}.sqlite",
        asked,
        {"from": iso(span.start), "to": iso(span.end)},
    )


def _items(archive: Archive, area: Area, sources: Iterable[str], window: Window) -> Iterator[Item]:
    return itertools.chain.from_iterable(archive.items(area, source, window) for source in sources)


def _twice(
    archive: Archive, area: Area, sources: Sequence[str], window: Window
) -> tuple[Iterator[Item], Iterator[Item]]:
    """Listed twice rather than held: once to know how much there is, once to work."""
    return _items(archive, area, sources, window), _items(archive, area, sources, window)


@contextmanager
def _bar(text: str, measured: Iterator[Item], worked: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The second iterator, with a bar on stderr that grows by the bytes of its objects."""
    total = sum(item.size for item in measured)
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.TextColumn("{task.percentage:>3.0f}%"))
    with bars.Progress(*columns, bars.TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(text, total=total)

        def watched() -> Iterator[Item]:
            for item in worked:
                yield item
                progress.update(task, advance=item.size)

        yield watched()


def _counter(text: str, unit: str = "messages") -> bars.Progress:
    columns = (
        bars.TextColumn("{task.description}"),
        bars.TextColumn(f"{{task.completed:.0f}} {unit}"),
        bars.TimeElapsedColumn(),
    )
    progress = bars.Progress(*columns, console=Console(stderr=True), transient=True)
    progress.add_task(text, total=None)
    return progress


def _say(text: str, counts: Mapping[str, int], left_out: Mapping[str, int] | None = None) -> None:
    """A line, and below it the counts, the largest first."""
    print(text)
    for name, count in Counter(counts).most_common():
        print(f"  {count:>9}  {name}")
    for why, count in Counter(left_out or {}).most_common():
        print(f"  {count:>9}  left out: {why}")


def _say_others(tally: replaying.Tally) -> None:
    """Print what there is, if nothing was of the type and name that were asked for."""
    if tally.others and not tally.sent and not tally.left_out:
        _say(f"none of {tally.others.total()} events is of that type and name; there are", tally.others)


def _excerpt(record: Mapping[str, Any]) -> str:
    original = str(record.get("original"))
    text = original if len(original) <= _SHOWN_CHARACTERS else original[:_SHOWN_CHARACTERS] + "…"
    return f"{record.get('receivedAt')}  {record.get('reason')}  {text!r}"
