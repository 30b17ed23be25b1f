"""`sluice warehouse`: the archive as tables, each file once, and the questions of docs/warehouses.md."""

import io
import re
import shlex
from argparse import Namespace
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from catalogue import types as catalogue
from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from cli.__main__ import _parser, main
from cli.errors import OperatorError
from cli.warehouse import prompt
from cli.warehouse.opened import opened
from sluice.warehouses.warehouse import StatementError, Target, load_file
from sluice.workspace.compiler import check
from tests import examples
from tests.pages import ROOT, blocks, commands
from tests.postgres import emptied
from tests.unit.cli.conftest import Installation, partition

AT = "2026-11-23T10:00:00.000Z"


def archived(message_id: str, **changes: Any) -> dict[str, Any]:
    return {"sourceId": "website", **examples.TRACK, "receivedAt": AT, "messageId": message_id, **changes}


def order(message_id: str, total: float, user: str = "u1") -> dict[str, Any]:
    properties = {"total": total, "products": [{"sku": "A"}, {"sku": "B"}]}
    return archived(message_id, event="Order Completed", userId=user, properties=properties)


@pytest.fixture
def filled(place: Installation, tmp_path: Path) -> Path:
    """Two files of one source and one of another."""
    place.put(partition(AT) + "a.gz", order("m1", 10), order("m2", 2.5, "u2"))
    place.put(partition(AT) + "b.gz", order("m2", 2.5, "u2"), order("m3", 5))
    user = {"type": "identify", "messageId": "i1", "userId": "u1", "receivedAt": AT, "traits": {"email": "ana@x"}}
    place.put(partition(AT, "server") + "c.gz", {"sourceId": "server", **user})
    return tmp_path / "w.duckdb"


def sync(file: Path, *more: str) -> int:
    return main(["warehouse", "sync", "--file", str(file), "--from", "2026-11-20", *more])


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with DuckDb(file) as found:
        prompt.search(found)
        return found.query(query)[1]


