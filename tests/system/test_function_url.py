"""The whole system behind a function URL: `make run FRONT=url`, with the SDKs, pixels and links of the other front."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from segment.analytics.client import Client

from local.cloud.aws import client
from local.own import Running, StartError, local_system
from local.settings import STACK
from tests.receiver import Receiver
from tests.system.conftest import WORKSPACE, eventually


@pytest.fixture(scope="module")
def behind_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Receiver]]:
    folder = tmp_path_factory.mktemp("function-url")
    with (
        Receiver() as receiver,
        local_system(folder, WORKSPACE.format(url=receiver.url), command=("make", "run"), FRONT="url") as running,
    ):
        yield running, receiver


def get(address: str) -> tuple[int, str, bytes]:
    """Status, content type and body, or where to; asked as a browser asks."""

    class Stays(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        asked = urllib.request.Request(address, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
        with urllib.request.build_opener(Stays).open(asked, timeout=10) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("location", ""), error.read()


def test_one_function_answers_for_all_routes_and_everything_arrives(behind_url: tuple[Running, Receiver]) -> None:
    """Given calls of an SDK, a pixel and a link, each is archived once, and settings and scripts are there."""
    system, _ = behind_url
    sdk = Client("wk_server", host=system.url, gzip=True)
    for number in range(50):
        sdk.track("url-sdk", "Item Viewed", {"number": number})
    sdk.shutdown()
    pixel = get(f"{system.url}/v1/pixel/track?writeKey=wk_website&userId=url-pixel&event=Opened")
    link = get(f"{system.url}/v1/q/wk_website?ajs_uid=url-link&ajs_event=Clicked&url=https://shop.example.com/a%20b")
    settings = get(f"{system.url}/v1/projects/wk_website/settings")
    script = get(f"{system.url}/analytics.js/v1/wk_website/analytics.min.js")

    assert pixel[:2] == (200, "image/gif")
    assert link[:2] == (302, "https://shop.example.com/a%20b")
    assert json.loads(settings[2])["integrations"]["Segment.io"]["apiKey"] == "wk_website"
    assert (script[0], len(script[2]) > 50_000) == (200, True)

    def archived() -> list[str]:
        return sorted(each["userId"] for each in system.archived() if str(each.get("userId")).startswith("url-"))

    assert eventually(archived, lambda found: len(found) >= 53) == [
        "url-link",
        "url-link",
        "url-pixel",
        *["url-sdk"] * 50,
    ]


def test_there_is_no_api_gateway_and_the_stack_says_the_address(behind_url: tuple[Running, Receiver]) -> None:
    system, _ = behind_url
    functions = {each["FunctionName"] for each in client("lambda", system.aws_url).list_functions()["Functions"]}
    assert "sluice-local-edge" in functions
    assert not functions & {f"sluice-local-{name}" for name in ("tracking", "pixel", "querystring", "settings")}
    assert client("apigatewayv2", system.aws_url).get_apis()["Items"] == []
    (stack,) = client("cloudformation", system.aws_url).describe_stacks(StackName=STACK)["Stacks"]
    address = next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "ApiUrl")
    assert address.startswith("https://")
    assert address.endswith(".lambda-url.us-east-1.on.aws")


def test_another_front_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        pytest.raises(StartError, match="FRONT is 'alb'; it must be api, for API Gateway, or url"),
        local_system(tmp_path_factory.mktemp("front"), FRONT="alb"),
    ):
        pass
