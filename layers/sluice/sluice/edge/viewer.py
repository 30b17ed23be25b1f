"""The viewer's address behind a proxy or a CDN, by the header that the workspace trusts.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
"""

from dataclasses import replace
from ipaddress import ip_address

from sluice.edge.request import Request


def behind_proxy(request: Request, header: str) -> Request:
    """Return the request with the address that `header` names, or as it is where that names none.

    The last address counts that API Gateway did not add itself: those before it may be the client's invention.
    """
    named = [each.strip() for each in request.headers.get(header, "").split(",")]
    if len(named) > 1 and _address(named[-1]) == request.ip:
        named.pop()
    viewer = _address(named[-1])
    return request if viewer is None else replace(request, ip=viewer)


def _address(text: str) -> str | None:
    """Return an address, written with its port or without: `203.0.113.7:443`, `[2001:db8::7]:443`, `2001:db8::7`.

    CloudFront writes the port behind an address of IPv6 without brackets.
    """
    text = text.strip('"')
    host, _, port = text.rpartition(":")
    for each in (text, host if port.isdigit() else ""):
        try:
            return str(ip_address(each.removeprefix("[").removesuffix("]")))
        except ValueError:
            continue
    return None
