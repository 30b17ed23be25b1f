"""Workspace files that nobody should write and somebody will."""

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from catalogue import types as catalogue
from sluice.delivery import subscriptions
from sluice.workspace.compiled import from_json
from sluice.workspace.compiler import InvalidWorkspaceError, check, dump

_PAGE = Path("docs/workspace.md")
#: What YAML makes something else of than its author meant, and what no field takes.
_TEXTS = (
    "2026-01-01", "2026-02-31", "2026-11-23T20:40:48Z", "9999-12-31T23:59:59-23:59", "on", "no", "~", "", "0x1F",
    "0o17", "1_000", "1:30", "190:20:30", ".nan", "-.inf", "1e400", "9" * 30, "-" + "9" * 30, "!!binary aGk=",
    "!!set {a, b}", "!!omap [a: 1]", "!!int x", "!!float x", "!!bool maybe", "!!timestamp x",
    "!!python/object:os.system x", "!own x",
    "&a [*a]", "&b {c: *b}", "*nowhere", "{<<: {a: 1}}", "{<<: 1}", "{? [a]: 1}", "{? {a: 1}: 1}", "{1: a, true: b}",
    "[1, [2, [3]]]", "{a: {b: {c: 1}}}", '"\\ud800"', '"\\0"', '"\\uFFFE"', "'", '"', "[", "}", "|", ">-", "%",
    "@", "`", "-", "?", "\t", "é", "\u2028", "\x00", "\x07", "\ud800", "[" * 200 + "]" * 200, "{a: " * 200 + "}" * 200,
    "x" * 5000, "${secret:/sluice/crm/key}", "${secret:}", "${env:X}", "{{event}}", '{"@path": $.x}', '{"@nothing": 1}',
    '{"@template": 5}', '{"@if": {}}', 'event = "', "all", "(((((", "0", "-1", "0.5", "true", "null", "[]", "{}",
)  # fmt: skip
_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@cache
def _sample() -> str:
    """Return the workspace of the docs, which has every field."""
    page = _PAGE.read_text()
    start = page.index("```yaml\n") + len("```yaml\n")
    return page[start : page.index("```", start)]


def workspace(random: Random) -> str:
    """Return the text of any workspace: the sample with values replaced, or with lines and characters astray."""
    if random.random() < 0.02:
        return _BOMB
    if random.random() < 0.5:
        return _with_other_values(random)
    text = _sample()
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(text))
        end = at + random.choice((0, 0, 1, 5, 40))
        text = text[:at] + random.choice(_TEXTS) + text[end:]
    return text


def _with_other_values(random: Random) -> str:
    """Return the sample with other values at some places, as text that stands there as it is."""
    document = yaml.safe_load(_sample())
    marks: dict[str, str] = {}
    for number in range(random.choice((1, 1, 2, 4))):
        holder, name = random.choice(list(_places(document)))
        marks[f"MARK{number}"] = random.choice(_TEXTS)
        holder[name] = f"MARK{number}"
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def _places(value: Any) -> Any:
    """Yield each place below a value: what holds it, and its name or index there."""
    for name, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, name
        if isinstance(each, dict | list):
            yield from _places(each)


def check_workspace(random: Random) -> Counter[str]:
    """Check that a workspace compiles to what functions load, or is refused with its places."""
    text = workspace(random)
    try:
        found = check(text, "workspace.yaml", catalogue)
    except InvalidWorkspaceError as error:
        count = len(text.splitlines()) + 1  # YAML knows more line breaks than one
        assert error.errors
        assert all(1 <= each.line <= count and each.text for each in error.errors)
        str(error).encode("utf-8", "backslashreplace")
        return Counter({"workspaces refused": 1})
    compiled = from_json(dump(found, catalogue))
    for each in compiled.destinations.values():
        subscriptions.compiled(catalogue.destination_type(each.type).actions, each.actions)
    return Counter({"workspaces compiled": 1})
