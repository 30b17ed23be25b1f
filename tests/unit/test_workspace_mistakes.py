"""Mistakes in a workspace: told when it is built, each with its line and a way out."""

from pathlib import Path

import pytest

from catalogue import types as catalogue
from cli.workspace import main
from sluice.workspace.compiler import InvalidWorkspaceError, check, compile_file, warnings
from tests.workspaces import SOURCES, TEMPLATE, WEBHOOK, errors


def named(value: str) -> str:
    """Return a workspace whose source has this name, in line 3."""
    return f"sources:\n  - id: website\n    name: {value}\n    type: browser\n    write_keys: [wk_website]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (named("2026-01-01"), 3, "YAML reads a date here; put it in quotes"),
        (named("2026-02-31"), 3, "no timestamp can be made of this; put it in quotes"),
        (named("!!binary aGk="), 3, "YAML reads a bytes here; put it in quotes"),
        (named("!!bool maybe"), 3, "no bool can be made of this; put it in quotes"),
        (named("!!timestamp x"), 3, "no timestamp can be made of this; put it in quotes"),
        (named("!!python/object:os.system x"), 3, "could not determine a constructor"),
        (named("9" * 30), 3, "a number of more than 64 bits; put it in quotes"),
        (named(".nan"), 3, "nan is no number"),
        (named(r'"\ud800"'), 3, "half a character"),
        (named("{on: 1}"), 3, "the name True is no text; put it in quotes"),
        (named("{? [a]: 1}"), 3, "a name must be a text"),
        (named('"a'), 3, "found unexpected end of stream"),
        (named("a\x07b"), 3, "there may be no U+0007"),
        (named("&a [*a]"), 3, "more than 100 levels"),
        (named("[" * 200 + "]" * 200), 3, "more than 100 levels"),
        ("[" * 5000 + "]" * 5000, 1, "more than 100 levels"),
        ("a: &a [1,1,1,1,1,1,1,1]\n" + "".join(f"{n}: &{n} [{','.join([f'*{b}'] * 8)}]\n" for b, n in
         zip("abcdef", "bcdefg", strict=True)), 1, "more than 200000 values"),
    ],
)  # fmt: skip
def test_what_json_has_not_is_told_with_its_line(text: str, line: int, said: str) -> None:
    (error,) = errors(text)
    assert error.startswith(f"workspace.yaml:{line}: not valid YAML: ")
    assert said in error


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "workspace.yaml"
    path.write_bytes(named("Müller").encode("latin-1"))
    with pytest.raises(InvalidWorkspaceError, match=r"workspace\.yaml:3: not UTF-8; save it as UTF-8"):
        compile_file(path, tmp_path / "workspace.json", catalogue)
    path.write_bytes(named("Müller").encode("utf-8-sig"))
    assert compile_file(path, tmp_path / "workspace.json", catalogue).sources[0].name == "Müller"


