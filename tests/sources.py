"""Sources of a workspace, and what their hooks become."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.sources import source_type
from sluice.sources.hook import Hook
from sluice.sources.source import Source
from sluice.sources.translator import Translator
from sluice.spec.reasons import Reason

#: What the vectors of signatures were made with.
SECRET, BODY, NOW = "sluice-test-secret", b'{"id":"evt_1","ok":true}', 1767225600
URL = "https://collect.example.com/v1/sources/acme/hook?x=1"


def hook(body: bytes = BODY, *, method: str = "POST", url: str = URL, token: str = "", **headers: str) -> Hook:
    """Return a hook; underscores in names of headers stand for dashes."""
    return Hook(method, url, {name.replace("_", "-"): value for name, value in headers.items()}, body, token)


def is_proven(kind: Source[Any], hook: Hook, secrets: Sequence[str] = (SECRET,), now: float = NOW) -> bool:
    return kind.signature(hook, secrets, now)


def translated(
    kind: str, payload: object, headers: Mapping[str, str] | None = None, *, source: str = "acme", **settings: Any
) -> list[dict[str, Any] | Reason]:
    """Return what a hook of a source called `source` becomes. The payload is bytes, or JSON."""
    declared = source_type(kind)
    secret = "token" if "token" in declared.settings.__dataclass_fields__ else "secret"
    configured = declared.settings(**({secret: "x"} | settings))
    translator = Translator(declared, source, configured)
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return [event for event, _ in translator(body, headers or {})]


def event(
    kind: str, payload: object, headers: Mapping[str, str] | None = None, *, source: str = "acme", **settings: Any
) -> dict[str, Any]:
    """Return the one event that a hook becomes."""
    (found,) = translated(kind, payload, headers, source=source, **settings)
    assert isinstance(found, dict), found
    return found
