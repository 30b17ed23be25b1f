"""Customer.io's answers. https://docs.customer.io/api/track/"""

from sluice.destinations.http import Request, Response
from sluice.destinations.vendor import LocalVendor, answer


def bad_item(request: Request) -> Response:
    """Refuse the first call of a batch, or a call by itself."""
    if "/batch" not in request.url:
        return Response(400, body=b'{"errors":[{"reason":"invalid","field":"identifiers","message":"is missing"}]}')
    error = {"batch_index": 0, "reason": "invalid", "field": "identifiers", "message": "is missing"}
    return answer(207, {"errors": [error]})(request)


vendor = LocalVendor(success=answer(200, {}), bad_item=bad_item)