@pytest.mark.parametrize(
    ("warehouse", "said"),
    [
        ("{id: main, type: postgre}", "type: no such type: 'postgre'; did you mean 'postgres'?"),
        ("{id: main, type: postgres}", "settings: `host`, `database` and `user` are needed, or `url`"),
        ("{id: main, type: postgres, settings: {url: 'postgresql://u:hidden@h/d'}}",
         "settings.url: is a secret; write ${secret:/sluice/main/url}"),
        ("{id: main, type: postgres, settings: {url: '${secret:/sluice/crm/url}'}}",
         "settings.url: only secrets below /sluice/main/ may be read here"),
        ("{id: main, type: postgres, settings: {url: '${secret:/sluice/main/url}', host: h}}",
         "settings: say either `url` or `host`, `database` and `user`"),
        ("{id: main, type: duckdb, settings: {path: a}, interval: 1m}",
         "interval: must be whole minutes, from 5m to 24h"),
        ("{id: main, type: duckdb, settings: {path: a}, interval: 90s}", "interval: must be whole minutes"),
        ("{id: main, type: duckdb, settings: {path: a}, drop: {properties: {pages: [id]}}}",
         "drop.properties: every row needs id"),
        ("{id: main, type: duckdb, settings: {path: a}, sources: [app]}", "sources.0: there is no source 'app'"),
        ("{id: main, type: duckdb, settings: {path: a}, schemas: {app: x}}", "schemas.app: there is no source 'app'"),
        ("{id: crm, type: duckdb, settings: {path: a}}", "id: a destination has this id already"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_warehouse_is_told_with_its_place(warehouse: str, said: str) -> None:
    destination = "destinations:\n  - {id: crm, type: webhook, settings: {url: https://a.example}}\n"
    found = errors(SOURCES + destination + f"warehouses:\n  - {warehouse}\n")
    assert any(each.startswith(f"workspace.yaml:6: warehouses.0.{said}") for each in found), found
    assert "hidden" not in str(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: [", "workspace.yaml:1: not valid YAML: expected the node content"),
        ("", "workspace.yaml:1: must be an object, `name: value`, not None"),
        ("sources: []\n", "workspace.yaml:1: sources: must have 1 or more"),
        (SOURCES + "sources: []\n", "workspace.yaml:3: not valid YAML: 'sources' stands here a second time"),
        (
            SOURCES + "destinations:\n  - {id: archive, type: webhook, settings: {url: https://a.example}}\n",
            "workspace.yaml:4: destinations.0.id: is taken: it names a queue of the pipeline",
        ),
        (SOURCES + "web: {path_prefix: v1}\n", "workspace.yaml:3: web: path_prefix 'v1' is a path already"),
        (
            SOURCES + "colour: red\n",
            "workspace.yaml:3: colour: no such field here; there are sources, destinations, device_destinations, ",
        ),
        (
            "sources:\n  - id: website\n    type: browser\n",
            "workspace.yaml:2: sources.0.write_keys: is missing; add it",
        ),
        (
            SOURCES.replace("website,", "Web Site,"),
            "workspace.yaml:2: sources.0.id: must be lower-case letters, digits and dashes, at most 32",
        ),
        (
            SOURCES.replace("id: website", "id: unknown"),
            "workspace.yaml:2: sources.0.id: is taken: it holds what no source of yours sent",
        ),
        (
            SOURCES.replace("browser", "web"),
            "workspace.yaml:2: sources.0.type: no such type: 'web'; did you mean 'webhook'?",
        ),
        (
            SOURCES + "  - {id: shop, type: server, write_keys: [wk_website]}\n",
            "workspace.yaml:3: sources.1.write_keys.0: a source has this write key already",
        ),
        (
            SOURCES + "destinations:\n  - {id: crm, type: webhok}\n",
            "workspace.yaml:4: destinations.0.type: no such type: 'webhok'; did you mean 'webhook'?",
        ),
        (
            SOURCES + "destinations:\n  - {id: crm, type: webhook, sources: [shop]}\n",
            "workspace.yaml:4: destinations.0.sources.0: there is no source 'shop'; there is website",
        ),
        (
            SOURCES
            + "destinations:\n  - id: crm\n    type: webhook\n    settings:\n      url: http://crm.example.com\n",
            "workspace.yaml:6: destinations.0.settings: must start with https://",
        ),
        (
            SOURCES + "destinations:\n  - {id: crm, type: webhook}\n",
            "workspace.yaml:4: destinations.0.settings.url: is missing; add it",
        ),
        (
            SOURCES + "destinations:\n  - {id: off, type: webhook}\n",
            "workspace.yaml:4: destinations.0.id: must be a valid string, not False; put it into quotes",
        ),
        (
            SOURCES + "destinations:\n  - {id: my-crm, type: webhook}\n",
            "workspace.yaml:4: destinations.0.id: must be lower-case letters and digits, at most 32",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    assert any(error.startswith(said) for error in errors(text)), errors(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            SOURCES.replace("write_keys", "write_key"),
            "sources.0.write_key: no such field here; did you mean 'write_keys'?",
        ),
        (SOURCES + WEBHOOK + "      heders: {}\n", "settings.heders: no such field here; did you mean 'headers'?"),
        (
            SOURCES + WEBHOOK + "    sources: [websit]\n",
            "sources.0: there is no source 'websit'; did you mean 'website'?",
        ),
        (SOURCES + WEBHOOK + "    filters: [{iff: all, do: drop}]\n", "iff: no such field here; did you mean 'if'?"),
        (
            SOURCES + WEBHOOK + "    delivery: {patiance: 4h}\n",
            "patiance: no such field here; did you mean 'patience'?",
        ),
        (SOURCES + WEBHOOK + "    actions: [{action: sned}]\n", "there are send"),
    ],
)
def test_what_was_meant_is_said(text: str, hint: str) -> None:
    assert any(hint in error for error in errors(text)), errors(text)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0", "224.0.0.1", "10.1", "0xA9FEA9FE", "2852039166", "0251.0376.0251.0376",
    ],
)  # fmt: skip
def test_an_address_of_a_private_network_is_refused_when_it_is_built(host: str) -> None:
    (error,) = errors(SOURCES + WEBHOOK.replace("a.example", host))
    assert error.startswith("workspace.yaml:6: destinations.0.settings: is an address of a private network")


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "127.1:9000", "[::1]:9000"])
def test_this_machine_is_a_place_for_the_local_system_alone(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, template = tmp_path / "workspace.yaml", tmp_path / "template.yaml"
    workspace.write_text(SOURCES + WEBHOOK.replace("https://a.example", f"http://{host}"))
    template.write_text(TEMPLATE)
    assert main(["check", str(workspace)]) == 0
    assert main(["sync-template", str(workspace), str(template)]) == 0
    assert main(["check-template", str(workspace), str(template)]) == 1
    assert "destinations.0.settings.url: is this machine, which only `make run` reaches" in capsys.readouterr().err
    workspace.write_text(workspace.read_text() + "    enabled: false\n")
    assert main(["check-template", str(workspace), str(template)]) == 0


def test_every_mistake_is_told_at_once() -> None:
    assert len(errors("sources:\n  - {id: A, type: server, write_keys: [k], origins: all}\nx: 1\n")) == 4


DROPPING = (
    SOURCES
    + """destinations:
  - id: crm
    type: webhook
    settings: {url: https://a.example}
    filters:
      - do: drop_properties
        fields: FIELDS
"""
)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("{traits: [email, phone]}", "email, phone: still sent from context.traits"),
        ("{$.context.traits: [email]}", "email: still sent from traits"),
        ("{traits: [email, phone], context.traits: [phone]}", "email: still sent from context.traits"),
        ("{traits: [email], context.traits: [email]}", None),
        ("{traits: [email], context: [traits]}", None),
        ("{traits: [email], '': [context]}", None),
        ("{properties: [email]}", None),
    ],
)
def test_a_trait_dropped_from_one_of_its_two_places_is_told(tmp_path: Path, fields: str, said: str | None) -> None:
    path = tmp_path / "workspace.yaml"
    path.write_text(DROPPING.replace("FIELDS", fields))
    told = [str(each) for each in warnings(path, compile_file(path, tmp_path / "workspace.json", catalogue))]
    assert len(told) == (said is not None)
    for each in told:
        assert each.startswith(f"{path}:9: destinations.0.filters.0.fields.")
        assert f"warning: {said}" in each


