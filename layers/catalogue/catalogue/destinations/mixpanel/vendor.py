"""Mixpanel's answers. https://developer.mixpanel.com/reference/import-events"""

from sluice.destinations.http import Request, Response
from sluice.destinations.vendor import LocalVendor, answer

_IMPORTED = answer(200, {"code": 200, "num_records_imported": 1, "status": "OK"})


def success(request: Request) -> Response:
    """Answer an import with JSON, and every other call with a 1."""
    return _IMPORTED(request) if "/import" in request.url else Response(200, body=b"1")


def bad_item(request: Request) -> Response:
    if "/import" not in request.url:
        return Response(200, body=b"0")
    failed = [{"index": 0, "insert_id": "", "field": "properties.time", "message": "must not be missing"}]
    refused = answer(400, {"code": 400, "error": "some data points in the request failed validation",
                           "failed_records": failed, "num_records_imported": 0, "status": "Bad Request"})  # fmt: skip
    return refused(request)


vendor = LocalVendor(success=success, bad_item=bad_item)
