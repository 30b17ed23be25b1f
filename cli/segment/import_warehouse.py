"""A warehouse of Segment's, as it is in workspace.yaml: its type, place, sources, schemas and selective sync."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from catalogue import types as catalogue
from cli.segment.imported import Imported, block, comment, id_of, named
from cli.segment.segment_export import Thing, slug_of
from sluice.warehouses.names import snake_case
from sluice.workspace.compiler import InvalidWorkspaceError, check
from sluice.workspace.models import MOST_WAREHOUSES

_CLUSTER = re.compile(r"([a-z0-9-]+)\.[a-z0-9]+\.[a-z0-9-]+\.redshift\.amazonaws\.com(?:\.cn)?")
_WORKGROUP = re.compile(r"([a-z0-9-]+)\.[0-9]{12}\.[a-z0-9-]+\.redshift-serverless\.amazonaws\.com(?:\.cn)?")
#: Segment does not have it: Redshift reads with it what waits in S3.
_ROLE = "arn:aws:iam::000000000000:role/replace-me"
#: The role that Segment's page makes: https://segment.com/docs/connections/storage/catalog/snowflake/
_SNOWFLAKE_ROLE = "SEGMENT"


def warehouses(
    found: Mapping[str, Sequence[Thing]], sources: Mapping[str, Mapping[str, Any]], taken: set[str], result: Imported
) -> Iterator[str]:
    """Yield the lines of all warehouses. `sources` are ours by Segment's ids; `taken` are ids that there are."""
    for each in found.get("warehouses", ()):
        slug = slug_of(each)
        if slug not in _SETTINGS:
            result.left["warehouses of a type that there is not"] += 1
            yield from (*comment(f"warehouse {named(each)}: there is no type for Segment's {slug!r} yet"), "")
        elif result.taken["warehouses"] == MOST_WAREHOUSES:
            result.left["warehouses beyond the most"] += 1
            yield from (*comment(f"warehouse {named(each)}: {MOST_WAREHOUSES} fit into one stack"), "")
        else:
            yield from _taken_over(each, slug, found, sources, taken, result)


def _taken_over(
    thing: Thing, slug: str, found: Mapping[str, Sequence[Thing]], sources: Mapping[str, Mapping[str, Any]],
    taken: set[str], result: Imported,
) -> Iterator[str]:  # fmt: skip
    settings = thing.get("settings")
    given = settings if isinstance(settings, dict) else {}
    name = str(given.get("name") or thing.get("name") or slug)
    me = id_of(name, taken, "")
    made: dict[str, Any] = {"id": me, "type": slug}
    mine = [each for each in found.get("warehouseSources", ()) if each.get("warehouseId") == thing["id"]]
    connected = [sources[str(each.get("sourceId"))] for each in mine if str(each.get("sourceId")) in sources]
    if mine:
        made["sources"] = [each["id"] for each in connected]
    if not thing.get("enabled", True):
        made["enabled"] = False
    made["settings"], secrets, wanting = _SETTINGS[slug](given, me)
    if any(each["id"] == thing["id"] for each in found.get("unseenSelections", ())):
        wanting.append("its selective sync could not be seen: write what it shall not get, and take out `enabled`")
    if wanting:
        made["enabled"] = False
    if schemas := dict(_schemas(found, connected or list(sources.values()), sources)):
        made["schemas"] = schemas
    made["names"] = [thing["id"]]
    if drop := _drop(
        [each for each in found.get("selectiveSyncs", ()) if each.get("warehouseId") == thing["id"]], sources
    ):
        made["drop"] = drop
    if why := _wrong(made, list(sources.values())):
        result.left["warehouses that cannot be read"] += 1
        yield from (*comment(f"warehouse {named(thing)}: {why}"), "")
        return
    result.taken["warehouses"] += 1
    result.secrets += secrets
    yield from block(made)
    yield from (line for each in wanting for line in comment(f"{me}: {each}"))
    yield ""


