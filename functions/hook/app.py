"""Any method on /v1/sources/<source>/hook: what other tools send by themselves."""

import os

from catalogue.sources.hook_sources import hook_sources
from sluice.aws.sqs import events_queue
from sluice.edge.endpoints.hook import collect
from sluice.edge.handler import edge_handler
from sluice.workspace.compiled import load

_workspace = load()
_sources = hook_sources(_workspace, os.environ["STAGE"])


def _fetched(url: str) -> bytes:
    from sluice.delivery.http_client import fetched  # only where a proof needs something of the vendor's

    return fetched(url)


handler = edge_handler(lambda request, _: collect(request, _sources, fetch=_fetched), events_queue(), _workspace)
