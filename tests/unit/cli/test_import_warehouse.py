"""Warehouses of Segment's, taken over: type, place, sources, schemas and selective sync; what they need is said."""

from typing import Any

import pytest

from catalogue import types as catalogue
from cli.segment.import_segment import imported
from sluice.workspace.compiler import check
from sluice.workspace.models import Workspace

LEAK = "pw-5ecret-of-theirs"
SOURCES = [
    {
        "id": "s1",
        "slug": "Acme_Website",
        "name": "Acme",
        "writeKeys": ["wkWebsite1"],
        "metadata": {"slug": "javascript"},
    },
    {"id": "s2", "slug": "backend", "name": "Backend", "writeKeys": ["wkBackend1"], "metadata": {"slug": "python"}},
    {"id": "s3", "slug": "a" * 40, "name": "Long", "writeKeys": ["wkLong123"], "metadata": {"slug": "go"}},
]
POSTGRES = {
    "id": "wh1", "enabled": True, "metadata": {"slug": "postgres"},
    "settings": {
        "name": "Main DB", "hostname": "db.example.com", "port": "5433", "database": "analytics", "username": "segment",
        "password": LEAK,
    },
}  # fmt: skip


def export(*warehouses: dict[str, Any], **more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = {"sources": SOURCES, "warehouses": list(warehouses), **more}
    return [{"data": {kind: things}} for kind, things in kinds.items()]


def workspace(*warehouses: dict[str, Any], **more: list[dict[str, Any]]) -> tuple[Workspace, Any]:
    made = imported(export(*warehouses, **more))
    assert LEAK not in made.text
    return check(made.text, "workspace.yaml", catalogue), made


def test_a_postgres_is_where_it_was_and_its_password_is_a_secret_to_be_put() -> None:
    found, made = workspace(POSTGRES)
    (main,) = found.warehouses
    assert (main.id, main.type, main.sources, main.names) == ("maindb", "postgres", None, ["wh1"])
    assert main.settings == {
        "host": "db.example.com", "port": 5433, "database": "analytics", "user": "segment",
        "password": "${secret:/sluice/maindb/password}",
    }  # fmt: skip
    assert made.secrets == ["/sluice/maindb/password"]
    assert made.taken["warehouses"] == 1


def test_schemas_keep_the_names_that_queries_have() -> None:
    """Given a slug that is longer than an id of ours, its schema is called as at Segment."""
    (main,) = workspace(POSTGRES)[0].warehouses
    assert main.schemas == {"a" * 28: "a" * 40}


def test_its_sources_are_those_that_are_connected_to_it() -> None:
    pairs = [{"id": f"wh1/{source}", "warehouseId": "wh1", "sourceId": source} for source in ("s1", "s2", "gone")]
    (main,) = workspace(POSTGRES, warehouseSources=pairs)[0].warehouses
    assert main.sources == ["acme-website", "backend"]


def test_selective_sync_goes_by_source_collection_and_property() -> None:
    items = [
        {"warehouseId": "wh1", "sourceId": "s1", "collection": "pages", "enabled": False, "properties": {}},
        {"warehouseId": "wh1", "sourceId": "s1", "collection": "order_completed", "enabled": True,
         "properties": {"total": True, "coupon": False, "note": {"enabled": False}, "id": False}},
        {"warehouseId": "other", "sourceId": "s1", "collection": "tracks", "enabled": False, "properties": {}},
        {"warehouseId": "wh1", "sourceId": "gone", "collection": "tracks", "enabled": False, "properties": {}},
    ]  # fmt: skip
    (main,) = workspace(POSTGRES, items=items)[0].warehouses
    assert main.drop.collections == ["acme-website/pages"]
    assert main.drop.properties == {"acme-website/order_completed": ["coupon", "note"]}


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("dw.c1abc2.us-east-1.redshift.amazonaws.com", {"cluster": "dw"}),
        ("Default.123456789012.us-east-1.redshift-serverless.amazonaws.com", {"workgroup": "default"}),
    ],
)
def test_a_redshift_is_switched_off_until_it_has_its_role(host: str, place: dict[str, str]) -> None:
    settings = {"hostname": host, "port": "5439", "database": "dev", "username": "segment", "password": LEAK}
    found, made = workspace({"id": "wh2", "metadata": {"slug": "redshift"}, "settings": settings})
    (main,) = found.warehouses
    assert (main.type, main.enabled) == ("redshift", False)
    assert place.items() <= main.settings.items()
    assert "`role_arn` is a role that reads" in made.text


def test_a_snowflake_is_where_it_was_and_asks_for_its_key_and_role() -> None:
    given = {
        "account": "acme.eu-central-1", "warehouse": "SEGMENT_WAREHOUSE", "database": "SEGMENT_EVENTS",
        "username": "SEGMENT_USER", "password": LEAK, "privateKey": LEAK,
    }  # fmt: skip
    found, made = workspace({"id": "wh4", "name": "Snow", "metadata": {"slug": "snowflake"}, "settings": given})
    (main,) = found.warehouses
    assert (main.id, main.type, main.enabled) == ("snow", "snowflake", False)
    assert main.settings == {
        "account": "acme.eu-central-1", "user": "SEGMENT_USER", "role": "SEGMENT", "warehouse": "SEGMENT_WAREHOUSE",
        "database": "SEGMENT_EVENTS", "private_key": "${secret:/sluice/snow/private_key}",
    }  # fmt: skip
    assert made.secrets == ["/sluice/snow/private_key"]
    assert "`role` is its user's, SEGMENT if" in made.text


def test_a_disabled_one_stays_disabled_and_what_we_have_not_is_a_comment() -> None:
    other = {"id": "wh3", "name": "Snow", "metadata": {"slug": "db2"}, "settings": {"password": LEAK}}
    found, made = workspace({**POSTGRES, "enabled": False}, other)
    (main,) = found.warehouses
    assert main.enabled is False
    assert made.left["warehouses of a type that there is not"] == 1
    assert "warehouse 'Snow' (wh3): there is no type for Segment's 'db2' yet" in made.text


@pytest.mark.parametrize("settings", [{}, {"hostname": 1, "port": "x"}, None, [], {"hostname": "h", "database": "d"}])
def test_one_that_cannot_be_read_is_a_comment(settings: Any) -> None:
    found, made = workspace({**POSTGRES, "settings": settings})
    assert found.warehouses == []
    assert made.left["warehouses that cannot be read"] == 1
