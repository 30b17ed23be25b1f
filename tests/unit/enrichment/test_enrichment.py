"""Enrichment: what is filled, what is left as it is, and that nothing here costs an event."""

import json
from pathlib import Path
from typing import Any

import pytest

from sluice.enrichment.addresses import truncated
from sluice.enrichment.agents import agent, bot
from sluice.enrichment.campaign import origin
from sluice.enrichment.enrichment import enrich_by, of_workspace
from sluice.enrichment.geo import UnusableDatabaseError, locate_by
from sluice.router.events import open_envelope
from sluice.workspace.compiled import Enrichment, Source
from tests import examples
from tests.mmdb import mmdb

CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
AD = "https://shop.example.com/?utm_source=news&utm_medium=email&utm_campaign=Spring+Sale&utm_term=a%20b&utm_id=7&gclid=Cj0&x=1#top"
CITY = {
    "city": {"names": {"en": "Boxford"}},
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    "location": {"latitude": 51.75, "longitude": -1.25, "time_zone": "Europe/London"},
    "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}}],
}
WEBSITE, SERVER = examples.source(), examples.source(id="server", type="server")
EVERYTHING = Enrichment(campaign=True, agent=True, bots=True)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "city.mmdb"
    file.write_bytes(
        mmdb({"2.125.160.216/29": CITY, "2a02:cf40::/29": {"country": "Sweden", "country_code": "SE", "lat": "59.3"}})
    )
    return file


def enriched(configured: Enrichment, source: Source = WEBSITE, locate: Any = None, **event: Any) -> dict[str, Any]:
    """Return the context of an event, enriched."""
    made: dict[str, Any] = {"type": "track", "context": {}, **event}
    enrich = enrich_by(configured, locate)
    assert enrich is not None
    enrich(source, made)
    return dict(made["context"])


def test_a_campaign_is_read_from_the_address_of_the_page() -> None:
    context = enriched(EVERYTHING, context={"page": {"url": AD}})
    assert context["campaign"] == {
        "source": "news", "medium": "email", "name": "Spring Sale", "term": "a b", "id": "7",
    }  # fmt: skip
    assert context["enrichment"] == {"click_ids": {"gclid": "Cj0"}}


@pytest.mark.parametrize(
    "event",
    [
        {"context": {"page": {"search": "?utm_source=a&utm_source=b", "url": "https://a.example/"}}},
        {"context": {"page": {"url": "https://a.example/?utm_source=a"}}},
        {"context": {}, "properties": {"url": "https://a.example/?utm_source=a"}},
    ],
)
def test_the_first_value_of_the_first_address_counts(event: dict[str, Any]) -> None:
    assert origin(event).campaign == {"source": "a"}


@pytest.mark.parametrize(
    "url",
    [17, "", "utm_source=a", "https://a.example/?utm_=x", "https://a.example/?" + "a=1&" * 50 + "utm_source=a", None],
)
def test_an_address_without_a_campaign_has_none(url: Any) -> None:
    assert origin({"context": {"page": {"url": url}}}) == ({}, {})


def test_what_an_event_says_itself_stays() -> None:
    said = {
        "campaign": {"name": "own"}, "os": {"name": "own"}, "device": {"id": "own"}, "location": {"city": "own"},
        "enrichment": {"browser": "own"}, "userAgent": CHROME, "page": {"url": AD},
    }  # fmt: skip
    context = enriched(EVERYTHING, context=dict(said), locate=lambda _: pytest.fail("it is not asked"))
    assert {name: context[name] for name in said if name != "enrichment"} == {
        name: value for name, value in said.items() if name != "enrichment"
    }
    assert context["enrichment"]["browser"] == "own"


def test_an_agent_is_browser_system_and_device() -> None:
    context = enriched(EVERYTHING, context={"userAgent": CHROME})
    assert context["os"] == {"name": "Android", "version": "14"}
    assert context["device"] == {"manufacturer": "Google", "model": "Pixel 8"}
    assert context["enrichment"]["browser"] == {"name": "Chrome Mobile", "version": "120.0.0"}


