"""`sluice check`: what a vendor says of the credentials, in one sentence without a secret."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from cli.__main__ import main
from cli.check import verdict
from cli.errors import OperatorError
from sluice.destinations.http import Request, Response, UnreachableError
from tests import examples
from tests.twins import MemoryVendor

REFERENCE = "${secret:/sluice/crm/key}"
HOOK = "https://hooks.slack.com/services/T/B/x"


def destination(type: str, **settings: Any) -> Any:  # noqa: A002 - the field's own name
    return examples.destination(type=type, settings=settings)


@pytest.fixture
def secret(place: object) -> str:  # noqa: ARG001 - the account that it is in
    value = "s3cret-of-mine"
    boto3.client("ssm").put_parameter(Name="/sluice/crm/key", Value=value, Type="SecureString")
    return value


@pytest.mark.parametrize(
    ("configured", "answer", "expected"),
    [
        (destination("mixpanel", project_token="t", api_secret=REFERENCE), Response(200), (0, "accepts")),
        (destination("mixpanel", project_token="t", api_secret=REFERENCE), Response(401), (1, "refuses")),
        (destination("customerio", site_id="s", api_key=REFERENCE), Response(200), (0, "accepts")),
        (destination("customerio", site_id="s", api_key=REFERENCE), Response(500), (1, "does not tell")),
        (destination("amplitude", api_key=REFERENCE), Response(400, body=b"Invalid API key: k"), (1, "refuses")),
        (destination("amplitude", api_key=REFERENCE), Response(400, body=b"no events"), (1, "does not tell")),
        (destination("slack", url=HOOK), Response(400, body=b"no_text"), (0, "accepts")),
        (destination("slack", url=HOOK), Response(404, body=b"no_service"), (1, "refuses")),
    ],
)  # fmt: skip
def test_a_vendor_is_asked_once_and_understood(
    configured: Any, answer: Response, expected: tuple[int, str], secret: str
) -> None:
    vendor = MemoryVendor(lambda _: answer)
    status, text = verdict(configured, vendor, "prod")
    assert (status, expected[1] in text) == (expected[0], True), text
    assert len(vendor.requests) == 1
    assert secret not in text


def test_the_command_takes_the_stage_whose_secrets_are_meant(
    place: object,  # noqa: ARG001 - the account
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given a secret of another stage alone, the check of this one says what it looked for."""
    boto3.client("ssm").put_parameter(Name="/sluice/dev/other/key", Value="k", Type="SecureString")
    (tmp_path / "workspace.yaml").write_text(
        "sources:\n  - {id: s, type: server, write_keys: [wk_s]}\ndestinations:\n  - id: other\n    type: amplitude\n"
        '    settings: {api_key: "${secret:/sluice/other/key}"}\n'
    )
    assert main(["check", "other", "--stage", "prod", "--workspace", str(tmp_path / "workspace.yaml")]) == 1
    assert "/sluice/other/key cannot be read, and there is no /sluice/prod/other/key" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["webhook", "ga4", "posthog", "segment", "dummy"])
def test_a_vendor_that_offers_none_is_not_asked(name: str) -> None:
    vendor = MemoryVendor()
    status, text = verdict(destination(name), vendor, "prod")
    assert (status, vendor.requests) == (0, [])
    assert "offers no harmless request" in text


def test_what_stands_in_the_way_is_said(secret: str) -> None:  # noqa: ARG001
    def silent(_: Request) -> Response:
        raise UnreachableError("ETIMEDOUT", "no answer in time")

    with pytest.raises(OperatorError, match="cannot be reached: no answer in time"):
        verdict(destination("mixpanel", project_token="t", api_secret=REFERENCE), silent, "prod")
    with pytest.raises(OperatorError, match="/sluice/crm/absent cannot be read"):
        verdict(destination("mixpanel", project_token="t", api_secret="${secret:/sluice/crm/absent}"), silent, "prod")
