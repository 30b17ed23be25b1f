"""`python -m cli.scaffold.new_source NAME`: make the folder and the test of a new type of source, to be filled in."""

import re
import sys
from pathlib import Path
from string import Template

_NAME = re.compile(r"[a-z][a-z0-9]{1,31}")

_CODE = Template('''"""$title: what it sends. Put the address of its documentation here."""

from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source

source = Source(
    type="$name",
    title="$title",
    description="Say what it sends.",
    setup="Say where the address of the hook is entered, and where the secret is found.",
    documentation="https://docs.$name.example/webhooks",
    settings=Signed,
    signature=Hmac("x-$name-signature", over="{body}", digest="sha256", encoding="hex"),
    name=("$$.type",),
    message_id=("$$.id",),
    timestamp="$$.created_at",
    identity=Identity(user_id="$$.user.external_id", email="$$.user.email"),
    rules=(
        Rule(
            trigger='type = "user.updated"',
            mapping={"type": "identify", "traits": {"email": {"@path": "$$.user.email"}}},
        ),
    ),
    other={"properties": {"@path": "$$.data"}},
)
''')
_TEST = Template('''"""$title: hooks as its documentation has them."""

from catalogue.sources import source_type
from tests.sources import event, hook, is_proven


def test_the_signature_of_the_documentation() -> None:
    signature = "2b3f61ad4e49553aa88baa3cedb12078fe7162380201ffaa436ed5f6b479e5ec"
    assert is_proven(source_type("$name"), hook(x_${name}_signature=signature))
    assert not is_proven(source_type("$name"), hook(x_${name}_signature="00"))


def test_an_event() -> None:
    sent = {"id": "e1", "type": "order.paid", "created_at": "2026-01-01T00:00:00Z", "data": {"total": 12}}
    found = event("$name", {**sent, "user": {"email": "jo@example.com"}})
    assert (found["event"], found["anonymousId"]) == ("Order Paid", "jo@example.com")
    assert found["messageId"] == "acme:e1"
    assert found["properties"] == {"total": 12}
''')


def main(name: str, root: str = ".") -> int:
    """Make the two files and return the status of the command: 2 for a bad name, 1 where there is one already."""
    folder = Path(root) / f"layers/catalogue/catalogue/sources/{name}"
    test = Path(root) / f"tests/unit/sources/test_{name}.py"
    if not _NAME.fullmatch(name):
        print(f"{name!r} is no name: small letters and digits, a letter first", file=sys.stderr)
        return 2
    if folder.exists() or test.exists():
        print(f"there is a source {name!r} already", file=sys.stderr)
        return 1
    words = {"name": name, "title": name.capitalize()}
    folder.mkdir(parents=True)
    test.parent.mkdir(parents=True, exist_ok=True)
    (folder / "source.py").write_text(_CODE.substitute(words))
    test.write_text(_TEST.substitute(words))
    print(f"{folder}/source.py and {test}: make them true; `make pages` then writes docs/sources/{name}.md anew")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
