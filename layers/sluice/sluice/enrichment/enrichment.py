"""Fill what an event does not say. What it says is never overwritten, and nothing here may cost an event."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sluice.enrichment.addresses import truncated
from sluice.enrichment.agents import agent, bot
from sluice.enrichment.campaign import origin
from sluice.enrichment.geo import Locate, UnusableDatabaseError, locate_by
from sluice.telemetry import logs
from sluice.workspace.compiled import Enrichment, Source

#: Below this name of the context is what Segment's Spec has no name for.
ENRICHMENT = "enrichment"

type _Step = Callable[[dict[str, Any], dict[str, Any], dict[str, Any], bool], None]


def of_workspace(configured: Enrichment, folder: Path) -> Callable[[Source, dict[str, Any]], None] | None:
    """Return what a workspace has switched on; None for nothing. Its database of places is in `folder`.

    Without a readable database everything else works, and a log line says so.
    """
    locate: Locate | None = None
    if configured.geo:
        try:
            locate = locate_by(folder / configured.geo)
        except (OSError, UnusableDatabaseError):
            logs.logger.error("the database of places cannot be used", extra={"file": configured.geo})
    return enrich_by(configured, locate)


def enrich_by(configured: Enrichment, locate: Locate | None = None) -> Callable[[Source, dict[str, Any]], None] | None:
    """Return what is switched on, in the order in which it has to happen; None for nothing."""
    steps = list(_steps(configured, locate))
    if not steps:
        return None
    wanted = configured.sources

    def enrich(source: Source, event: dict[str, Any]) -> None:
        if wanted is not None and source.id not in wanted:
            return
        _enrich(steps, event, source.type in ("browser", "mobile"))

    return enrich


def _steps(configured: Enrichment, locate: Locate | None) -> Iterator[_Step]:
    if configured.campaign:
        yield _campaign
    if configured.agent:
        yield _agent
    if configured.bots:
        yield _bot
    if locate is not None:
        yield _located(locate)
    if configured.ip != "keep":
        yield _without_address if configured.ip == "drop" else _with_truncated_address


def _enrich(steps: Sequence[_Step], event: dict[str, Any], is_client: bool) -> None:
    context = event["context"]
    own: dict[str, Any] = {}
    for step in steps:
        try:
            step(event, context, own, is_client)
        except Exception as error:  # noqa: BLE001 - whatever it is, the event goes on, and so do the other steps
            logs.fault(error)
    if own:
        given = context.get(ENRICHMENT)
        context[ENRICHMENT] = {**own, **given} if isinstance(given, dict) else own


def _campaign(event: dict[str, Any], context: dict[str, Any], own: dict[str, Any], _: bool) -> None:
    found = origin(event)
    if found.campaign and not context.get("campaign"):
        context["campaign"] = dict(found.campaign)
    if found.click_ids:
        own["click_ids"] = dict(found.click_ids)


def _agent(_: dict[str, Any], context: dict[str, Any], own: dict[str, Any], _is_client: bool) -> None:
    text = context.get("userAgent")
    if not isinstance(text, str) or not text:
        return
    found = agent(text)
    if found.os and not context.get("os"):
        context["os"] = dict(found.os)
    if found.device and not context.get("device"):
        context["device"] = dict(found.device)
    if found.browser:
        own["browser"] = dict(found.browser)


def _bot(_: dict[str, Any], context: dict[str, Any], own: dict[str, Any], is_client: bool) -> None:
    """Mark bots among people's devices. The agent of a server is its library's."""
    text = context.get("userAgent")
    if is_client and isinstance(text, str) and (found := bot(text)) is not None:
        own["bot"] = dict(found)


def _located(locate: Locate) -> _Step:
    def step(_: dict[str, Any], context: dict[str, Any], _own: dict[str, Any], _is_client: bool) -> None:
        address = context.get("ip")
        if not isinstance(address, str) or (place := locate(address)) is None:
            return
        if not context.get("location"):
            context["location"] = dict(place.location)
        if place.timezone and not context.get("timezone"):
            context["timezone"] = place.timezone

    return step


def _without_address(_: dict[str, Any], context: dict[str, Any], _own: dict[str, Any], _is_client: bool) -> None:
    context.pop("ip", None)


def _with_truncated_address(_: dict[str, Any], context: dict[str, Any], _own: dict[str, Any], _is_client: bool) -> None:
    """Cut the last part. What is no address could be one in another form, and goes."""
    address = context.get("ip")
    if address is None:
        return
    cut = truncated(address) if isinstance(address, str) else None
    if cut is None:
        del context["ip"]
    else:
        context["ip"] = cut
