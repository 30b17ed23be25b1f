"""Campaigns and click ids, as the address of a page has them.

https://segment.com/docs/connections/spec/common/#context-fields (campaign); utm parameters as analytics.js reads them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

#: Ids that advertisers put into the addresses that their ads lead to.
CLICK_IDS = frozenset({
    "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "ScCid", "epik",
    "rdt_cid", "irclickid",
})  # fmt: skip
_MAX_CHARACTERS, _MAX_PARAMETERS, _MAX_VALUE = 2048, 40, 500


class Origin(NamedTuple):
    """A campaign by Segment's names, and click ids by theirs. Both may be empty."""

    campaign: Mapping[str, str]
    click_ids: Mapping[str, str]


_NOWHERE = Origin({}, {})


def origin(event: Mapping[str, Any]) -> Origin:
    """Return what the page's address says, or that in the event's properties."""
    context = event.get("context")
    page = context.get("page") if isinstance(context, dict) else None
    properties = event.get("properties")
    for holder, names in ((page, ("search", "url")), (properties, ("search", "url"))):
        if isinstance(holder, dict):
            for name in names:
                if isinstance(text := holder.get(name), str) and "=" in text:
                    return _origin(text[:_MAX_CHARACTERS])
    return _NOWHERE


@lru_cache(4096)
def _origin(text: str) -> Origin:
    query = text.partition("#")[0].partition("?")[2]
    try:
        pairs = parse_qsl(query, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        return _NOWHERE
    campaign: dict[str, str] = {}
    click_ids: dict[str, str] = {}
    for name, value in pairs:
        if name.startswith("utm_") and len(name) > len("utm_"):
            campaign.setdefault("name" if name == "utm_campaign" else name[len("utm_") :], value[:_MAX_VALUE])
        elif name in CLICK_IDS:
            click_ids.setdefault(name, value[:_MAX_VALUE])
    return Origin(campaign, click_ids)
