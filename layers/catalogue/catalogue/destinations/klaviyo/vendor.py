"""Klaviyo's answers. https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling"""

from sluice.destinations.http import Request, Response
from sluice.destinations.vendor import LocalVendor, answer


def bad_item(request: Request) -> Response:
    """Point to the first item, as Klaviyo does."""
    attribute = "events-bulk-create" if "event-bulk" in request.url else "profiles"
    error = {
        "id": "1",
        "status": 400,
        "code": "invalid",
        "title": "Invalid input.",
        "detail": "Invalid email address",
        "source": {"pointer": f"/data/attributes/{attribute}/data/0/attributes"},
    }
    return answer(400, {"errors": [error]})(request)


vendor = LocalVendor(success=answer(202), bad_item=bad_item)
