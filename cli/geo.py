"""`sluice geo refresh`: fetch a database of places beside the workspace, for `geo` of its `enrichment`.

https://db-ip.com/db/download/ip-to-country-lite (CC BY 4.0: your page has to name DB-IP, with a link) or
https://dev.maxmind.com/geoip/updating-databases/ (with an account of your own).
"""

import base64
import gzip
import io
import os
import tarfile
import tempfile
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cli.errors import OperatorError, UsageError
from sluice.enrichment.geo import UnusableDatabaseError, locate_by

#: The largest databases of cities have some 130 MB.
_MAX_BYTES = 400 * 1024 * 1024
_SECONDS = 60.0


class Offer(NamedTuple):
    """An address, the headers that it wants, and the name of the file."""

    url: str
    headers: Mapping[str, str]
    name: str


def run(options: Namespace) -> int:
    """Fetch the database that is meant and return 0. Raises OperatorError, UsageError."""
    folder = options.workspace.parent / "geo"
    offer = _maxmind(options.level) if options.vendor == "maxmind" else _dbip(options.level, datetime.now(UTC))
    path = fetched(offer, folder)
    print(f"{path}: put `geo: {path.name}` below `enrichment` of the workspace, and build and deploy it")
    return 0


def fetched(offer: Offer, folder: Path) -> Path:
    """Return the file that was fetched. One that is no database replaces none. Raises OperatorError."""
    content = _unpacked(_download(offer), offer.name)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / offer.name
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".mmdb", delete=False) as draft:
        draft.write(content)
    try:
        locate_by(Path(draft.name))
    except UnusableDatabaseError as error:
        Path(draft.name).unlink()
        raise OperatorError("what was fetched is no database of places") from error
    Path(draft.name).chmod(0o644)
    return Path(draft.name).replace(path)


def _dbip(level: str, now: datetime) -> Offer:
    return Offer(f"https://download.db-ip.com/free/dbip-{level}-lite-{now:%Y-%m}.mmdb.gz", {}, f"dbip-{level}.mmdb")


def _maxmind(level: str) -> Offer:
    try:
        account = f"{os.environ['MAXMIND_ACCOUNT_ID']}:{os.environ['MAXMIND_LICENSE_KEY']}"
    except KeyError as error:
        raise UsageError(f"set {error.args[0]}: MaxMind wants an account") from error
    edition = f"GeoLite2-{level.capitalize()}"
    url = f"https://download.maxmind.com/geoip/databases/{edition}/download?suffix=tar.gz"
    return Offer(url, {"authorization": f"Basic {base64.b64encode(account.encode()).decode()}"}, f"{edition}.mmdb")


def _download(offer: Offer) -> bytes:
    """Return what is at an address, which is one of ours. Raises OperatorError."""
    request = urllib.request.Request(offer.url, headers=dict(offer.headers))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(_MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            raise OperatorError(f"{request.host} answers {error.code}") from error
    except OSError as error:
        raise OperatorError(f"{request.host} cannot be reached") from error
    if len(content) > _MAX_BYTES:
        raise OperatorError(f"more than {_MAX_BYTES} bytes")
    return content


def _unpacked(content: bytes, name: str) -> bytes:
    """Return the database in a gzip file or in an archive of tar. Raises OperatorError."""
    try:
        inner = gzip.GzipFile(fileobj=io.BytesIO(content)).read(_MAX_BYTES)
        if not tarfile.is_tarfile(io.BytesIO(inner)):
            return inner
        with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
            member = next((each for each in archive if each.isfile() and each.name.endswith(".mmdb")), None)
            opened = archive.extractfile(member) if member else None
            if opened is None:
                raise OperatorError(f"there is no {name} in what was fetched")
            return opened.read(_MAX_BYTES)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise OperatorError("what was fetched is damaged") from error