def test_the_archive_becomes_tables_and_a_second_sync_finds_them(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sync(filled) == 0
    assert capsys.readouterr().out.endswith("w.duckdb: 8 rows of 3 files\n")
    assert rows(filled, "SELECT count(*), sum(total) FROM order_completed") == [(3, 17.5)]
    assert sync(filled) == 0
    assert capsys.readouterr().out.endswith("w.duckdb: no new files\n")


def test_one_source_alone(filled: Path) -> None:
    assert sync(filled, "--source", "server") == 0
    with DuckDb(filled) as found:
        assert found.schemas() == ["server"]


def test_a_damaged_file_is_named_and_those_before_it_are_loaded(
    filled: Path, place: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    place.s3.put_object(Bucket=place.bucket_name, Key=partition(AT) + "aa.gz", Body=b"no gzip")
    assert sync(filled) == 1
    assert "aa.gz is damaged" in capsys.readouterr().err
    assert rows(filled, "SELECT count(*) FROM website.tracks") == [(2,)]


def test_a_question_is_answered_and_a_mistake_is_told(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sync(filled)
    capsys.readouterr()
    assert main(["warehouse", "sql", "--file", str(filled), "SELECT count(*) AS orders FROM order_completed"]) == 0
    assert "orders" in capsys.readouterr().out
    assert main(["warehouse", "sql", "--file", str(filled), "SELECT x FROM nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().out


def test_what_strangers_sent_is_shown_and_not_obeyed(
    place: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given values with rich's markup and a terminal's escapes in them, they are text."""
    place.put(partition(AT) + "a.gz", archived("m1", properties={"a": "[bold]x[/nope]", "b": "\x1b[2J\x07gone"}))
    sync(tmp_path / "w.duckdb")
    table = examples.TRACK["event"].lower().replace(" ", "_")
    assert main(["warehouse", "sql", "--file", str(tmp_path / "w.duckdb"), f"FROM {table} SELECT a, b"]) == 0
    printed = capsys.readouterr().out
    assert "[bold]x[/nope]" in printed
    assert "\x1b" not in printed
    assert main(["warehouse", "sql", "--file", str(tmp_path / "w.duckdb"), "SELECT [/x] FROM nowhere"]) == 1


def test_questions_may_be_typed_in_lines(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(filled)
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT count(*) AS orders\nFROM order_completed;\nSELECT 41 + 1;\n"))
    assert main(["warehouse", "sql", "--file", str(filled)]) == 0
    printed = capsys.readouterr().out
    assert "orders" in printed
    assert "42" in printed


def test_status_counts_rows_and_what_was_rejected(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sync(filled)
    assert main(["warehouse", "status", "--file", str(filled)]) == 0
    printed = capsys.readouterr().out
    assert "website: 2 files" in printed
    assert "order_completed" in printed


def test_status_warns_before_a_table_is_full(
    place: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = [{f"p{number}": 1 for number in range(at, at + 300)} for at in (0, 300, 600)]
    events = [archived(f"m{at}", event="Wide", properties=each) for at, each in enumerate(wide)]
    traits = {f"t{number}": 1 for number in range(340)}
    events.append(archived("i1", type="identify", userId="u1", traits=traits))
    place.put(partition(AT) + "a.gz", *events)
    sync(tmp_path / "w.duckdb")
    capsys.readouterr()
    assert main(["warehouse", "status", "--file", str(tmp_path / "w.duckdb")]) == 0
    cells = {row[0]: row[2] for row in table_of(capsys.readouterr().out)}
    assert cells["users"] == "342 of 400"
    assert cells["wide"].endswith(" of 1,000")
    assert " of " not in cells["tracks"] + cells["identifies"]


def table_of(printed: str) -> list[list[str]]:
    """The cells of the rows that are printed."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if line.startswith("│")]


def test_a_real_postgres_gets_the_same_and_status_counts_it(
    filled: Path,  # noqa: ARG001 - the archive
    server: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    emptied(server, "website", "server")
    assert main(["warehouse", "sync", "--postgres", server, "--from", "2026-11-20"]) == 0
    assert capsys.readouterr().out == "the database: 8 rows of 3 files\n"
    with Postgres(server) as engine:
        assert engine.query("SELECT count(*), sum(total) FROM website.order_completed")[1] == [(3, 17.5)]
    assert main(["warehouse", "status", "--postgres", server]) == 0
    assert "order_completed" in capsys.readouterr().out


def test_a_database_that_cannot_be_reached_is_said_without_its_password(
    place: Installation,  # noqa: ARG001 - the archive
    capsys: pytest.CaptureFixture[str],
) -> None:
    conninfo = "host=127.0.0.1 port=1 user=loader password=s3cret dbname=x"
    assert main(["warehouse", "sync", "--postgres", conninfo]) == 1
    told = capsys.readouterr().err
    assert told.startswith("sluice warehouse: the database: Postgres cannot be reached, because ")
    assert "s3cret" not in told


def test_a_statement_that_an_engine_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    options = Namespace(warehouse=None, postgres=None, file=tmp_path / "w.duckdb")
    with pytest.raises(OperatorError, match="says: rows of tracks: Snowflake says 100038"):  # noqa: SIM117
        with opened(options, is_made=True):
            raise StatementError("rows of tracks: Snowflake says 100038")


def verify(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    return main(["warehouse", "verify", "--file", str(file), "--from", "2026-11-20"]), capsys.readouterr().out


def test_what_was_loaded_is_verified_by_another_reader(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sync(filled)
    status, told = verify(filled, capsys)
    assert status == 0
    assert "website: order_completed: 3 in the archive, all there, once" in told
    assert "server: identifies: 1 in the archive, all there, once" in told


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("DELETE FROM website.order_completed WHERE id = 'm1'", "order_completed: 3 in the archive, 1 missing"),
        ("INSERT INTO website.tracks SELECT * FROM website.tracks WHERE id = 'm3'", "0 missing, 1 twice"),
        ("DROP TABLE website.order_completed", "order_completed: 3 in the archive, 3 missing, 0 twice"),
        ("UPDATE website.order_completed SET total = 11 WHERE id = 'm1'", "0 missing, 0 twice, 1 numbers differ"),
        ("UPDATE website.order_completed SET total = NULL", "0 missing, 0 twice, 3 numbers differ"),
        ("ALTER TABLE website.order_completed DROP COLUMN total", "0 missing, 0 twice, 3 numbers differ"),
    ],
)
def test_what_somebody_changed_by_hand_is_found(
    filled: Path, fault: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sync(filled)
    rows(filled, fault)
    status, told = verify(filled, capsys)
    assert status == 1
    assert said in told


def test_a_postgres_is_verified_and_nothing_is_left_in_it(
    filled: Path,  # noqa: ARG001 - the archive
    server: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    emptied(server, "website", "server")
    of_server = ["--postgres", server, "--from", "2026-11-20"]
    assert main(["warehouse", "sync", *of_server]) == 0
    assert main(["warehouse", "verify", *of_server]) == 0
    assert "website: order_completed: 3 in the archive, all there, once" in capsys.readouterr().out
    with Postgres(server) as engine:
        engine.query("UPDATE website.order_completed SET total = 1 WHERE id = 'm2'")
        engine.query("DELETE FROM website.order_completed WHERE id = 'm1'")
    assert main(["warehouse", "verify", *of_server]) == 1
    assert "order_completed: 3 in the archive, 1 missing, 0 twice, 1 numbers differ" in capsys.readouterr().out
    with Postgres(server) as engine:
        assert engine.query("SELECT 1 FROM information_schema.schemata WHERE schema_name LIKE '%verif%'")[1] == []


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([{"total": "twelve"}, {"total": 2**63}], id="numbers that were rejected"),
        pytest.param([{"total": 7, "Total": 8}, {"total": 1.5}], id="two spellings of one name, and a fraction"),
        pytest.param([{"total": -(2**63)}, {"total": 1e308}, {"total": 0.1}], id="the ends of numbers"),
        pytest.param([{"": 1}, {"é": 2}, {"id": 3}, {"timestamp": 4}, {"user id": 5}], id="names taken"),
        pytest.param([{f"p{at}": at for at in range(1700)}], id="more columns than there are"),
        pytest.param([{"nul\0": 1, "text": "\0"}], id="NUL"),
    ],
)
@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_what_was_rejected_or_has_no_column_does_not_differ(
    place: Installation,
    tmp_path: Path,
    server: str,
    engine: str,
    others: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    each = [archived(f"m{at}", event="Order Completed", properties=found) for at, found in enumerate(others)]
    place.put(partition(AT) + "a.gz", order("m-1", 10))
    place.put(partition(AT) + "b.gz", *each, {**each[0], "event": "order_completed", "messageId": "last"})
    emptied(server, "website", "server")
    where = ["--postgres", server] if engine == "postgres" else ["--file", str(tmp_path / "w.duckdb")]
    assert main(["warehouse", "sync", *where, "--from", "2026-11-20"]) == 0
    assert main(["warehouse", "verify", *where, "--from", "2026-11-20"]) == 0
    assert f"order_completed: {len(others) + 2} in the archive, all there, once" in capsys.readouterr().out


def test_a_file_that_is_not_loaded_is_said_and_is_no_fault(
    filled: Path, place: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    sync(filled)
    place.put(partition(AT) + "d.gz", order("m9", 1))
    status, told = verify(filled, capsys)
    assert (status, "website: 1 files are not loaded yet" in told) == (0, True)


def test_an_event_that_may_go_to_no_warehouse_is_not_missed(
    place: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    switches: list[Any] = [{}, {"All": False}, {"Warehouses": {"all": False}}, {"Warehouses": False}]
    switches += [{"Warehouses": {"warehouseIds": ["duckdb"]}}, {"Warehouses": {"warehouseIds": ["other"]}}]
    place.put(partition(AT) + "a.gz", *(archived(f"m{at}", integrations=each) for at, each in enumerate(switches)))
    sync(tmp_path / "w.duckdb")
    assert rows(tmp_path / "w.duckdb", "SELECT id FROM tracks ORDER BY 1") == [("m0",), ("m1",), ("m4",)]
    assert verify(tmp_path / "w.duckdb", capsys)[0] == 0


@pytest.mark.parametrize("what", [["sql", "SELECT 1"], ["status"], ["verify"]])
def test_without_a_file_it_says_how_to_make_one(
    what: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = what
    assert main(["warehouse", command, "--file", str(tmp_path / "no.duckdb"), *rest]) == 2
    assert "`sluice warehouse sync` makes it" in capsys.readouterr().err


@pytest.mark.parametrize("command", commands("docs/warehouses.md"))
def test_every_command_of_the_docs_is_understood(command: str) -> None:
    program, *arguments = shlex.split(command)
    match program:
        case "make":
            assert f"\n{arguments[0]}: " in (ROOT / "Makefile").read_text()
        case "aws":
            assert arguments[:4] == ["ssm", "put-parameter", "--type", "SecureString"]
        case _:
            assert (program, _parser().parse_args(arguments).command) == ("bin/sluice", "warehouse")


def test_every_command_of_the_tables_of_the_docs_is_understood() -> None:
    page = (ROOT / "docs/warehouses.md").read_text()
    named = re.findall(r"`((?:check|plan|status|start|sync|backfill|pause|resume|verify) main[^`]*)`", page)
    assert len(named) >= 9
    for each in named:
        assert _parser().parse_args(["warehouse", *each.split()]).warehouse == "main"


def test_the_workspace_of_the_docs_has_a_type_that_there_is() -> None:
    (example,) = blocks("docs/warehouses.md", "yaml")
    shipped = (ROOT / "layers/workspace/workspace.yaml").read_text()
    assert check(shipped + example, "workspace.yaml", catalogue).warehouses[0].type == "postgres"


def test_the_docs_have_every_type_and_each_of_its_settings_is_named() -> None:
    page = (ROOT / "docs/warehouses.md").read_text()
    for name in catalogue.warehouse_types():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)
        needed = [each.name for each in fields(catalogue.warehouse_settings(name)) if each.default is MISSING]
        assert [each for each in needed if f"`{each}`" not in row] == []


def test_the_answer_of_the_readme_is_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given the event that the page sends from Python, its question has the answer that stands below it."""
    file = tmp_path / "w.duckdb"
    with DuckDb(file) as engine:
        event = {"type": "track", "messageId": "1", "event": "Order Completed", "properties": {"total": 42}}
        load_file(engine, Target(["local"], "server"), "f", [{**event, "receivedAt": AT}])
    (question,) = (each for each in commands("README.md") if each.startswith("make sql"))
    (answer,) = (block for block in blocks("README.md", "text") if "revenue" in block)
    query = shlex.split(question)[2].removeprefix("QUERY=")
    assert main(["warehouse", "sql", "--file", str(file), query]) == 0
    assert capsys.readouterr().out == answer


@pytest.mark.parametrize("query", blocks("docs/warehouses.md", "sql"), ids=lambda query: query.splitlines()[0])
def test_the_questions_of_the_docs_have_answers(filled: Path, query: str) -> None:
    sync(filled)
    with DuckDb(filled) as found:
        prompt.search(found)
        assert prompt.answer(found, query, Console(file=io.StringIO())) == 0
        assert found.query(query)[1]
