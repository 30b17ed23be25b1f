"""The archive: from packs to Firehose's records. The floor is to read each pack and to call the client of Firehose."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, compared
from checks.bench.functions import ARCHIVE, Functions, sqs_event
from checks.bench.parts.router import compiled, messages, workspace
from sluice.aws import clients
from sluice.aws.firehose import FirehoseStream
from sluice.messages import pack as wire

_PACKS = 20


def figures(folder: Path) -> Iterator[Figure]:
    aws = CountingAws()
    aws.install()
    functions = Functions(compiled(workspace(destinations=1), folder), aws)
    router, archive = functions.router(), functions.archive()
    stream = FirehoseStream(clients.firehose(), "events")
    seeds = iter(range(1, 1000))

    def packs() -> list[str]:
        while len(aws.sent.get(ARCHIVE, ())) < _PACKS:
            router.invoke(sqs_event([(body, 1) for body in messages(functions, 20, 20, next(seeds))]))
        return [body for _, body in aws.take(ARCHIVE)][:_PACKS]

    def ours() -> float:
        bodies = packs()
        before = aws.units["archived bytes"]
        seconds = archive.invoke(sqs_event([(body, 1) for body in bodies])).seconds
        return (aws.units["archived bytes"] - before) / seconds / 1e6

    def floor() -> float:
        return _least(packs(), stream, aws)

    yield Figure(part="archive", what="packs to records", unit="MB/s", **compared(ours, floor))
    counted = aws.units["firehose records"], aws.units["archived bytes"], aws.units["firehose bytes"]
    records, written, billed = counted
    yield Figure(
        part="archive",
        what="billed beside written: 5 KB units",
        unit="bytes a byte",
        ours=(billed / written,),
        floor=(1.0,),
    )
    yield Figure(
        part="archive",
        what="records for a million events of 1.2 KB",
        unit="records",
        ours=(records / written * 1.2e9,),
        floor=(1e6 / 500,),
    )


def _least(bodies: Sequence[str], stream: FirehoseStream, aws: CountingAws) -> float:
    """MB a second."""
    twins, started = aws.seconds, time.process_time()
    records = [b"\n".join(wire.load(body).documents) for body in bodies]
    assert stream.put(records) == []  # noqa: S101 - else nothing was measured
    return sum(map(len, records)) / (time.process_time() - started - (aws.seconds - twins)) / 1e6
