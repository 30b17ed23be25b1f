"""GET /v1/q/<write key>: events from links."""

from sluice.aws.sqs import events_queue
from sluice.edge.endpoints import querystring
from sluice.edge.handler import edge_handler

handler = edge_handler(querystring.collect, events_queue())
