"""What each measure is worth: the same traffic with one of them taken away."""

import contextlib
import io
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from checks.bench import traffic
from checks.cost.deployment import Deployment, Mapped
from checks.cost.prices import Assumptions
from sluice.messages import encoding as text
from sluice.router import packs as packing
from sluice.telemetry.logs import logger


@dataclass(frozen=True, slots=True)
class Lever:
    """`change` makes the deployment and the assumptions that would be without it; `without` is in force meanwhile."""

    name: str
    change: Callable[[Deployment, Assumptions], tuple[Deployment, Assumptions]] = lambda deployed, assumed: (
        deployed,
        assumed,
    )
    without: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext


@contextlib.contextmanager
def _set(module: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


class _Output(io.TextIOBase):
    """What is standard output when something is written."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@contextlib.contextmanager
def _debugging() -> Iterator[None]:
    handler, level = logger.registered_handler, logger.log_level
    assert isinstance(handler, logging.StreamHandler)  # noqa: S101 - as powertools makes it
    before = handler.setStream(_Output())
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level)
        handler.setStream(before)


def windows(seconds: float) -> Callable[[Deployment, Assumptions], tuple[Deployment, Assumptions]]:
    """All queues are read as soon as something is there, or after so many seconds."""

    def change(deployed: Deployment, assumed: Assumptions) -> tuple[Deployment, Assumptions]:
        mapped = {name: Mapped(batch=each.batch, window=seconds) for name, each in deployed.mapped.items()}
        return replace(deployed, mapped=mapped), assumed

    return change


def _memory(factor: float) -> Callable[[Deployment, Assumptions], tuple[Deployment, Assumptions]]:
    def change(deployed: Deployment, assumed: Assumptions) -> tuple[Deployment, Assumptions]:
        memory = {name: round(each * factor) for name, each in deployed.memory.items()}
        return replace(deployed, memory=memory), assumed

    return change


def _of_a_caller(_: float, by_chance: str) -> str:
    return f"order-{by_chance}"


#: Not a measure of ours, but of a caller's: every event has an id that no SDK makes.
IDS_OF_A_CALLER = Lever(
    "messageIds that a caller makes, for each event", without=lambda: _set(traffic, "message_id", _of_a_caller)
)

LEVERS = (
    Lever("as it is"),
    Lever("packing: one event a message to destinations", without=lambda: _set(packing, "MAX_DELIVERIES", 1)),
    Lever("compression of messages", without=lambda: _set(text, "COMPRESS_ABOVE", 10_000_000)),
    Lever("windows: all queues read after 1 s", windows(1.0)),
    Lever("windows: all queues read after 20 s", windows(20.0)),
    Lever("arm64", lambda deployed, assumed: (replace(deployed, architecture="x86_64"), assumed)),
    Lever("memory: twice as much", _memory(2.0)),
    Lever("memory: half as much", _memory(0.5)),
    Lever("no platform lines in logs", lambda deployed, assumed: (replace(deployed, has_platform_logs=True), assumed)),
    Lever("no line for each event: log level DEBUG", without=_debugging),
    Lever("pollers: two instead of five", lambda deployed, assumed: (deployed, replace(assumed, pollers=2))),
    Lever(
        "receives: one message each, instead of ten",
        lambda deployed, assumed: (deployed, replace(assumed, messages_per_receive=1)),
    ),
)
