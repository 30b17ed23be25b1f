"""Behind a proxy: whose address an event is from."""

import pytest

from sluice.edge.request import Request
from sluice.edge.viewer import behind_proxy

PROXY = "198.51.100.1"


def address(header: str, value: str | None) -> str | None:
    headers = {} if value is None else {header: value}
    return behind_proxy(Request("POST", "/v1/t", headers=headers, ip=PROXY), header).ip


@pytest.mark.parametrize(
    ("value", "viewer"),
    [
        ("203.0.113.7:46532", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7"),
        ("[2001:db8::7]:46532", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8:85a3:0:0:8a2e:370:7334:46532", "2001:db8:85a3::8a2e:370:7334"),
    ],
)
def test_a_cdn_names_the_viewer(value: str, viewer: str) -> None:
    assert address("cloudfront-viewer-address", value) == viewer


def test_of_a_chain_the_address_counts_that_the_proxy_saw() -> None:
    assert address("x-forwarded-for", f"10.0.0.1, 203.0.113.7, {PROXY}") == "203.0.113.7"
    assert address("x-forwarded-for", "10.0.0.1, 203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("value", [None, "", "unknown", "a.example:80", "203.0.113.7:port", ",", "%%%" * 1000])
def test_what_names_no_address_changes_nothing(value: str | None) -> None:
    assert address("x-forwarded-for", value) == PROXY
