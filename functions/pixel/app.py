"""GET /v1/pixel/<call>: events from e-mails and pages without scripts."""

from sluice.aws.sqs import events_queue
from sluice.edge.endpoints import pixel
from sluice.edge.handler import edge_handler

handler = edge_handler(pixel.collect, events_queue())
