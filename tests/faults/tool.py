"""Another tool that sends its events by webhook, and signs them anew in each attempt."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalogue.sources import source_type
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.sources.translator import Translator
from sluice.workspace.compiled import Source, Workspace
from tests import examples

#: A function that sends one attempt, which has a name, and the ids that the events have in the archive.
type Sender = tuple[Callable[[str], Result], Sequence[str]]

_ID, _SECRET = "tool", "sluice-test-secret"
_SETTINGS: Mapping[str, Any] = {
    "signature": {
        "header": "x-tool-signature",
        "over": "{timestamp}.{body}",
        "timestamp": "x-tool-time",
        "secret": _SECRET,
    },
    "events": [
        {
            "mapping": {
                "event": {"@path": "$.kind"},
                "messageId": {"@path": "$.messageId"},
                "userId": {"@path": "$.userId"},
                "timestamp": {"@path": "$.timestamp"},
                "properties": {"@path": "$.properties"},
            }
        }
    ],
}
_WEBHOOK = source_type("webhook")
_DECLARED = _WEBHOOK.settings(**_SETTINGS)
_SOURCES = {_ID: HookSource(_WEBHOOK, lambda: _DECLARED)}
TRANSLATORS = {_ID: Translator(_WEBHOOK, _ID, _DECLARED)}


def with_tool(workspace: Workspace) -> Workspace:
    """Return the workspace with the tool as one more source."""
    source = Source(id=_ID, name="Tool", type="webhook", settings=dict(_SETTINGS))
    return replace(workspace, sources={**workspace.sources, _ID: source})


def tool(batch: Sequence[Mapping[str, Any]]) -> Sender:
    """Return how the tool sends these events. One without a name has a number for properties."""
    items = [
        {**event, "kind": event["event"], "properties": event["properties"] if event["event"] else 17}
        for event in batch
    ]
    body = json.dumps(items).encode()

    def sent(name: str) -> Result:
        now = str(int(time.time()))
        made = hmac.new(_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"x-tool-signature": made, "x-tool-time": now}
        request = Request("POST", f"/v1/sources/{_ID}/hook", "", headers, {}, body, None, name, examples.RECEIVED_MS)
        return collect(request, _SOURCES)

    return sent, sorted(names_of(items))


def names_of(items: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids that events of these items have."""
    return {f"{_ID}:{item['messageId']}" for item in items}
