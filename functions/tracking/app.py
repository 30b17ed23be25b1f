"""POST /v1/<call>, /v1/batch and the like; also preflights, and every path that nobody else has."""

from sluice.aws.sqs import events_queue
from sluice.edge.endpoints.routes import dispatch
from sluice.edge.handler import ORIGINS, edge_handler

handler = edge_handler(lambda request, workspace: dispatch(request, workspace, ORIGINS), events_queue())
