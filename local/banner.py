"""The lines that a person reads in the terminal."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from local.settings import INBOX, ROOT, WAREHOUSE

if TYPE_CHECKING:
    from pathlib import Path

    from local.cloud.deploy import Deployment
    from local.settings import Settings
    from local.workspace import Compiled, Target

#: Commands are shorter than this; what they show stands beside them.
_COLUMN = 44
_EVENT = {"userId": "user-1", "event": "Order Completed", "properties": {"total": 42}}


def banner(settings: Settings, compiled: Compiled, deployment: Deployment, seconds: float) -> str:
    """The block that says: it is up, and this is what you can do now."""
    targets = [_target_line(settings, target) for target in compiled.targets]
    curl = (
        f"curl -u {compiled.write_key}: {settings.url}/v1/track -H 'content-type: application/json' \\\n"
        f"       -d '{json.dumps(_EVENT)}'"
    )
    return "\n".join(
        [
            "",
            f"  {bold('Sluice is up')} at {bold(settings.url)}  {dim(f'after {seconds:.1f} s')}",
            f"  {dim(f'and over TLS at {settings.tls_url}')}",
            "",
            f"  {bold('Send an event')}",
            f"     {curl}",
            "",
            f"  {bold('See where it went')}",
            f"     {'make tail':{_COLUMN}}{dim('every step, as it happens')}",
            f"     {'make archive':{_COLUMN}}{dim(f's3://{deployment.bucket}/events/ as JSON lines')}",
            f"     {'make sql':{_COLUMN}}{dim(f'tables in SQL, in {_shown(settings.warehouse)}')}",
            f"     {'curl ' + settings.inbox_url:{_COLUMN}}{dim('what the webhook receiver got')}",
            f"     {'curl ' + settings.vendors_url + '/<id>':{_COLUMN}}{dim('what vendors would have got')}",
            "",
            f"  {bold('Destinations')}",
            *(f"     {line}" for line in targets),
            *_warehouses(settings, compiled),
            "",
            f"  {dim('Code, workspace and template are watched. Each start begins empty. Ctrl-C ends it all.')}",
            "",
        ]
    )


def _warehouses(settings: Settings, compiled: Compiled) -> list[str]:
    """Return what stands for the warehouses of the person's own workspace; nothing if it has none."""
    live = set(settings.live.split(","))
    lines = []
    for each in compiled.document["warehouses"]:
        if each["id"] != WAREHOUSE:
            is_live = {each["id"], "all"} & live
            place = "live" if is_live else f"{_shown(settings.warehouses / each['id'])}.duckdb"
            note = "" if is_live else dim(f"  (LIVE={each['id']} loads the real one)")
            lines.append(f"     {each['id']:18} {each['type']:12} {place}{note}")
    return ["", f"  {bold('Warehouses')}", *lines] if lines else []


def _shown(path: Path) -> Path:
    """Return a path as seen from the project, if it is below it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _target_line(settings: Settings, target: Target) -> str:
    note = "" if target.enabled else "  (switched off)"
    if target.id == INBOX and target.url == settings.inbox_url:
        note = "  (a webhook receiver in here)"
    elif target.enabled and {target.id, "all"} & set(settings.live.split(",")):
        note = "  (live: requests leave this machine)"
    return f"{target.id:18} {target.type:12} {target.url}{dim(note)}".rstrip()


def say(text: str) -> None:
    """One thing that happened, with its time of day."""
    first, *others = text.splitlines() or [""]
    print(
        f"  {dim(time.strftime('%H:%M:%S'))}  {first}",
        *(f"            {line}" for line in others),
        sep="\n",
        flush=True,
    )


def bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def dim(text: str) -> str:
    return f"\033[2m{text}\033[0m" if sys.stdout.isatty() else text
