"""The settings document: what SDKs read in it, below the path prefix as well, and how it is cached."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sluice.edge.cors import with_cors
from sluice.edge.endpoints.routes import dispatch
from sluice.edge.responses import Response
from sluice.workspace.compiled import DeviceDestination, Web, Workspace
from tests import examples
from tests.examples import destination, get

HOST = {"host": "events.shop.example"}
PATH = "/v1/projects/wk_website/settings"


def device(**changes: Any) -> DeviceDestination:
    fields: dict[str, Any] = {
        "id": "amplitudeweb",
        "name": "Amplitude (Actions)",
        "sources": None,
        "settings": {"apiKey": "public"},
        "consent": ("analytics",),
        "plugin": {
            "url": "https://cdn.shop.example/a.js",
            "library": "aDestination",
            "settings": {"a": 1},
        },
    }
    return DeviceDestination(**{**fields, **changes})


def workspace(*devices: DeviceDestination, web: Web | None = None) -> Workspace:
    return replace(
        examples.workspace(destination(names=("Webhook", "Webhooks"))),
        device_destinations=devices,
        web=web or Web(),
    )


def ask(path: str = PATH, within: Workspace | None = None, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return dispatch(get(path, headers={**HOST, **named}), within or workspace(), {"*"}).response


def document(path: str = PATH, within: Workspace | None = None, **headers: str) -> dict[str, Any]:
    answer = ask(path, within, **headers)
    assert answer.status == 200
    return dict(json.loads(answer.body))


def test_they_name_the_key_and_the_host_that_were_asked() -> None:
    segment = document()["integrations"]["Segment.io"]
    assert (segment["apiKey"], segment["apiHost"]) == ("wk_website", "events.shop.example/v1")
    assert "protocol" not in segment


@pytest.mark.parametrize(
    ("host", "protocol"),
    [("127.0.0.1:3000", "http"), ("localhost:3000", "http"), ("localhost", "http"), ("localhost.shop.example", None)],
)
def test_only_on_this_machine_uploads_go_without_tls(host: str, protocol: str | None) -> None:
    assert document(host=host)["integrations"]["Segment.io"].get("protocol") == protocol


def test_a_disabled_source_gets_them_too() -> None:
    assert document("/v1/projects/wk_app/settings")["integrations"]["Segment.io"]["apiKey"] == "wk_app"


def test_an_unknown_key_is_not_found() -> None:
    answer = ask("/v1/projects/nobody/settings")
    assert answer.status == 404
    assert json.loads(answer.body)["code"] == "unknown_source"


def test_they_have_whatever_an_sdk_decodes() -> None:
    found = document()
    assert found["plan"]["track"]["__default"] == {"enabled": True, "integrations": {}}
    assert found["metrics"] == {"sampleRate": 0, "host": "events.shop.example/v1"}
    assert (found["edgeFunction"], found["enabledMiddleware"], found["remotePlugins"]) == ({}, {}, [])
    assert found["middlewareSettings"] == {"routingRules": []}
    assert "consentSettings" not in found


def test_cloud_destinations_are_named_and_nothing_else_of_them_is_told() -> None:
    segment = document()["integrations"]["Segment.io"]
    assert segment["unbundledIntegrations"] == ["Webhook"]
    assert segment["addBundledMetadata"] is False


def test_a_device_destination_is_loaded_by_the_browser_and_reported_in_the_metadata() -> None:
    found = document(within=workspace(device()))
    segment = found["integrations"]["Segment.io"]
    assert segment["addBundledMetadata"] is True
    assert segment["maybeBundledConfigIds"] == {"Amplitude (Actions)": ["amplitudeweb"]}
    assert found["integrations"]["Amplitude (Actions)"] == {
        "versionSettings": {"componentTypes": []},
        "apiKey": "public",
        "bundlingStatus": "bundled",
        "consentSettings": {"categories": ["analytics"]},
    }
    assert found["remotePlugins"] == [
        {
            "name": "Amplitude (Actions)",
            "creationName": "Amplitude (Actions)",
            "url": "https://cdn.shop.example/a.js",
            "libraryName": "aDestination",
            "settings": {"a": 1},
        }
    ]


def test_no_classic_script_is_looked_for_unless_the_workspace_says_so() -> None:
    classic = device(plugin=None, settings={"type": "browser", "versionSettings": {"version": "3.1.0"}})
    found = document(within=workspace(classic))
    assert found["remotePlugins"] == []
    assert found["integrations"][classic.name]["type"] == "browser"
    assert "type" not in document(within=workspace(device()))["integrations"][classic.name]


def test_a_destination_in_both_modes_is_the_browsers() -> None:
    segment = document(within=workspace(device(name="Webhook")))["integrations"]["Segment.io"]
    assert segment["unbundledIntegrations"] == []


def test_device_destinations_of_other_sources_are_nobodys_business() -> None:
    found = document(within=workspace(device(sources=("server",))))
    assert list(found["integrations"]) == ["Segment.io"]


def test_consent_has_every_category_and_says_whether_something_has_none() -> None:
    web = Web(consent_categories=("advertising", "analytics"))
    found = document(within=workspace(device(), web=web))
    assert found["consentSettings"] == {"allCategories": ["advertising", "analytics"], "hasUnmappedDestinations": True}

    only_devices = replace(workspace(device()), destinations={})
    assert document(within=only_devices)["consentSettings"] == {
        "allCategories": ["analytics"],
        "hasUnmappedDestinations": False,
    }


def test_behind_a_proxy_that_asks_for_another_host_they_steer_uploads_to_the_proxy() -> None:
    """Given `web.host`, the host that the proxy asked for reaches no browser."""
    segment = document(within=workspace(web=Web(host="events.example.com")))["integrations"]["Segment.io"]
    assert segment["apiHost"] == "events.example.com/v1"


@pytest.mark.parametrize("path", [f"/e7{PATH}", "/e7/wk_website.json"])
def test_below_the_prefix_they_steer_uploads_below_the_prefix(path: str) -> None:
    segment = document(path, workspace(web=Web("e7")))["integrations"]["Segment.io"]
    assert segment["apiHost"] == "events.shop.example/e7/v1"


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_who_has_them_already_gets_no_body(known: str) -> None:
    first = ask()
    assert first.headers["cache-control"] == "public, max-age=300"
    again = ask(if_none_match=known.format(first.headers["etag"].strip('"')))
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_a_shared_cache_keeps_them_by_origin() -> None:
    request = get(PATH, headers={**HOST, "origin": "https://www.shop.example"})
    answer = with_cors(dispatch(request, workspace(), {"*"}).response, request, {"*"})
    assert answer.headers["access-control-allow-origin"] == "https://www.shop.example"
    assert answer.headers["vary"] == ask().headers["vary"] == "origin"
