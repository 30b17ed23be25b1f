"""Serve what SDKs load before they send: GET /v1/projects/<write key>/settings, and analytics.js."""

from sluice.edge.endpoints.routes import dispatch
from sluice.edge.handler import ORIGINS, edge_handler

handler = edge_handler(lambda request, workspace: dispatch(request, workspace, ORIGINS))