def _postgres(given: Mapping[str, Any], me: str) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return settings, the names of secrets to be put, and what is wanting."""
    name = f"/sluice/{me}/password"
    settings = {
        "host": _text(given, "hostname", "host"), "port": _port(given), "database": _text(given, "database", "dbname"),
        "user": _text(given, "username", "user"), "password": f"${{secret:{name}}}",
    }  # fmt: skip
    return settings, [name], []


def _redshift(given: Mapping[str, Any], _: str) -> tuple[dict[str, Any], list[str], list[str]]:
    host = _text(given, "hostname", "host").lower()
    cluster, workgroup = _CLUSTER.fullmatch(host), _WORKGROUP.fullmatch(host)
    place = {"workgroup": workgroup[1]} if workgroup else {"cluster": cluster[1] if cluster else host.partition(".")[0]}
    wanting = [
        "`role_arn` is a role that reads staged/* of the archive's bucket; put its ARN, and take out `enabled`",
        "its user is the function's own role, or that of `secret_arn`: see docs/warehouses.md#redshift",
    ]
    return {"database": _text(given, "database", "dbname"), **place, "role_arn": _ROLE}, [], wanting


def _snowflake(given: Mapping[str, Any], me: str) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return settings for a key: Segment has one, or a password, and shows neither. It does not say its user's role."""
    name = f"/sluice/{me}/private_key"
    settings = {
        "account": _text(given, "account", "hostname").removesuffix(".snowflakecomputing.com"),
        "user": _text(given, "username", "user"), "role": _text(given, "role") or _SNOWFLAKE_ROLE,
        "warehouse": _text(given, "warehouse"), "database": _text(given, "database", "dbname"),
        "private_key": f"${{secret:{name}}}",
    }  # fmt: skip
    if _text(given, "role"):
        return settings, [name], []
    return settings, [name], [f"`role` is its user's, {_SNOWFLAKE_ROLE} if it was made as Segment says; see that it is"]


_SETTINGS: Mapping[str, Callable[[Mapping[str, Any], str], tuple[dict[str, Any], list[str], list[str]]]] = {
    "postgres": _postgres,
    "redshift": _redshift,
    "snowflake": _snowflake,
}


def _text(given: Mapping[str, Any], *names: str) -> str:
    return next((str(given[name]) for name in names if given.get(name)), "")


def _port(given: Mapping[str, Any]) -> int:
    text = _text(given, "port")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 5432


def _schemas(
    found: Mapping[str, Sequence[Thing]], ours: Sequence[Mapping[str, Any]], sources: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield the schemas that are called otherwise than our id says: Segment calls them after its slug."""
    slugs = {str(each.get("id")): snake_case(str(each.get("slug") or "")) for each in found["sources"]}
    wanted = {each["id"] for each in ours}
    for theirs, source in sources.items():
        slug = slugs.get(theirs, "")
        if source["id"] in wanted and slug and slug != snake_case(source["id"]):
            yield source["id"], slug


def _drop(syncs: Sequence[Thing], sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what selective sync has switched off, by source."""
    collections: list[str] = []
    properties: dict[str, list[str]] = {}
    for each in syncs:
        source = sources.get(str(each.get("sourceId")))
        collection = each.get("collection")
        if source is None or not isinstance(collection, str) or not collection:
            continue
        name = f"{source['id']}/{collection}"
        if each.get("enabled") is False:
            collections.append(name)
            continue
        inside = each.get("properties")
        off = [key for key, value in inside.items() if _is_off(value)] if isinstance(inside, dict) else []
        if kept := [key for key in off if key not in ("id", "received_at")]:
            properties[name] = kept
    return {key: value for key, value in (("collections", collections), ("properties", properties)) if value}


def _is_off(value: Any) -> bool:
    return value is False or (isinstance(value, dict) and value.get("enabled") is False)


def _wrong(made: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> str:
    """Return the first error that `make workspace` would find, or nothing. It shows no value."""
    text = yaml.safe_dump({"sources": list(sources), "warehouses": [dict(made)]}, allow_unicode=True)
    try:
        check(text, "workspace.yaml", catalogue)
    except InvalidWorkspaceError as error:
        first = error.errors[0]
        return f"{first.place.removeprefix('warehouses.0.')}: {first.text}"
    return ""
