"""GET /v1/q/<write key>: events from links."""

from sluice.collect import querystring
from sluice.edge import edge_handler

handler = edge_handler(querystring.collect)
