"""`make tail`: follow events through the local system, one line per step, for a person to read."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cli.ways_out import WaysOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROOT = Path(__file__).resolve().parent.parent
_POLL = 0.1  # seconds
_NOTHING_NEW = "LAMBDA_WARNING"  # a paragraph of the runtime's before each error that stops a function from starting
_GREEN, _RED, _YELLOW, _DIM, _PLAIN = "32", "31", "33", "2", "0"
_COLOURS = {
    "accepted": _PLAIN,
    "refused": _YELLOW,
    "rejected": _RED,
    "duplicate": _DIM,
    "routed": _PLAIN,
    "archived": _DIM,
    "loaded": _DIM,
    "delivered": _GREEN,
    "discarded": _YELLOW,
    "retrying": _YELLOW,
    "waiting": _YELLOW,
    "paused": _RED,
    "dead": _RED,
}
_LEVELS = {"WARNING": _YELLOW, "ERROR": _RED, "CRITICAL": _RED}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cli.tail", description="Follow events through the local system.")
    parser.add_argument("--no-follow", action="store_true", help="print what there is, and end")
    options = parser.parse_args(arguments)
    path = _ROOT / os.environ.get("STATE_DIR", ".sluice") / "logs" / "functions.log"
    if options.no_follow and not path.exists():
        print(f"tail: there is no {path} yet; start the local system with `make run`", file=sys.stderr)
        return 1
    colour = sys.stdout.isatty()
    ways_out = WaysOut(path.parent.parent / "workspace.json")
    if not options.no_follow and not (path.exists() and path.stat().st_size):
        print("tail: waiting for `make run` and its first event; Ctrl-C ends this", file=sys.stderr)
    try:
        for line in read_lines(path, follow=not options.no_follow):
            if (text := format_line(line, colour=colour)) is not None:
                print(text, flush=True)
                if (said := ways_out.of(line)) is not None:
                    print(_paint(f"{'':21}{said}", _DIM, colour), flush=True)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    return 0


def read_lines(path: Path, *, follow: bool) -> Iterator[str]:
    """The lines of a log; with `follow` also those to come, and from the beginning again when the log starts anew."""
    log = _Log(path)
    try:
        while True:
            chunk = log.read()
            *lines, log.unfinished = (log.unfinished + chunk).split("\n")
            yield from lines
            if not chunk:
                if not follow:
                    return
                time.sleep(_POLL)
    finally:
        log.close()


class _Log:
    """A file that may not exist yet, grow, be emptied, or be replaced by another of its name."""

    def __init__(self, path: Path) -> None:
        self.unfinished = ""
        self._path = path
        self._file: TextIO | None = None

    def read(self) -> str:
        """Return the lines that are new since the last call."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return ""
        if self._file:
            then = os.fstat(self._file.fileno())
            if (then.st_dev, then.st_ino) != (now.st_dev, now.st_ino) or now.st_size < self._file.tell():
                if rest := self._file.read():
                    return rest
                self.close()
        if self._file is None:
            self._file = self._path.open(encoding="utf-8", errors="replace")
            self.unfinished = ""
        return self._file.read()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def format_line(line: str, *, colour: bool) -> str | None:
    """A log line as a person reads it, or None where there is nothing to see.

    `20:41:03  accepted   website                  12 events`
    """
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    if "step" in entry:
        step = str(entry["step"])
        return _paint(f"{_clock(entry)}  {step:10} {_details(entry)}".rstrip(), _COLOURS.get(step, _PLAIN), colour)
    level = str(entry.get("level", ""))
    if level in _LEVELS and _NOTHING_NEW not in str(entry.get("message")):
        text = str(entry.get("message", "")).strip().replace("\n", "\n" + " " * 21)
        return _paint(f"{_clock(entry)}  {level.lower():10} {entry.get('service', '')}: {text}", _LEVELS[level], colour)
    return None


def _details(entry: Mapping[str, Any]) -> str:
    source, destination = entry.get("source"), entry.get("destination")
    way = " → ".join(str(each) for each in (source, destination) if each) or str(entry.get("service", ""))
    what = [str(entry[name]) for name in ("type", "event") if entry.get(name)]
    if (count := entry.get("count")) is not None:
        what.append(f"{count} event{'' if count == 1 else 's'}")
    if entry.get("message_id"):
        what.append(str(entry["message_id"]))
    if (entry.get("attempt") or 1) > 1:
        what.append(f"attempt {entry['attempt']}")
    outcome = [str(entry[name]) for name in ("status", "reason") if entry.get(name)]
    return f"{way:24} {'  '.join([*what, *outcome])}"


def _clock(entry: Mapping[str, Any]) -> str:
    """The local time of day; powertools writes `2026-11-23 20:41:03,123+0000`, others ISO 8601."""
    try:
        moment = datetime.fromisoformat(str(entry["timestamp"]).replace(",", "."))
    except (KeyError, ValueError):
        return time.strftime("%H:%M:%S")
    return moment.astimezone().strftime("%H:%M:%S")


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if colour and code != _PLAIN else text


if __name__ == "__main__":
    sys.exit(main())
