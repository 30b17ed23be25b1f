"""The workspace: what is built of it is what functions load, and the template follows it."""

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
import yaml

from catalogue import types as catalogue
from cli.templates.synchronised import TemplateError, synchronise
from cli.workspace import main, schema
from sluice.workspace import compiled, models
from sluice.workspace.compiled import WorkspaceVersionError, from_json, load
from sluice.workspace.compiler import InvalidWorkspaceError, check, compile_file, dump
from sluice.workspace.fields import Model
from sluice.workspace.warehouse import Warehouse
from tests.workspaces import SOURCES, TEMPLATE

SHIPPED = Path("layers/workspace/workspace.yaml")


def test_what_was_compiled_is_what_functions_load(tmp_path: Path) -> None:
    compile_file(SHIPPED, tmp_path / "workspace.json", catalogue)
    workspace = load(tmp_path / "workspace.json")
    source = workspace.source_of("wk_website")
    assert source is not None
    assert (source.id, source.type) == ("website", "browser")
    crm = workspace.destinations["crm"]
    assert (crm.type, crm.names[0], crm.sources) == ("webhook", "Webhook", ("website", "server"))
    assert crm.settings["shared_secret"] == "${secret:/sluice/crm/shared-secret}", "references, never secrets"
    assert "wk_website" not in repr(workspace)


def test_a_file_with_a_mistake_never_replaces_a_good_one(tmp_path: Path) -> None:
    target, broken = tmp_path / "workspace.json", tmp_path / "broken.yaml"
    compile_file(SHIPPED, target, catalogue)
    good = target.read_bytes()
    broken.write_text(SOURCES.replace("browser", "web"))
    with pytest.raises(InvalidWorkspaceError):
        compile_file(broken, target, catalogue)
    assert target.read_bytes() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.yaml", "workspace.json"]


def test_a_workspace_of_another_version_is_not_guessed_at() -> None:
    with pytest.raises(WorkspaceVersionError):
        from_json(b'{"version": 99}')


def test_the_command_says_what_is_wrong_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "workspace.yaml"
    broken.write_text(SOURCES.replace("browser", "web"))
    assert main(["build", str(broken), str(tmp_path / "out.json")]) == 1
    assert capsys.readouterr().err.startswith(f"{broken}:2: sources.0.type: ")
    assert main(["check", str(SHIPPED)]) == 0
    assert main(["check", str(tmp_path / "absent.yaml")]) == 1


def test_the_schema_for_editors_is_current_and_fits_the_shipped_workspace() -> None:
    committed = json.loads(Path("layers/workspace/workspace.schema.json").read_text())
    assert committed == schema(), "run `make schema`"
    jsonschema.validate(yaml.safe_load(SHIPPED.read_text()), committed)
    described = committed["$defs"]["Destination"]["properties"]
    assert all("description" in field for field in described.values())


def test_the_template_follows_the_workspace() -> None:
    workspace = check(SHIPPED.read_text(), str(SHIPPED), catalogue)
    expected = TEMPLATE.replace("[old, older]", "[crm]").replace("Ids: old", "Ids: website,server")
    expected = expected.replace("{NONE: 10, old: 5}", "{NONE: 10, crm: 10}")
    expected = expected.replace("{NONE: 5, old: 60}", "{NONE: 5, crm: 5}")
    expected = expected.replace('Ids: "old"', 'Ids: ""').replace("{NONE: 60, old: 5}", "{NONE: 60}")
    no_secrets = _secrets_of(["NONE"])
    expected = expected.replace("Resource: [old]", f"Resource: {no_secrets}").replace("[NONE, old]", "[NONE]")
    assert synchronise(TEMPLATE, workspace) == expected.replace("[old]", "[]")
    none = workspace.model_copy(update={"destinations": []})
    assert "- []  # destinations" in synchronise(TEMPLATE, none)
    with pytest.raises(TemplateError):
        synchronise("Resources: {}", workspace)


