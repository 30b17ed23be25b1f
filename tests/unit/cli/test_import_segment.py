"""Taking over from Segment: a workspace that compiles, nothing silently lost, no secret in a file."""

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from catalogue import types as catalogue
from cli.__main__ import main
from cli.segment.import_segment import imported
from cli.segment.segment_export import UnreadableExportError
from sluice.workspace.compiler import check

#: As GET /sources, /destinations, /destinations/{id}/subscriptions and …/filters answer, shortened.
EXPORT: list[dict[str, Any]] = [
    {"data": {"sources": [
        {"id": "s1", "slug": "acme_website", "name": "Acme Website", "enabled": True, "writeKeys": ["wkWebsite123"],
         "metadata": {"slug": "javascript"}},
        {"id": "s2", "slug": "ios-app", "name": "iOS", "enabled": False, "writeKeys": ["wkIos12345"],
         "metadata": {"slug": "ios"}},
    ], "pagination": {"current": "MA=="}}},
    {"data": {"destinations": [
        {"id": "d1", "name": "Mixpanel (prod)", "enabled": True, "sourceId": "s1",
         "metadata": {"slug": "actions-mixpanel"},
         "settings": {"projectToken": "tok", "apiSecret": "very-secret-1", "apiRegion": "EU \U0001f1ea\U0001f1fa"}},
        {"id": "d2", "name": "Slack", "enabled": False, "sourceId": "s2", "metadata": {"slug": "actions-slack"},
         "settings": {}},
        {"id": "d3", "name": "Braze", "enabled": True, "sourceId": "s1", "metadata": {"slug": "actions-braze-cloud"},
         "settings": {"api_key": "very-secret-2"}},
    ]}},
    {"data": {"subscriptions": [
        {"id": "x1", "name": "Track Calls", "actionSlug": "trackEvent", "destinationId": "d1", "enabled": True,
         "trigger": 'type = "track" and event != "Order Completed"',
         "settings": {"event": {"@path": "$.event"}, "distinct_id": {"@path": "$.userId"}, "unknown_field": 1}},
        {"id": "x2", "name": "Broken", "actionSlug": "identifyUser", "destinationId": "d1", "enabled": True,
         "trigger": 'type = "identify', "settings": {}},
        {"id": "x3", "name": "Of the future", "actionSlug": "teleport", "destinationId": "d1", "enabled": True,
         "trigger": "all", "settings": {}},
        {"id": "x4", "name": "Post", "actionSlug": "postToChannel", "destinationId": "d2", "enabled": False,
         "trigger": 'event = "Paid"',
         "settings": {"url": "https://hooks.slack.com/services/T/B/very-secret-3", "text": {"@template": "{{event}}"}}},
    ]}},
    {"data": {"filters": [
        {"id": "f1", "destinationId": "d1", "sourceId": "s1", "title": "No tests", "enabled": True,
         "if": 'event = "Internal Test"', "actions": [{"type": "DROP"}]},
        {"id": "f2", "destinationId": "d1", "sourceId": "s1", "title": "A tenth", "enabled": True, "if": "all",
         "actions": [{"type": "SAMPLE", "percent": 0.1, "path": "userId"},
                     {"type": "DROP_PROPERTIES", "fields": {"properties": ["ssn"]}}]},
        {"id": "f3", "destinationId": "d1", "sourceId": "s1", "title": "Off", "enabled": False, "if": "all",
         "actions": [{"type": "DROP"}]},
    ]}},
    {"data": {"trackingPlans": [{"id": "tp1", "name": "Plan", "type": "LIVE"}]}},
]  # fmt: skip


def test_what_was_taken_over_compiles_and_is_what_it_was() -> None:
    workspace = check(imported(EXPORT).text, "workspace.yaml", catalogue)
    assert [(each.id, each.type, each.write_keys, each.enabled) for each in workspace.sources] == [
        ("acme-website", "browser", ["wkWebsite123"], True),
        ("ios-app", "mobile", ["wkIos12345"], False),
    ]
    mixpanel, slack = workspace.destinations
    assert (mixpanel.id, mixpanel.sources, mixpanel.enabled) == ("mixpanelprod", ["acme-website"], True)
    assert mixpanel.settings["region"] == "eu"
    assert mixpanel.actions is not None
    (action,) = mixpanel.actions
    assert (action.action, action.defaults) == ("trackEvent", False)
    assert action.mapping == {"event": {"@path": "$.event"}, "distinct_id": {"@path": "$.userId"}}
    assert [(each.do, each.percent, each.fields) for each in mixpanel.filters] == [
        ("drop", None, {}),
        ("sample", 0.1, {}),
        ("drop_properties", None, {"properties": ["ssn"]}),
    ]
    assert slack.actions is not None
    assert (slack.enabled, slack.actions[0].enabled, slack.actions[0].mapping) == (
        False, False, {"text": {"@template": "{{event}}"}},
    )  # fmt: skip


