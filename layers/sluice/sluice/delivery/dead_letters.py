"""A dead letter as if it had never been tried: what a redrive puts back on the destination's queue."""

from dataclasses import replace

from sluice.messages.header import construct, render, split
from sluice.messages.pack import PackHeader


def as_new(body: str) -> str:
    """The same pack with patience that begins anew; its payload is not looked at.

    Raises MalformedMessageError for what is no pack.
    """
    fields, payload = split(body)
    header = construct(PackHeader, fields)
    return render(
        replace(
            header,
            attempt=0,
            first_attempt_at=None,
            not_before=None,
            waiting_since=None,
            reason=None,
            status=None,
            response=None,
        ),
        payload,
    )
