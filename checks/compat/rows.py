"""The SDKs that are run, as data: what each is, what it cannot do, and what it adds to an event by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

type Names = frozenset[str]

NONE: Names = frozenset()
#: What a browser knows of the page, and the web SDKs put into the properties of a page call.
_PAGE: Names = frozenset({"name", "category", "path", "referrer", "search", "title", "url"})
_RUDDER_PAGE: Names = _PAGE | {"referring_domain", "tab_url", "initial_referrer", "initial_referring_domain"}
_JITSU_PAGE: Names = frozenset({"name", "category", "title", "url", "path", "hash", "width", "height"})

_NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
_NO_ADDITIONS: Mapping[str, Names] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One SDK in one configuration. `id` is also the id of its source.

    `runner` says what runs it; `program` is the Python module of its client, the script for Node, the folder of a
    script for Node that is bundled with what a phone would give it, or the page for a browser. `pad` is how long the
    text in the largest event may be, so that the event stays just below 32 KB with all that the SDK adds.
    """

    id: str
    sdk: str
    mode: str
    runner: Literal["python", "node", "bundle", "browser"]
    program: str
    source: Literal["browser", "mobile", "server"] = "server"
    options: Mapping[str, Any] = _NO_OPTIONS
    key_suffix: str = ""
    """What the SDK wants behind the write key."""
    environment: str = ""
    """For Python: the file of checks/compat/requirements."""
    pad: int = 31_900
    channel: str = ""
    """The channel that the SDK names itself; else it is that of the source."""
    clicks: tuple[str, ...] = ()
    """For a page that sends by itself: the ids of the buttons to press. Its events have no marks, but types."""
    calls_missing: Names = NONE
    """Calls that the SDK has not."""
    fields_missing: Names = NONE
    """Fields that a caller cannot give to it."""
    adds: Mapping[str, Names] = field(default=_NO_ADDITIONS)
    """Properties that it adds, by call."""
    drops_nulls: bool = False
    """Null values of objects are left out, and what became null."""
    merges_context: bool = False
    """What it knows itself is added within the objects of the caller's context."""
    alias_keeps_user: bool = False
    """An alias from a known user goes out with that user's id in place of the new one."""
    gives_up: Names = NONE
    """Faults after which it does not try again: the caller is told, or nobody."""
    waits: Names = NONE
    """Faults after which it waits as long as `Retry-After` says."""
    waits_too_long: Names = NONE
    """Faults that it waits out, for longer than a run lasts: they are not tried."""
    persists: bool = False
    """It tries again after a 400, which nothing can mend."""

    @property
    def key(self) -> str:
        return f"wk_{self.id}"

    @property
    def name(self) -> str:
        return f"{self.sdk}, {self.mode}" if self.mode else self.sdk

    @property
    def exact_integers(self) -> bool:
        """Whether the language has integers beyond 2^53."""
        return self.runner == "python"


_FAULTS: Names = frozenset({"429", "429 of API Gateway", "503", "answer lost"})

_SEGMENT_PYTHON = "segment-analytics-python 2.4.0"
_NEXT = "@segment/analytics-next 1.84.3"

_JITSU: dict[str, Any] = {
    "sdk": "@jitsu/js 1.11.0",
    "runner": "node",
    "program": "node_jitsu.mjs",
    "key_suffix": ":secret",
    "calls_missing": frozenset({"alias", "screen"}),
    # Its context of one call stays for all later ones, and a page's name is one of its properties.
    "fields_missing": frozenset({"timestamp", "integrations", "category", "name", "context"}),
    "adds": {"page": _JITSU_PAGE},
    "gives_up": _FAULTS,
}

ROWS: tuple[Row, ...] = (
    Row(
        id="python",
        sdk=_SEGMENT_PYTHON,
        mode="plain",
        runner="python",
        program="segment.analytics.client",
        environment="segment",
        waits=frozenset({"429", "503"}),
    ),
    Row(
        id="python-gzip",
        sdk=_SEGMENT_PYTHON,
        mode="gzip",
        runner="python",
        program="segment.analytics.client",
        environment="segment",
        options={"gzip": True},
        waits=frozenset({"429", "503"}),
    ),
    Row(
        id="python-sync",
        sdk=_SEGMENT_PYTHON,
        mode="sync_mode",
        runner="python",
        program="segment.analytics.client",
        environment="segment",
        options={"sync_mode": True},
        gives_up=_FAULTS,
    ),
    Row(
        id="python-legacy",
        sdk="analytics-python 1.4.post1",
        mode="",
        runner="python",
        program="analytics.client",
        environment="legacy",
    ),
    Row(
        id="python-rudder",
        sdk="rudder-sdk-python 2.1.9",
        mode="gzip",
        runner="python",
        program="rudderstack.analytics.client",
        environment="rudder",
        channel="server",
    ),
    Row(
        id="node",
        sdk="@segment/analytics-node 3.1.0",
        mode="",
        runner="node",
        program="node_segment.mjs",
        adds={"page": frozenset({"category"})},
        waits=frozenset({"429"}),
    ),
    Row(id="node-legacy", sdk="analytics-node 6.2.0", mode="", runner="node", program="node_legacy.mjs"),
    Row(
        id="node-rudder",
        sdk="@rudderstack/rudder-sdk-node 3.0.13",
        mode="gzip",
        runner="node",
        program="node_rudder.mjs",
        channel="server",
        waits=frozenset({"429", "503"}),
    ),
    Row(id="node-jitsu", mode="Node", **_JITSU),
    Row(id="node-jitsu-s2s", mode="Node, s2s", options={"s2s": True}, **_JITSU),
    Row(
        id="react-native",
        sdk="@segment/analytics-react-native 2.24.1",
        mode="in Node",
        runner="bundle",
        program="react_native",
        source="mobile",
        pad=30_500,
        calls_missing=frozenset({"page", "alias"}),
        fields_missing=frozenset({"category"}),
        waits=frozenset({"429", "503"}),
        waits_too_long=frozenset({"429 of API Gateway"}),
    ),
    Row(
        id="web",
        sdk=_NEXT,
        mode="npm",
        runner="browser",
        program="next",
        source="browser",
        pad=30_900,
        adds={"page": _PAGE},
        alias_keeps_user=True,
        waits=frozenset({"429"}),
    ),
    Row(
        id="web-batching",
        sdk=_NEXT,
        mode="npm, batching",
        runner="browser",
        program="next",
        source="browser",
        options={"deliveryStrategy": {"strategy": "batching", "config": {"size": 10, "timeout": 500}}},
        pad=30_900,
        adds={"page": _PAGE},
        alias_keeps_user=True,
        waits=frozenset({"429"}),
    ),
    Row(
        id="web-snippet",
        sdk="analytics.js of this deployment",
        mode="snippet",
        runner="browser",
        program="snippet",
        source="browser",
        pad=30_900,
        adds={"page": _PAGE},
        alias_keeps_user=True,
        waits=frozenset({"429"}),
    ),
    Row(
        id="web-rudder",
        sdk="@rudderstack/analytics-js 3.34.1",
        mode="npm, bundled",
        runner="browser",
        program="rudder",
        source="browser",
        pad=30_700,
        channel="web",
        calls_missing=frozenset({"screen"}),
        fields_missing=frozenset({"timestamp"}),
        adds={"page": _RUDDER_PAGE},
        drops_nulls=True,
        merges_context=True,
    ),
    Row(
        id="web-example",
        sdk="examples/index.html",
        mode="",
        runner="browser",
        program="example",
        source="browser",
        clicks=("identify", "track", "group"),
        adds={"page": _PAGE},
    ),
)
