"""GET /v1/projects/<write key>/settings: without it, no SDK for the web or for phones sends anything.

What the SDKs read in it: https://github.com/segmentio/analytics-next/blob/master/packages/browser/src/browser/settings.ts
"""

import hashlib
import re
from typing import Any

from sluice.edge.http_cache import cached
from sluice.edge.request import Request
from sluice.edge.responses import json_response, refusal
from sluice.edge.result import Result
from sluice.workspace.compiled import DeviceDestination, Source, Workspace

#: The machine of who develops. Everywhere else there is TLS, and https is what SDKs assume.
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


def collect(request: Request, workspace: Workspace, key: str, base: str = "") -> Result:
    """`base` is the path prefix below which it was asked for (`/e7`), or nothing."""
    source = workspace.source_of(key)
    if source is None:
        answer = refusal(404, "unknown_source", "There is no source with this write key.")
        return Result(answer, None, "unknown_source")
    host = workspace.web.host or request.headers.get("host", "")
    document = settings_document(key, source, workspace, host, base)
    answer = json_response(200, document)
    return Result(cached(answer, request, hashlib.sha256(answer.body).hexdigest()[:32], "max-age=300"))


def settings_document(key: str, source: Source, workspace: Workspace, host: str, base: str = "") -> dict[str, Any]:
    """Return the settings of a source. Everything in them is public: every visitor can read it.

    `apiHost` steers uploads: it has no scheme and ends in /v1. `apiKey` is what clients send with their events.
    """
    devices = [each for each in workspace.device_destinations if each.sources is None or source.id in each.sources]
    clouds = [*dict.fromkeys(each.names[0] for each in workspace.destinations.values() if each.wants(source.id))]
    api_host = f"{host}{base}/v1"
    upload = {"apiKey": key, "apiHost": api_host, **({"protocol": "http"} if _LOOPBACK.fullmatch(host) else {})}
    return {
        "integrations": {
            "Segment.io": {**upload, **_bundled(devices, clouds)},
            **{each.name: _integration(each) for each in devices},
        },
        "plan": {
            "track": {"__default": {"enabled": True, "integrations": {}}},
            "identify": {"__default": {"enabled": True}},
            "group": {"__default": {"enabled": True}},
        },
        "remotePlugins": [_plugin(each) for each in devices if each.plugin is not None],
        **_consent(workspace, devices, clouds),
        "middlewareSettings": {"routingRules": [rule for each in devices for rule in each.rules]},
        "enabledMiddleware": {},
        "edgeFunction": {},
        "metrics": {"sampleRate": 0, "host": api_host},
        "legacyVideoPluginsEnabled": False,
        "analyticsNextEnabled": True,
    }


def _bundled(devices: list[DeviceDestination], clouds: list[str]) -> dict[str, Any]:
    """Return the metadata by which an event says what its browser sent, so that it is not sent twice."""
    names = {each.name for each in devices}
    ids: dict[str, list[str]] = {}
    for each in devices:
        ids.setdefault(each.name, []).append(each.id)
    return {
        "addBundledMetadata": bool(devices),
        "unbundledIntegrations": [name for name in clouds if name not in names],
        "maybeBundledConfigIds": ids,
        "versionSettings": {"componentTypes": ["browser"]},
    }


def _integration(device: DeviceDestination) -> dict[str, Any]:
    """Return it without a browser component, so that no SDK looks for a classic script, which we do not have.

    A user who serves one says so in the settings: `{type: browser, versionSettings: …}`.
    """
    return {
        "versionSettings": {"componentTypes": []},
        **device.settings,
        "bundlingStatus": "bundled",
        "consentSettings": {"categories": list(device.consent)},
    }


def _plugin(device: DeviceDestination) -> dict[str, Any]:
    plugin = device.plugin or {}
    return {
        "name": device.name,
        "creationName": device.name,
        "url": plugin["url"],
        "libraryName": plugin["library"],
        "settings": plugin["settings"],
    }


def _consent(workspace: Workspace, devices: list[DeviceDestination], clouds: list[str]) -> dict[str, Any]:
    """Absent where nobody asked about consent: consent tools then leave everything on."""
    named = [name for each in devices for name in each.consent]
    categories = dict.fromkeys([*workspace.web.consent_categories, *named])
    if not categories:
        return {}
    unmapped = bool(clouds) or any(not each.consent for each in devices)
    return {"consentSettings": {"allCategories": list(categories), "hasUnmappedDestinations": unmapped}}