def test_bots_are_marked_among_browsers_and_never_among_servers() -> None:
    assert enriched(EVERYTHING, context={"userAgent": GOOGLEBOT})["enrichment"]["bot"] == {"name": "Googlebot"}
    assert "bot" not in enriched(EVERYTHING, SERVER, context={"userAgent": GOOGLEBOT}).get("enrichment", {})
    assert "bot" not in enriched(EVERYTHING, context={"userAgent": CHROME})["enrichment"]
    assert bot("okhttp/4.12.0") is not None


def test_a_place_is_looked_up_by_the_address_of_the_event(database: Path) -> None:
    context = enriched(Enrichment(geo="city.mmdb"), context={"ip": "2.125.160.217"}, locate=locate_by(database))
    assert context["location"] == {
        "city": "Boxford", "country": "United Kingdom", "country_code": "GB", "region": "England",
        "latitude": 51.75, "longitude": -1.25,
    }  # fmt: skip
    assert context["timezone"] == "Europe/London"


def test_other_vendors_name_their_fields_otherwise(database: Path) -> None:
    context = enriched(Enrichment(geo="x"), context={"ip": "2a02:cf47::1"}, locate=locate_by(database))
    assert context["location"] == {"country": "Sweden", "country_code": "SE", "latitude": 59.3}


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1%eth0", "8.8.8.8", "nonsense", "", None, 17])
def test_an_address_of_nowhere_has_no_place(database: Path, ip: Any) -> None:
    assert "location" not in enriched(Enrichment(geo="x"), context={"ip": ip}, locate=locate_by(database))


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", None),
        ("203.0.113.77, 10.0.0.1", None),
    ],
)
def test_an_address_without_its_last_part(address: str, left: str | None) -> None:
    assert truncated(address) == left
    assert enriched(Enrichment(ip="truncate"), context={"ip": address}).get("ip") == left
    assert "ip" not in enriched(Enrichment(ip="drop"), context={"ip": address})


def test_the_place_is_found_before_the_address_is_cut(database: Path) -> None:
    both = Enrichment(geo="x", ip="drop")
    context = enriched(both, context={"ip": "2.125.160.217"}, locate=locate_by(database))
    assert context["location"]["city"] == "Boxford"
    assert "ip" not in context


def test_a_step_that_breaks_costs_neither_the_event_nor_the_other_steps() -> None:
    def breaks(_: str) -> Any:
        raise RuntimeError("a database that is damaged in the middle")

    assert enriched(Enrichment(geo="x", ip="drop"), context={"ip": "203.0.113.77"}, locate=breaks) == {}


def test_only_the_sources_that_are_named() -> None:
    only = Enrichment(sources=("website",), ip="drop")
    assert enriched(only, SERVER, context={"ip": "203.0.113.7"}) == {"ip": "203.0.113.7"}
    assert enriched(only, context={"ip": "203.0.113.7"}) == {}


def test_nothing_is_switched_on_by_itself_and_a_missing_database_stops_nothing_else(tmp_path: Path) -> None:
    assert of_workspace(Enrichment(), tmp_path) is None
    assert of_workspace(Enrichment(geo="absent.mmdb"), tmp_path) is None
    assert of_workspace(Enrichment(geo="absent.mmdb", campaign=True), tmp_path) is not None
    (tmp_path / "bad.mmdb").write_bytes(b"not a database")
    with pytest.raises(UnusableDatabaseError):
        locate_by(tmp_path / "bad.mmdb")
    assert of_workspace(Enrichment(geo="bad.mmdb"), tmp_path) is None


def test_the_router_enriches_before_it_writes_and_decides() -> None:
    event = {**examples.TRACK, "context": {"page": {"url": AD}, "userAgent": CHROME}}
    opened = open_envelope(examples.envelope(event), examples.workspace(), enrich=enrich_by(EVERYTHING))
    (found,) = opened.events
    assert json.loads(found.document)["context"]["campaign"]["name"] == "Spring Sale"
    assert found.fields["context"]["os"]["name"] == "Android"


def test_a_long_agent_is_cut() -> None:
    assert agent(CHROME + "x" * 100_000).os == {"name": "Android", "version": "14"}
