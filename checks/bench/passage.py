"""Print the modules that one event passes, from the HTTP request to the request at a vendor, in their order.

The real handlers run on the counting AWS, once to warm up and once watched by a profiler. `make passage`.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from checks.bench import traffic
from checks.bench.aws import CountingAws
from checks.bench.functions import EVENTS, ROOT, Functions, destination_queue, sqs_event
from checks.bench.parts.router import compiled, workspace
from sluice.destinations.http import Request, Response

_PLACES = {
    str(ROOT / "layers/sluice/sluice"): "",
    str(ROOT / "layers/catalogue/catalogue"): "catalogue/",
    str(ROOT / "functions"): "functions/",
}
_DESTINATION = "d0"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stages = watched(Path(folder))
    seen: set[str] = set()
    moves = 0
    for stage, path in stages.items():
        print(f"{stage}: {' '.join(dict.fromkeys(path))}")
        seen.update(path)
        moves += len(path)
    print(f"\n{len(seen)} modules, {moves} moves from one to another")


def watched(folder: Path) -> dict[str, list[str]]:
    """Return the modules entered by each stage, each as often as it is entered from another one."""
    aws = CountingAws()
    aws.install()
    functions = Functions(compiled(workspace(), folder), aws)
    tracking, router = functions.tracking(), functions.router()
    destination = functions.destination(_DESTINATION, _accepts)
    found: dict[str, list[str]] = {}
    for request in traffic.requests(2, 1, 100, traffic.Client()):
        found = {"tracking": passed(lambda request=request: tracking.invoke(request))}  # type: ignore[misc]
        events = sqs_event([(body, 1) for _, body in aws.take(EVENTS)])
        found["router"] = passed(lambda events=events: router.invoke(events))  # type: ignore[misc]
        pack = sqs_event([(body, 1) for _, body in aws.take(destination_queue(_DESTINATION))])
        found["destination"] = passed(lambda pack=pack: destination.invoke(pack))  # type: ignore[misc]
    return found


def passed(work: Callable[[], object]) -> list[str]:
    """Return the modules that `work` enters, each time that it comes from another one."""
    path: list[str] = []

    def look(frame: FrameType, happened: str, _: Any) -> None:
        if happened == "call" and (name := _module(frame)) and path[-1:] != [name]:
            path.append(name)

    with _profiled(look):
        work()
    return path


@contextmanager
def _profiled(look: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)


def _module(frame: FrameType | None) -> str | None:
    file = frame.f_code.co_filename if frame else ""
    for root, name in _PLACES.items():
        if file.startswith(root):
            return name + file[len(root) + 1 :].removesuffix(".py").removesuffix("/__init__")
    return None


def _accepts(_: Request, __: float = 0.0) -> Response:
    return Response(200)


if __name__ == "__main__":
    main()
