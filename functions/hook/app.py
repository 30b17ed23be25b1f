"""Any method on /v1/sources/<source>/hook: what other tools send by themselves."""

import os

from catalogue.sources.hook_sources import hook_sources
from sluice.aws.sqs import events_queue
from sluice.edge.endpoints.hook import collect
from sluice.edge.handler import edge_handler
from sluice.workspace.compiled import load

_workspace = load()
_sources = hook_sources(_workspace, os.environ["STAGE"])

handler = edge_handler(lambda request, _: collect(request, _sources), events_queue(), _workspace)
