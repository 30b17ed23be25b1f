"""Ways out: what a reason in the log means, and what to do, told once each to whoever follows a local system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.pages.reasons_page import ADVICE, ANSWERS, meanings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_KEYS = 10
#: What to do about an answer, by its code.
_OF_ANSWERS = {code: advice for _, code, advice in ANSWERS if code is not None}


class WaysOut:
    """Explains each reason at its first line. `workspace` is the compiled one, which may not be there."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._told: set[str] = set()

    def of(self, line: str) -> str | None:
        """Return a sentence for the reason in a line of the log; None if there is none, or it was told."""
        try:
            entry = json.loads(line)
        except ValueError:
            return None
        reason = entry.get("reason") if isinstance(entry, dict) and "step" in entry else None
        if not isinstance(reason, str) or reason in self._told:
            return None
        self._told.add(reason)
        return " ".join(self._said(reason)) or None

    def _said(self, reason: str) -> Iterator[str]:
        if meaning := meanings().get(reason):
            yield meaning
        if reason == "unknown_source" and (keys := self._write_keys()):
            yield f"There are {', '.join(keys)}."
        elif advice := ADVICE.get(reason) or _OF_ANSWERS.get(reason):
            yield advice

    def _write_keys(self) -> list[str]:
        try:
            document: Any = json.loads(self._workspace.read_text())
            return [str(each) for each in document["write_keys"]][:_MOST_KEYS]
        except (OSError, ValueError, KeyError, TypeError):
            return []
