"""What README.md and docs/ say is true: links lead somewhere, examples compile, tables have every field."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from catalogue import types as catalogue
from sluice.edge.endpoints import querystring
from sluice.workspace.compiler import InvalidWorkspaceError, check
from sluice.workspace.fields import Model
from sluice.workspace.models import (
    MOST_DESTINATIONS,
    Delivery,
    Destination,
    DeviceDestination,
    Enrichment,
    Filter,
    Source,
    Subscription,
    Transformation,
    Web,
)
from sluice.workspace.warehouse import Drop, Warehouse
from tests import examples
from tests.pages import PAGES, ROOT, blocks, commands

_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert blocks(str(page.relative_to(ROOT)), "") == []


def test_the_reading_order_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    assert [page.name for page in PAGES if page.name != "README.md" and page.name not in index] == []


def test_what_contributors_run_exists() -> None:
    """Given the targets of the Makefile, each command of the page is one of them, or what CI runs."""
    targets = {f"make {name}" for name in re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
    for command in commands("CONTRIBUTING.md"):
        assert command == "bash .ci/run" or " ".join(command.split()[:2]) in targets, command
    assert "bash .ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()


def test_the_readme_counts_the_types_of_destinations() -> None:
    numbers = {10: "ten", 11: "eleven", 12: "twelve"}
    count = len(list(catalogue.destination_types()))
    assert (
        f"There are [{numbers.get(count, count)} types](docs/destinations/README.md)"
        in (ROOT / "README.md").read_text()
    )


def test_the_docs_say_how_many_destinations_there_can_be() -> None:
    for page in ("docs/workspace.md", "CHANGELOG.md"):
        assert f"Up to {MOST_DESTINATIONS} " in (ROOT / page).read_text()


def test_the_destination_of_the_readme_can_be_added() -> None:
    (example,) = blocks("README.md", "yaml")
    shipped = (ROOT / "layers/workspace/workspace.yaml").read_text()
    workspace = check(shipped + example, "workspace.yaml", catalogue)
    assert [each.id for each in workspace.destinations] == ["crm", "orders"]


def test_the_workspace_of_the_docs_compiles_and_has_every_field() -> None:
    (example,) = blocks("docs/workspace.md", "yaml")
    workspace = check(example, "workspace.yaml", catalogue)
    used = {name for source in workspace.sources for name in source.model_fields_set}
    assert used == set(Source.model_fields)
    assert {*workspace.destinations[0].model_fields_set, "enabled"} == set(Destination.model_fields)
    first = workspace.destinations[0]
    assert first.delivery.model_fields_set == set(Delivery.model_fields)
    assert first.actions is not None
    assert first.actions[0].model_fields_set == set(Subscription.model_fields)
    assert {name for each in first.filters for name in each.model_fields_set} == set(Filter.model_fields)
    assert first.transformations[0].model_fields_set == set(Transformation.model_fields)
    assert workspace.device_destinations[0].model_fields_set == set(DeviceDestination.model_fields)
    assert workspace.web.model_fields_set == set(Web.model_fields)
    assert workspace.enrichment.model_fields_set | {"geo"} == set(Enrichment.model_fields)
    (warehouse,) = workspace.warehouses
    assert warehouse.model_fields_set == set(Warehouse.model_fields)
    assert warehouse.drop.model_fields_set == set(Drop.model_fields)


@pytest.mark.parametrize(
    "model",
    [
        Source,
        Destination,
        Delivery,
        Subscription,
        Filter,
        Transformation,
        DeviceDestination,
        Warehouse,
        Enrichment,
        Web,
    ],
)
def test_the_docs_describe_every_field(model: type[Model]) -> None:
    page = (ROOT / "docs/workspace.md").read_text()
    for name, field in model.model_fields.items():
        assert f"| `{field.alias or name}` |" in page


def test_the_mistake_of_the_docs_is_what_the_build_says() -> None:
    said = blocks("docs/workspace.md", "text")[0].strip().removesuffix("…")
    shipped = (ROOT / "layers/workspace/workspace.yaml").read_text().replace("type: webhook", "type: webhok")
    with pytest.raises(InvalidWorkspaceError) as caught:
        check(shipped, "layers/workspace/workspace.yaml", catalogue)
    assert re.sub(r":\d+:", ":N:", str(caught.value)).startswith(re.sub(r":\d+:", ":N:", said))


def test_a_webhook_can_check_signatures_as_the_docs_say() -> None:
    names: dict[str, object] = {}
    exec(blocks("docs/webhook.md", "python")[0], names)  # noqa: S102 - our own page
    is_ours = names["is_ours"]
    assert callable(is_ours)
    signature = "sha256=" + hmac.new(b"key", b"{}", hashlib.sha256).hexdigest()
    assert is_ours(b"{}", signature, "key")
    assert not is_ours(b"{ }", signature, "key")


def test_a_link_signed_as_the_docs_say_leads_on() -> None:
    names: dict[str, Any] = {}
    for block in blocks("docs/links.md", "python"):
        exec(block, names)  # noqa: S102 - our own page
    target, reader = "https://elsewhere.example/a?b=1", {"ajs_uid": "u1", "ajs_event": "Clicked"}
    workspace = examples.workspace(redirect_keys=(names["public_key"],))
    for link in (
        names["link"]("events.shop.example", "wk_website", 30, url=target, **reader),
        names["link_of_one_target"]("events.shop.example", "wk_website", target, **reader),
    ):
        address = urlsplit(link)
        request = examples.get(address.path, address.query, {"user-agent": "Mozilla/5.0"})
        result = querystring.collect(request, workspace)
        assert (result.response.headers["location"], result.code) == (target, None)


def test_ci_runs_what_the_page_on_reliability_runs() -> None:
    ran = (ROOT / ".ci/run").read_text().splitlines()
    assert set(commands("docs/reliability.md")) <= set(ran)


def test_the_workspace_of_the_page_on_enrichment_compiles() -> None:
    (example,) = blocks("docs/enrichment.md", "yaml")
    assert check(example, "workspace.yaml", catalogue).enrichment.ip == "truncate"