def test_what_could_not_be_is_a_comment_with_its_reason_and_counted() -> None:
    made = imported(EXPORT)
    assert made.taken == {"sources": 2, "destinations": 2, "actions": 2, "filters": 3}
    assert {what: count for what, count in made.left.items() if count} == {
        "destinations of a type that there is not": 1,
        "actions that there are not": 1,
        "actions that cannot be read": 1,
        "fields that there are not": 1,
        "filters that are switched off": 1,
        "tracking plans": 1,
    }
    for said in ("no type for Segment's 'actions-braze-cloud'", "has no 'teleport'", "does not end", "filter 'Off' is"):
        assert said in made.text


def test_no_secret_is_in_the_file() -> None:
    made = imported(EXPORT)
    assert "very-secret" not in made.text
    assert made.secrets == ["/sluice/mixpanelprod/api-secret", "/sluice/slack/url"]
    assert "${secret:/sluice/mixpanelprod/api-secret}" in made.text


def changed(kind: str, index: int, **fields: Any) -> list[dict[str, Any]]:
    export = copy.deepcopy(EXPORT)
    found: list[dict[str, Any]] = next(each["data"][kind] for each in export if kind in each["data"])
    found[index] |= fields
    return export


def test_a_destination_whose_filter_cannot_be_read_is_switched_off() -> None:
    for broken in ({"if": "type = "}, {"actions": [{"type": "HASH"}]}, {"actions": [{"type": "SAMPLE", "percent": 7}]}):
        made = imported(changed("filters", 0, **broken))
        mixpanel, _ = check(made.text, "workspace.yaml", catalogue).destinations
        assert mixpanel.enabled is False
        assert "filter 'No tests', and so this destination is switched off" in made.text


def test_a_trigger_keeps_its_spaces() -> None:
    made = imported(changed("subscriptions", 0, trigger='\n  event = "Two  Spaces"\n  and type = "track"\n'))
    mixpanel, _ = check(made.text, "workspace.yaml", catalogue).destinations
    assert mixpanel.actions is not None
    assert mixpanel.actions[0].trigger == 'event = "Two  Spaces"\n  and type = "track"'


def test_channels_with_addresses_of_their_own_become_destinations_of_their_own() -> None:
    export = changed("destinations", 1, enabled=True)
    export[2]["data"]["subscriptions"].append({
        "id": "x5", "name": "Other channel", "actionSlug": "postToChannel", "destinationId": "d2", "enabled": True,
        "trigger": "all", "settings": {"url": "https://hooks.slack.com/services/T/B/very-secret-4", "text": "hi"},
    })  # fmt: skip
    made = imported(export)
    assert "very-secret" not in made.text
    _, first, second = check(made.text, "workspace.yaml", catalogue).destinations
    assert (first.id, second.id, len(made.secrets)) == ("slack", "slack2", 3)


def test_a_destination_that_could_not_be_built_is_a_comment() -> None:
    made = imported(changed("destinations", 0, settings={}))
    assert [each.id for each in check(made.text, "workspace.yaml", catalogue).destinations] == ["slack"]
    assert "destination 'Mixpanel (prod)' (d1): settings.project_token: is missing; add it" in made.text
    assert made.taken["destinations"] == 1
    assert made.secrets == ["/sluice/slack/url"]


def test_a_destination_of_an_unknown_source_does_not_get_all_sources() -> None:
    made = imported(changed("destinations", 0, sourceId="s9"))
    assert "destination 'Mixpanel (prod)' (d1): its source is not here" in made.text
    assert made.left["destinations of a source that there is not"] == 1


def test_an_action_that_lacks_a_required_field_is_a_comment() -> None:
    made = imported(changed("subscriptions", 0, settings={"distinct_id": {"@path": "$.userId"}}))
    mixpanel, _ = check(made.text, "workspace.yaml", catalogue).destinations
    assert mixpanel.actions == []
    assert "trackEvent needs the field 'event'" in made.text


#: Of which no part may be in a file, wherever it stood.
LEAK = "hunter2-hunter2"


