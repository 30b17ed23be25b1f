"""The examples of README.md and docs/, for the tests that run them."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language on a page, in order."""
    return [text for found, text in _FENCE.findall((ROOT / page).read_text()) if found == language]


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line and not line.startswith("#")]
