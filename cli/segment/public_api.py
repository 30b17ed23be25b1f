"""`sluice export-segment`: ask Segment's Public API for all that an import can take over, or has to count.

https://docs.segmentapis.com (pagination, rate limits). The export has the settings of destinations in it, and so
secrets.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from cli.errors import OperatorError

HOSTS = {"us": "https://api.segmentapis.com", "eu": "https://eu1.api.segmentapis.com"}
_PAGE = 200
_MOST_PAGES = 10_000
_MOST_BYTES = 64 * 1024 * 1024
_SECONDS = 30.0
_ATTEMPTS = 8
#: Between attempts, if the API does not say; it allows 200 requests a minute.
_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE = 120.0
#: What an import counts only. Not every plan of Segment's and not every token has it.
_OTHERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/tracking-plans", {}),
    ("/transformations", {}),
    ("/reverse-etl-models", {}),
    *(("/functions", {"resourceType": kind}) for kind in ("DESTINATION", "SOURCE", "INSERT_DESTINATION")),
)

type Answer = dict[str, Any]


class RefusedError(Exception):
    """The API does not give this; `status` says why."""

    def __init__(self, status: int, path: str) -> None:
        super().__init__(f"Segment's API answers {status} to GET {path}")
        self.status = status


@dataclass(frozen=True)
class PublicApi:
    """The API of one region, with a token that is in no error."""

    host: str
    token: str = field(repr=False)
    pause: Callable[[float], None] = time.sleep

    def export(self, left_out: Callable[[str], None] = lambda _: None) -> list[Answer]:
        """Return the answers that an import reads. `left_out` is told of what the token may not see.

        Raises OperatorError if sources and destinations cannot be had.
        """
        try:
            answers = list(self._pages("/sources"))
            destinations = list(self._pages("/destinations"))
            for path in (path for each in destinations for path in _of_destinations(each)):
                answers += self._pages(path)
        except RefusedError as error:
            hint = "; is SEGMENT_TOKEN a token of this workspace and region?" if error.status in (401, 403) else ""
            raise OperatorError(f"{error}{hint}") from error
        answers += self._warehouses(left_out)
        for path, parameters in _OTHERS:
            try:
                answers += self._pages(path, parameters)
            except RefusedError as error:
                left_out(str(error))
        return [*answers, *destinations]

    def _warehouses(self, left_out: Callable[[str], None]) -> Iterator[Answer]:
        """Yield the warehouses, the sources of each, and what selective sync says: two such questions a minute."""
        try:
            found = list(self._pages("/warehouses"))
        except RefusedError as error:
            left_out(str(error))
            return
        yield from found
        for me in _ids_of(found, "warehouses"):
            try:
                yield from self._selection(me)
            except RefusedError as error:
                left_out(str(error))
                if error.status != 404:  # which says that there is none
                    yield {"data": {"unseenSelections": [{"id": me}]}}

    def _selection(self, warehouse: str) -> Iterator[Answer]:
        """Yield the sources of a warehouse, and what of them is left out. Raises RefusedError."""
        at = f"/warehouses/{quote(warehouse, safe='')}/connected-sources"
        sources = _ids_of(list(self._pages(at)), "sources")
        pairs = [{"id": f"{warehouse}/{each}", "warehouseId": warehouse, "sourceId": each} for each in sources]
        yield {"data": {"warehouseSources": pairs}}
        for each in sources:
            yield from self._pages(f"{at}/{quote(each, safe='')}/selective-syncs")

    def _pages(self, path: str, parameters: dict[str, str] | None = None) -> Iterator[Answer]:
        """Yield the answers of all pages. Raises RefusedError, or OperatorError."""
        cursor, seen = "", set[str]()
        while cursor not in seen and len(seen) < _MOST_PAGES:
            seen.add(cursor)
            asked = {**(parameters or {}), "pagination.count": str(_PAGE)}
            answer = self._get(path, {**asked, **({"pagination.cursor": cursor} if cursor else {})})
            yield answer
            data = answer.get("data")
            pagination = data.get("pagination") if isinstance(data, dict) else None
            following = pagination.get("next") if isinstance(pagination, dict) else None
            if not isinstance(following, str) or not following:
                return
            cursor = following

    def _get(self, path: str, parameters: dict[str, str]) -> Answer:
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/vnd.segment.v1+json"}
        request = urllib.request.Request(f"{self.host}{path}?{urlencode(parameters)}", headers=headers)  # noqa: S310
        for attempt in range(_ATTEMPTS):
            try:
                with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - a host of ours
                    return _read(response.read(_MOST_BYTES + 1), path)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code != 429 and error.code < 500:
                        raise RefusedError(error.code, path) from None
                    self.pause(_wait(error.headers.get("retry-after"), attempt))
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                self.pause(_wait(None, attempt))
        raise OperatorError(f"Segment's API does not answer GET {path}; run the same command again")


def _ids_of(answers: list[Answer], kind: str) -> list[str]:
    """Return the ids of the things of a kind in answers."""
    found = [each["data"].get(kind) for each in answers if isinstance(each.get("data"), dict)]
    things = [each for some in found if isinstance(some, list) for each in some if isinstance(each, dict)]
    return [each["id"] for each in things if isinstance(each.get("id"), str)]


def _of_destinations(answer: Answer) -> Iterator[str]:
    data = answer.get("data")
    found = data.get("destinations") if isinstance(data, dict) else None
    for each in found if isinstance(found, list) else []:
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            me = quote(each["id"], safe="")
            yield from (f"/destinations/{me}/subscriptions", f"/destination/{me}/filters")


def _read(body: bytes, path: str) -> Answer:
    try:
        if len(body) <= _MOST_BYTES and isinstance(document := json.loads(body), dict):
            return document
    except ValueError:
        pass
    raise OperatorError(f"Segment's API answers GET {path} with something else than JSON, or with more than 64 MB")


def _wait(said: str | None, attempt: int) -> float:
    """Return the seconds to wait: those that the API says, within reason."""
    if said is not None and said.isascii() and said.isdigit():
        return min(float(said[:6]), _LONGEST_PAUSE)
    return float(min(_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE))
