"""GET /v1/pixel/<call>: events from e-mails and pages without scripts."""

from sluice.collect import pixel
from sluice.edge import edge_handler

handler = edge_handler(pixel.collect)