def webhook(*subscriptions: dict[str, Any], slug: str = "actions-webhook", **settings: Any) -> list[dict[str, Any]]:
    """Return an export with one webhook: each of its subscriptions sends with these fields."""
    of_it = [
        {"id": f"w{number}", "name": f"Send {number}", "actionSlug": "send", "destinationId": "d9", "enabled": True,
         "trigger": "all", "settings": fields, **({"actionSlug": fields.pop("ACTION")} if "ACTION" in fields else {})}
        for number, fields in enumerate(map(dict, subscriptions))
    ]  # fmt: skip
    made = {
        "id": "d9",
        "name": "WH",
        "enabled": True,
        "sourceId": "s1",
        "metadata": {"slug": slug},
        "settings": settings,
    }
    return [EXPORT[0], {"data": {"destinations": [made]}}, {"data": {"subscriptions": of_it}}]


def taken(export: Any) -> list[Any]:
    made = imported(export)
    assert LEAK not in made.text
    return check(made.text, "workspace.yaml", catalogue).destinations


def test_addresses_and_headers_of_webhooks_are_secrets() -> None:
    (hook,) = taken(webhook({
        "url": f"https://hooks.example.com/{LEAK}", "method": "POST", "data": {"@path": "$."},
        "headers": {"Authorization": f"Bearer {LEAK}", "Content-Type": "application/json", "X-User": {"@path": "$.u"}},
    }))  # fmt: skip
    assert hook.settings == {
        "url": "${secret:/sluice/wh/url}",
        "headers": {"Authorization": "${secret:/sluice/wh/authorization}", "Content-Type": "application/json"},
    }
    (action,) = hook.actions
    assert action.mapping == {"method": "POST", "data": {"@path": "$."}, "headers": {"X-User": {"@path": "$.u"}}}


def test_each_address_of_a_webhook_becomes_a_destination() -> None:
    first, second = taken(
        webhook({"url": "https://a.example/"}, {"url": "https://b.example/"}, {"url": {"@path": "$.u"}})
    )
    assert (len(first.actions), len(second.actions)) == (2, 1)
    assert first.actions[1].mapping == {"url": {"@path": "$.u"}}


def test_an_action_that_we_have_not_makes_no_destination() -> None:
    export = webhook({"url": "https://a.example/"}, {"ACTION": "sendV9", "url": f"https://b.example/{LEAK}"})
    (hook,) = taken(export)
    assert [each.action for each in hook.actions] == ["send"]


@pytest.mark.parametrize(
    "settings",
    [
        {"hooks": [{"hook": f"https://a.example/{LEAK}", "headers": [{"key": "X-Key", "value": LEAK}]}]},
        {"globalHook": [f"https://a.example/{LEAK}"], "sharedSecret": LEAK},
        {"globalHook": f"https://a.example/{LEAK}"},
    ],
)
def test_classic_webhooks_come_along(settings: dict[str, Any]) -> None:
    (hook,) = taken(webhook(slug="webhooks", **settings))
    assert hook.type == "webhook"
    assert hook.settings["url"] == "${secret:/sluice/wh/url}"


def test_each_of_several_classic_webhooks_comes_along() -> None:
    hooks = [{"hook": f"https://{name}.example/"} for name in "abc"]
    assert [each.id for each in taken(webhook(slug="webhooks", hooks=hooks))] == ["wh", "wh2", "wh3"]


def test_classic_mixpanel_comes_along() -> None:
    classic = {"token": "tok", "apiSecret": LEAK, "enableEuropeanUnionEndpoint": True}
    (mixpanel,) = taken(webhook(slug="mixpanel", **classic))
    assert (mixpanel.type, mixpanel.settings["project_token"], mixpanel.settings["region"]) == ("mixpanel", "tok", "eu")


