"""The answers of Segment's HTTP API."""

from sluice.destinations.vendor import LocalVendor, answer

vendor = LocalVendor(success=answer(200, {"success": True}))
