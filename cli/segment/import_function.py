"""Segment's functions: their JavaScript as comments beside a function in Python that is to be written."""

from cli.segment.imported import id_of, named
from cli.segment.segment_export import Thing

_STUB = '''"""{title}: to be translated. Segment's code stands below; until then, every event waits."""

from sluice.functions import Event, Retry, Settings


def transform(event: Event, settings: Settings) -> Event:
    """Do what the code below does. docs/functions.md has the handlers and errors."""
    raise Retry("not translated yet")


'''


def stubs(functions: list[Thing]) -> dict[str, str]:
    """Return files of `layers/workspace/functions` by their names, one for each function that has code."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for each in functions:
        code = each.get("code")
        if isinstance(code, str) and code.strip():
            name = id_of(str(each.get("displayName") or each.get("id")), taken, "_")
            title = named(each).replace("\\", "").replace('"', "'")
            lines = "\n".join(f"# {line}".rstrip() for line in code.splitlines())
            found[f"{name}.py"] = _STUB.format(title=title) + lines + "\n"
    return found
