"""`sluice geo refresh`: a database of places comes beside the workspace, and nothing else does."""

import gzip
import io
import tarfile
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.errors import OperatorError, UsageError
from cli.geo import Offer, _dbip, _maxmind, fetched, run
from tests.mmdb import mmdb
from tests.receiver import Receiver

DATABASE = mmdb({"2.125.160.216/29": {"country": {"iso_code": "GB"}}})


def tarred(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("GeoLite2-Country_20260101/GeoLite2-Country.mmdb")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("packed", [gzip.compress(DATABASE), tarred(DATABASE)], ids=["gzip", "tar"])
def test_it_comes_packed_in_either_way(tmp_path: Path, packed: bytes) -> None:
    with Receiver() as vendor:
        vendor.answer = lambda _: (200, {}, packed)
        path = fetched(Offer(f"{vendor.url}/country", {}, "country.mmdb"), tmp_path / "geo")
    assert path == tmp_path / "geo/country.mmdb"
    assert path.read_bytes() == DATABASE


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "answers 401"),
        (200, b"<html>", "damaged"),
        (200, gzip.compress(b"no database"), "no database of places"),
        (200, gzip.compress(DATABASE)[:-20], "damaged"),
    ],
    ids=["refused", "a page", "something else", "cut off"],
)
def test_what_is_no_database_replaces_none(tmp_path: Path, status: int, body: bytes, said: str) -> None:
    (tmp_path / "country.mmdb").write_bytes(DATABASE)
    with Receiver() as vendor, pytest.raises(OperatorError, match=said):
        vendor.answer = lambda _: (status, {}, body)
        fetched(Offer(vendor.url, {}, "country.mmdb"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["country.mmdb"]
    assert (tmp_path / "country.mmdb").read_bytes() == DATABASE


def test_a_vendor_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be reached"):
        fetched(Offer("http://127.0.0.1:9/x", {}, "x.mmdb"), tmp_path)


def test_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _dbip("city", datetime(2026, 1, 5, tzinfo=UTC)).url == (
        "https://download.db-ip.com/free/dbip-city-lite-2026-01.mmdb.gz"
    )
    monkeypatch.delenv("MAXMIND_ACCOUNT_ID", raising=False)
    with pytest.raises(UsageError, match="MAXMIND_ACCOUNT_ID"):
        run(Namespace(workspace=Path("w.yaml"), vendor="maxmind", level="country"))
    monkeypatch.setenv("MAXMIND_ACCOUNT_ID", "1")
    monkeypatch.setenv("MAXMIND_LICENSE_KEY", "k")
    assert _maxmind("country").headers == {"authorization": "Basic MTpr"}