def test_the_template_follows_the_warehouses_and_takes_the_drivers_that_they_need() -> None:
    text = (
        SHIPPED.read_text()
        + """
warehouses:
  - id: main
    type: postgres
    settings: {url: "${secret:/sluice/main/url}"}
    interval: 90m
    vpc: {subnets: [subnet-00000000, subnet-11111111], security_groups: [sg-00000000]}
  - {id: other, type: lake, settings: {database: events}, enabled: false}
"""
    )
    found = synchronise(TEMPLATE, check(text, "w.yaml", catalogue), ["postgres", "snowflake"])
    for line in (
        'Ids: "main,other"  # ids',
        'Type: {NONE: "", main: "postgres", other: "lake"}  # types',
        'Database: {NONE: "sluice", main: "sluice", other: "events"}  # databases',
        "Interval: {NONE: 60, main: 90, other: 60}  # intervals",
        "Age: {NONE: 10800, main: 14400, other: 10800}  # patience",
        'Enabled: {NONE: "true", main: "true", other: "false"}  # states',
        'Driver: {NONE: "AWS::NoValue", main: "postgresDriver", other: "AWS::NoValue"}  # layers',
        'Subnets: {NONE: "", main: "subnet-00000000,subnet-11111111", other: ""}  # subnets',
        'SecurityGroups: {NONE: "", main: "sg-00000000", other: ""}  # security groups',
        "- [postgres]  # drivers",
        "- [main, other]  # warehouses",
    ):
        assert line in found


def test_the_shipped_template_has_the_shipped_workspace() -> None:
    assert main(["check-template", str(SHIPPED), "template.yaml"]) == 0


def test_filters_of_a_device_destination_are_what_browsers_run() -> None:
    text = """
sources: [{id: web, type: browser, write_keys: [wk_web]}]
device_destinations:
  - id: ampli
    name: Amplitude
    filters:
      - {if: 'contains(event, "Internal")', do: drop}
      - {do: sample, percent: 0.5, path: userId}
      - {if: 'type = "identify"', do: drop_properties, fields: {traits: [ssn]}}
"""
    compiled = from_json(dump(check(text, "w.yaml", catalogue), catalogue))
    rules = compiled.device_destinations[0].rules
    assert [each["transformers"][0][0]["type"] for each in rules] == ["drop", "sample_event", "drop_properties"]
    assert rules[0]["matchers"] == [
        {
            "type": "fql",
            "ir": '["contains","event",{"value":"Internal"}]',
            "config": {"expr": 'contains(event, "Internal")'},
        }
    ]
    assert rules[1]["matchers"][0]["type"] == "all"
    with pytest.raises(InvalidWorkspaceError, match="browsers do not know snakecase"):
        check(text.replace("contains(event, ", "snakecase(event) = ("), "w.yaml", catalogue)


@pytest.mark.parametrize(
    ("described", "loaded", "elsewhere"),
    [
        (models.Source, compiled.Source, {"write_keys"}),
        (models.Token, compiled.Token, set()),
        (models.Destination, compiled.Destination, {"name"}),
        (models.Delivery, compiled.Delivery, {"window"}),
        (models.DeviceDestination, compiled.DeviceDestination, {"filters"}),
        (models.Web, compiled.Web, set()),
        (Warehouse, compiled.Warehouse, {"drop", "types", "vpc"}),
    ],
)
def test_a_field_has_one_name_where_it_is_described_and_where_it_is_loaded(
    described: type[Model], loaded: type, elsewhere: set[str]
) -> None:
    made_by_the_compiler = {"names", "rules", "collections", "properties", "widens"}
    assert {field.name for field in fields(loaded)} - made_by_the_compiler == (
        set(described.model_fields) - elsewhere - made_by_the_compiler
    )


def _secrets_of(hooks: list[str]) -> str:
    before = {"ssm": "parameter", "secretsmanager": "secret:"}
    names = [
        f'!Sub "arn:${{AWS::Partition}}:{store}:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/sluice/{folder}/*"'
        for store, kind in before.items()
        for hook in hooks
        for folder in (f"${{Stage}}/{hook}", hook)
    ]
    return f"[{', '.join(names)}]"


def test_the_template_follows_the_hooks_and_their_secrets() -> None:
    text = SHIPPED.read_text().replace(
        "destinations:",
        '  - {id: billing, type: stripe, settings: {secret: "${secret:/sluice/billing/hook}"}}\n\ndestinations:',
        1,
    )
    found = synchronise(TEMPLATE, check(text, "w.yaml", catalogue))
    for line in (
        "- [NONE, billing]  # hooks",
        "- [Hook]  # function",
        'Ids: "billing"  # ids of the workspace\'s hooks',
        f"Resource: {_secrets_of(['billing'])}  # secrets",
    ):
        assert line in found
