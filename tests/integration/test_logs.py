"""No function writes down what people send: neither payloads nor keys, not even while debugging."""

import base64
import json
from typing import Any

import pytest

from tests.integration.cloud import SECRET
from tests.integration.conftest import Functions
from tests.integration.examples import example, function_of
from tests.receiver import Receiver

MARKER = "ana.n-1f9c27d4@example.com"
#: What stands in the examples where a person's data would, and is replaced by the marker.
PERSONAL = ("019mr8mf4r", "ana@example.com", "First+Touch", "39.99,}", "from another system", "502 Bad Gateway")
SECRETS = ("wk_website", "wk_server", "wk_of_an_old_app", "d2tf", SECRET)

#: With the steps that each logs, so that silence is not taken for discretion.
EXAMPLES = {
    "tracking-identify": {"accepted"},
    "tracking-batch-from-python-sdk": {"accepted"},
    "tracking-malformed-json": {"refused"},
    "tracking-no-write-key": {"refused"},
    "tracking-unknown-write-key": {"accepted"},
    "pixel-open-in-email": {"accepted"},
    "querystring-click": {"accepted"},
    "querystring-unknown-write-key": {"refused"},
    "settings-of-an-unknown-key": {"refused"},
    "router-one-batch": {"routed"},
    "router-mixed-good-and-bad": {"routed", "rejected"},
    "router-poison-message": {"routed"},
    "archive-two-packs": {"archived"},
    "destination-webhook-pack": {"delivered"},
    "destination-not-a-pack": {"delivered"},
}
#: Where the marker is not to be seen from outside, and where there is nobody to mark.
UNMARKED = ("pixel-open-in-email", "settings-of-an-unknown-key")


def marked(value: Any) -> Any:
    """An event with the marker in the place of personal data, also inside of bodies."""
    match value:
        case dict():
            return {name: marked(each) for name, each in value.items()}
        case list():
            return [marked(each) for each in value]
        case str():
            for personal in PERSONAL:
                value = value.replace(personal, MARKER)
    return value


def pixel() -> Any:
    """The example of a pixel, with the marker in its base64."""
    event = example("pixel-open-in-email")
    data = base64.b64encode(json.dumps({"writeKey": "wk_website", "userId": MARKER, "event": "Opened"}).encode())
    event["rawQueryString"] = f"data={data.decode()}"
    return event


@pytest.mark.usefixtures("cloud", "receiver")
@pytest.mark.parametrize(("name", "steps"), EXAMPLES.items())
def test_a_log_has_neither_payload_nor_key(functions: Functions, name: str, steps: set[str]) -> None:
    event = pixel() if name == "pixel-open-in-email" else marked(example(name))
    function = functions(function_of(name))

    function.invoke(event)

    written = function.written()
    assert MARKER in json.dumps(event) or name in UNMARKED
    assert {step["step"] for step in function.steps()} == steps
    assert '"level":"DEBUG"' in written or "refused" in steps
    assert MARKER not in written
    assert not [secret for secret in SECRETS if secret in written]


@pytest.mark.usefixtures("cloud")
def test_a_vendor_that_quotes_what_it_was_sent_is_not_quoted(functions: Functions, receiver: Receiver) -> None:
    receiver.answer = lambda received: (400, {}, received.body)
    function = functions("DestinationcrmFunction")

    function.invoke(marked(example("destination-webhook-pack")))

    assert {step["step"] for step in function.steps()} == {"discarded"}
    assert MARKER not in function.written()
    assert any(MARKER.encode() in each.body for each in receiver.received)
