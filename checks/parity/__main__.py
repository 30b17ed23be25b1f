"""`python -m checks.parity [DESTINATION …]`: compare our requests with Segment's; exit with 1 if any differs.

The evidence is a folder of recordings, ../shared/parity or what PARITY names; without one, it is said loudly.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from catalogue import destinations as catalogue
from checks.parity import canonical
from checks.parity.comparison import compare
from checks.parity.evidence import Evidence, events, evidence
from checks.parity.requests import destination_of, send, settings_of, subscriptions_of
from sluice.destinations.differences import COMMON, Difference, Subject

FOLDER = Path("../shared/parity")


@dataclass(slots=True)
class Verdict:
    """Counts of cases; `reasons` count each difference on purpose, `unmeant` say what differs and where."""

    equal: int = 0
    on_purpose: int = 0
    reasons: Counter[Difference] = field(default_factory=Counter)
    unmeant: list[str] = field(default_factory=list)
    differs: int = 0


def judge(recorded: Evidence, corpus: dict[str, object]) -> Verdict | None:
    """None if we have no such destination."""
    destination = destination_of(recorded)
    if destination is None:
        return None
    differences = _differences(destination.type)
    subscriptions, settings = subscriptions_of(destination, recorded), settings_of(destination, recorded)
    verdict = Verdict()
    for case in recorded.cases:
        where = f"{case.event}, {recorded.subscriptions[case.subscription].get('name', case.subscription)}"
        if case.subscription not in subscriptions:
            verdict.differs += 1
            verdict.unmeant.append(f"{where}: no action {recorded.subscriptions[case.subscription]['partnerAction']}")
            continue
        sent = send(corpus[case.event], subscriptions[case.subscription], settings)  # type: ignore[arg-type]
        theirs = [canonical.theirs(request) for request in case.requests]
        compared = compare(
            sent.requests,
            theirs,
            differences,
            (sent.refusal, case.refusal),
            Subject(corpus[case.event], settings),  # type: ignore[arg-type]
        )
        verdict.reasons.update({each for each, _ in compared.meant})
        verdict.unmeant += [f"{where}: {text}" for text in compared.unmeant]
        if compared.unmeant:
            verdict.differs += 1
        elif compared.meant:
            verdict.on_purpose += 1
        else:
            verdict.equal += 1
    return verdict


def _differences(type: str) -> Sequence[Difference]:  # noqa: A002 - the field's own name
    return (*catalogue.differences(type), *COMMON)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.parity", description="Our requests beside Segment's.")
    parser.add_argument("destinations", nargs="*", metavar="DESTINATION", help="Segment's name of its folder")
    parser.add_argument("--evidence", type=Path, default=Path(os.environ.get("PARITY") or FOLDER))
    parser.add_argument("--show", type=int, default=20, metavar="N", help="differences to print for each; 0 is none")
    chosen = parser.parse_args(arguments)
    console = Console()
    if not (chosen.evidence / "corpus.json").exists():
        console.print(f"[bold red]PARITY WAS NOT MEASURED[/]: there is no evidence at {chosen.evidence}")
        return 0
    table = Table("destination", "cases", "equal", "on purpose", "differs")
    corpus, differs = events(chosen.evidence), 0
    for recorded in evidence(chosen.evidence):
        if chosen.destinations and recorded.slug not in chosen.destinations:
            continue
        verdict = judge(recorded, corpus)  # type: ignore[arg-type]
        if verdict is None:
            table.add_row(recorded.name, str(len(recorded.cases)), "", "", "no such destination")
            continue
        differs += verdict.differs
        table.add_row(
            recorded.name, *map(str, (len(recorded.cases), verdict.equal, verdict.on_purpose, verdict.differs))
        )
        for difference, count in verdict.reasons.most_common():
            console.print(f"{recorded.slug}: on purpose, {count} cases: {difference.at}: {difference.why}")
        for text in verdict.unmeant[: chosen.show]:
            console.print(f"[red]{recorded.slug}: {text}[/]", highlight=False, markup=True)
    console.print(table)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
