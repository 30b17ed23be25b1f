"""Secrets of a workspace: references to each destination's own, and no value anywhere."""

import pytest

from catalogue import types as catalogue
from sluice.workspace.compiler import check
from sluice.workspace.secrets import Reference, references, resolved
from tests.workspaces import SOURCES, WEBHOOK, errors


@pytest.mark.parametrize("name", ["/other/key", "/sluice/shop/key", "/sluice/crm/../shop/key", "key"])
def test_a_destination_may_only_name_its_own_secrets(name: str) -> None:
    settings = f'{{url: "https://a.example", shared_secret: "${{secret:{name}}}"}}'
    text = SOURCES + f"destinations:\n  - id: crm\n    type: webhook\n    settings: {settings}\n"
    (error,) = errors(text)
    assert error.startswith("workspace.yaml:6: destinations.0.settings.shared_secret: ")
    assert "/sluice/crm/" in error


@pytest.mark.parametrize(
    ("line", "place", "reference"),
    [
        ("shared_secret: hunter2-hunter2", "shared_secret", "${secret:/sluice/crm/shared-secret}"),
        ("shared_secret: ''", "shared_secret", "${secret:/sluice/crm/shared-secret}"),
        (
            "headers: {authorization: Bearer hunter2-hunter2}",
            "headers.authorization",
            "${secret:/sluice/crm/authorization}",
        ),
        ("headers: {X-Api-Key: hunter2-hunter2}", "headers.X-Api-Key", "${secret:/sluice/crm/x-api-key}"),
        ("headers: {Cookie: hunter2-hunter2}", "headers.Cookie", "${secret:/sluice/crm/cookie}"),
        ("headers: {accept: '${env:hunter2-hunter2}'}", "headers.accept", "${secret:/sluice/crm/accept}"),
        ("headers: {accept: 'a ${secret:/sluice/crm/hunter2}'}", "headers.accept", "${secret:/sluice/crm/accept}"),
        ("shared_secret: '${hunter2-hunter2'", "shared_secret", "${secret:/sluice/crm/shared-secret}"),
    ],
)
def test_a_secret_in_a_workspace_is_refused_with_a_way_out_and_never_quoted(
    line: str, place: str, reference: str
) -> None:
    (error,) = errors(SOURCES + WEBHOOK + f"      {line}\n")
    assert error.startswith(f"workspace.yaml:8: destinations.0.settings.{place}: ")
    assert reference in error
    assert "hunter2" not in error


@pytest.mark.parametrize(
    "text",
    [
        SOURCES + WEBHOOK + "      shared_secret: 12345678\n",
        SOURCES + WEBHOOK + "      shared_secret: [12345678]\n",
        SOURCES + WEBHOOK + "      timeout: '12345678'\n",
        SOURCES + WEBHOOK + "      headers: 12345678\n",
        SOURCES.replace("browser", "server").replace("}", ", secrets_sha256: ['12345678']}"),
        SOURCES.replace("browser", "server").replace("}", ", token: '12345678'}"),
        SOURCES.replace("browser", "server").replace("}", ", token: {public_keys: ['12345678']}}"),
        SOURCES.replace("}", ", redirect_keys: ['12345678']}"),
    ],
)
def test_no_error_quotes_what_may_be_a_secret(text: str) -> None:
    assert not any("12345678" in error for error in errors(text))


def test_secrets_are_found_and_put_in_wherever_they_stand() -> None:
    settings = {"a": "${secret:/sluice/x/a}", "b": [{"c": "${secretsmanager:/sluice/x/c}"}], "d": "plain ${secret}"}
    assert list(references(settings)) == [
        (("a",), Reference("secret", "/sluice/x/a")),
        (("b", 0, "c"), Reference("secretsmanager", "/sluice/x/c")),
    ]
    assert resolved(settings, lambda each: each.name) == {
        "a": "/sluice/x/a",
        "b": [{"c": "/sluice/x/c"}],
        "d": "plain ${secret}",
    }


@pytest.mark.parametrize("store", ["secret", "secretsmanager"])
def test_a_secret_of_either_store_may_stand_where_a_type_checks_its_form(store: str) -> None:
    destination = f"destinations:\n  - {{id: chat, type: slack, settings: {{url: '${{{store}:/sluice/chat/url}}'}}}}\n"
    assert check(SOURCES + destination, "workspace.yaml", catalogue).destinations[0].id == "chat"