def test_a_percentage_is_told_from_a_part() -> None:
    text = DROPPING.replace("do: drop_properties\n        fields: FIELDS", "do: sample\n        percent: 10")
    assert errors(text) == [
        "workspace.yaml:9: destinations.0.filters.0.percent: is a part of the whole, from 0 to 1; write 0.1 for 10 %"
    ]


@pytest.mark.parametrize(
    ("destination", "place", "text"),
    [
        ("actions: [{action: fly}]", "destinations.0.actions.0.action", "no such action: 'fly'; there are send"),
        ("actions: [{action: send, trigger: 'type ='}]", "destinations.0.actions.0.trigger", "something is missing"),
        ("actions: [{action: send, mapping: {colour: 1}}]", "destinations.0.actions.0.mapping.colour", "no such field"),
        ("actions: [{action: send, mapping: {data: {'@pth': x}}}]", "destinations.0.actions.0.mapping.data", "@pth"),
        ("actions: [{action: send, id: a}, {action: send, id: a}]", "destinations.0.actions.0.id", "used twice"),
        ("filters: [{if: 'x', do: sample}]", "destinations.0.filters.0", "`sample` needs it"),
        ("filters: [{if: 'x =', do: drop}]", "destinations.0.filters.0.if", "something is missing"),
        ("delivery: {patience: 4d}", "destinations.0.delivery.patience", "must be from 1m to 3d"),
        ("delivery: {patience: soon}", "destinations.0.delivery.patience", "is not a duration"),
        ("delivery: {window: 10m}", "destinations.0.delivery.window", "must be from 0s to 5m"),
        ("delivery: {concurrency: 1}", "destinations.0.delivery.concurrency", "greater than or equal to 2"),
    ],
)
def test_what_is_wrong_with_a_destination_is_told_with_its_place(destination: str, place: str, text: str) -> None:
    workspace = f"""
sources: [{{id: web, type: browser, write_keys: [wk_web]}}]
destinations:
  - id: crm
    type: webhook
    settings: {{url: "https://example.com/"}}
    {destination}
"""
    with pytest.raises(InvalidWorkspaceError) as caught:
        check(workspace, "w.yaml", catalogue)
    assert place in str(caught.value)
    assert text in str(caught.value)
