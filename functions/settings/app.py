"""GET /v1/projects/<write key>/settings: what SDKs ask for before they send."""

from sluice.collect import settings
from sluice.edge import edge_handler

handler = edge_handler(settings.collect)
