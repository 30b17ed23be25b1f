"""Places of addresses, by a database of one's own: MaxMind's, DB-IP's or IPinfo's.

https://maxmind.github.io/MaxMind-DB/ is the form that all of them have. None comes with Sluice: MaxMind's licence
forbids it, and DB-IP's asks for a link on your page.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple


class Place(NamedTuple):
    """`location` is a part of the context by Segment's names; it may be empty."""

    location: Mapping[str, Any]
    timezone: str | None


#: From an address to its place; None for what is none or is nowhere.
type Locate = Callable[[str], Place | None]


class UnusableDatabaseError(ValueError):
    """A file is no database of places."""


def locate_by(path: Path) -> Locate:
    """Return a function that looks addresses up in a file. Raises OSError, UnusableDatabaseError."""
    import maxminddb

    try:
        reader = maxminddb.open_database(str(path), maxminddb.MODE_AUTO)
    except maxminddb.InvalidDatabaseError as error:
        raise UnusableDatabaseError(f"{path.name} is no database of places") from error

    @lru_cache(16_384)
    def locate(text: str) -> Place | None:
        try:
            address = ip_address(text.strip())
            found = reader.get(address) if address.is_global else None
        except (ValueError, maxminddb.InvalidDatabaseError):
            return None
        return _place(found) if isinstance(found, dict) else None

    return locate


def _place(found: Mapping[str, Any]) -> Place | None:
    """Return the place of a record. MaxMind and DB-IP have objects with names by language, IPinfo has texts."""
    country, place = found.get("country"), found.get("location")
    nested = country if isinstance(country, dict) else None
    where = place if isinstance(place, dict) else found
    location = {
        "city": _name(found.get("city")),
        "country": _name(country) if nested else found.get("country_name") or found.get("country"),
        "country_code": nested.get("iso_code") if nested else found.get("country_code") or _code(country),
        "region": _region(found),
        "latitude": _number(where.get("latitude", found.get("lat"))),
        "longitude": _number(where.get("longitude", found.get("lng"))),
    }
    zone = where.get("time_zone") or found.get("timezone")
    known = {name: value for name, value in location.items() if value not in (None, "")}
    return Place(known, zone if isinstance(zone, str) else None) if known else None


def _name(value: Any) -> str | None:
    if isinstance(value, dict):
        names = value.get("names")
        name = names.get("en") if isinstance(names, dict) else None
        return name if isinstance(name, str) else None
    return value if isinstance(value, str) else None


def _region(found: Mapping[str, Any]) -> str | None:
    parts = found.get("subdivisions")
    if isinstance(parts, list) and parts:
        return _name(parts[0])
    return _name(found.get("region"))


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) == 2 else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
