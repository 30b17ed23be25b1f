"""`python -m tests.chaos`: every fault on a local system of its own, as a table; ends with 1 if an event was lost."""

import sys
import tempfile
import time
from pathlib import Path

from local.own import StartError, local_system
from tests.chaos.scenarios import SCENARIOS, try_all
from tests.chaos.table import table
from tests.receiver import Receiver

WORKSPACE = """
sources:
  - {{id: server, type: server, write_keys: [wk_server]}}
  - {{id: upstream, type: segment, settings: {{secret: "${{secret:/sluice/upstream/secret}}"}}}}
destinations: [{{id: receiver, type: webhook, settings: {{url: "{url}/hook"}}}}]
"""


def main() -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sluice-chaos-") as folder, Receiver() as receiver:
        try:
            with local_system(Path(folder), WORKSPACE.format(url=receiver.url), SHORT_TIMEOUTS="true") as system:
                counts = try_all(system, receiver)
        except StartError as error:
            print(f"the local system did not start:\n{error}", file=sys.stderr)
            return 1
    print(table(counts.values()))
    lost = sum(each.lost for each in counts.values())
    twice = sum(counts[each.name].repeated for each in SCENARIOS if not each.repeats)
    accepted, seconds = sum(each.accepted for each in counts.values()), time.monotonic() - started
    print(f"\n{lost} of {accepted} lost, {twice} made twice without a crash, in {seconds:.0f} s")
    return 1 if lost or twice else 0


if __name__ == "__main__":
    sys.exit(main())