def test_no_secret_is_in_the_file_wherever_it_stood() -> None:
    """Given every kind of thing that has code, settings or values of its own."""
    export = [
        *webhook({"url": "https://a.example/", "teleport": LEAK}, {"ACTION": "sendV9", "headers": {"k": LEAK}}),
        {"data": {"functions": [{"id": "fn1", "displayName": "Mine", "code": f"const KEY = '{LEAK}'"}]}},
        {"data": {"insertFunctionInstances": [{"id": "i1", "name": "Redact", "settings": {"k": LEAK}}]}},
        {"data": {"transformations": [{"id": "t1", "name": "hash", "propertyValueTransformations": [LEAK]}]}},
        {"data": {"warehouses": [{"id": "w1", "metadata": {"slug": "s"}, "settings": {"password": LEAK}}]}},
        {"data": {"models": [{"id": "m1", "name": "retl", "query": f"select '{LEAK}'"}]}},
        {"data": {"audiences": [{"id": "a1", "name": "VIP", "definition": {"query": LEAK}}]}},
        {"data": {"rules": [{"type": "TRACK", "key": "Paid", "jsonSchema": {"const": LEAK}}]}},
        {"data": {"filters": [{"id": "f9", "destinationId": "d9", "title": "F", "enabled": True, "if": "all",
                               "actions": [{"type": "DROP_PROPERTIES", "fields": LEAK}]}]}},
        {"data": {"destinations": [{"id": "d8", "name": "Braze", "metadata": {"slug": "actions-braze-cloud"},
                                    "settings": {"api_key": LEAK}}]}},
    ]  # fmt: skip
    made = imported(export)
    assert LEAK not in made.text
    kinds = ("functions", "insert function instances", "transformations", "models", "audiences", "rules")
    assert {made.left[kind] for kind in (*kinds, "warehouses of a type that there is not")} == {1}
    for name in ("'Mine' (fn1)", "'Redact' (i1)", "'VIP' (a1)", "'Paid'", "'Braze' (d8)", "sendV9", "teleport"):
        assert name in made.text


def test_an_export_without_write_keys_is_refused_and_no_key_invented() -> None:
    with pytest.raises(UnreadableExportError, match=r"without a write key: 'Acme Website' \(s1\)"):
        imported(changed("sources", 0, writeKeys=[]))


def test_a_source_whose_key_another_has_is_a_comment() -> None:
    made = imported(changed("sources", 1, writeKeys=["wkWebsite123"]))
    assert made.left["sources whose write keys another has"] == 1
    assert "source 'iOS' (s2): another source has its write keys" in made.text


def test_what_belongs_to_a_destination_that_is_not_here_is_counted() -> None:
    made = imported([EXPORT[0], *EXPORT[2:]])
    assert (made.left["subscriptions of no destination"], made.left["filters of no destination"]) == (4, 3)


def test_nothing_taken_over_is_a_failure_and_a_file_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export, output = tmp_path / "export.json", tmp_path / "workspace.yaml"
    export.write_text(json.dumps([EXPORT[0], {"data": {"destinations": [EXPORT[1]["data"]["destinations"][2]]}}]))
    assert main(["import-segment", str(export), "--output", str(output)]) == 1
    assert "no destination was taken over" in capsys.readouterr().err
    output.write_text("mine")
    assert main(["import-segment", str(export), "--output", str(output)]) == 1
    assert output.read_text() == "mine"
    export.write_text(json.dumps(EXPORT))
    assert main(["import-segment", str(export), "--output", str(output), "--overwrite"]) == 0
    assert output.read_text() == imported(EXPORT).text


ODD: tuple[Any, ...] = (
    None,
    "",
    0,
    True,
    [],
    {},
    "x",
    ["a", 1],
    {"a": 1},
    "wk_1",
    "s1",
    -1.5,
    "\u00fc: #'\"",
    "https://x/",
)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_exported_comes_out_as_a_workspace_or_is_refused(seed: int) -> None:
    random, export = Random(seed), copy.deepcopy(EXPORT)  # noqa: S311 - repeatable, not secret
    for _ in range(random.randint(1, 6)):
        things = [thing for page in export for of_kind in page["data"].values() for thing in of_kind
                  if isinstance(thing, dict)]  # fmt: skip
        thing = random.choice(things)
        while (
            nested := [each for each in thing.values() if isinstance(each, dict) and each]
        ) and random.random() < 0.5:
            thing = random.choice(nested)
        if random.random() < 0.3 and thing:
            del thing[random.choice(list(thing))]
        elif thing:
            thing[random.choice(list(thing))] = copy.deepcopy(random.choice(ODD))
    try:
        made = imported(export)
    except UnreadableExportError:
        return
    check(made.text, "workspace.yaml", catalogue)


def test_the_command_writes_it_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, output = tmp_path / "export.json", tmp_path / "workspace.yaml"
    export.write_text(json.dumps(EXPORT))
    assert main(["import-segment", str(export), "--output", str(output)]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "taken over: 2 sources" in told
    assert "--name /sluice/slack/url" in told
    assert output.read_text() == imported(EXPORT).text


@pytest.mark.parametrize("export", [{}, [], {"data": {"sources": []}}, "text", 5, None])
def test_what_is_no_export_is_refused(export: Any) -> None:
    with pytest.raises(UnreadableExportError):
        imported(export)
