"""Load a file of events into Postgres with dlt, as one would do the same job.

A table for each event, nested objects as columns, lists as JSON, each id once. Prints the seconds of the processor,
without those of starting.

Usage: load_with_dlt.py FILE ADDRESS FOLDER
"""

import gzip
import os
import sys
import time
from collections.abc import Iterator

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import orjson
from dlt.destinations import postgres


def events(file: str) -> Iterator[object]:
    with gzip.open(file) as lines:
        for line in lines:
            yield orjson.loads(line)


def main(file: str, address: str, folder: str) -> None:
    # It wants a host, which libpq then takes from the query.
    destination = postgres(credentials=address.replace(":@/", ":nobody@localhost/"))
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="dlt", pipelines_dir=folder)
    resource = dlt.resource(
        events(file),
        name="events",
        primary_key="messageId",
        max_table_nesting=0,
        table_name=lambda event: event.get("event") or event["type"],
        write_disposition={"disposition": "merge", "strategy": "insert-only"},
    )
    started = time.process_time()
    pipeline.run(resource)
    print(time.process_time() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
