"""What can go wrong between a client and us, with the very answers that Sluice and API Gateway give."""

from dataclasses import dataclass

from sluice.edge.responses import RETRY_AFTER_SECONDS, Response, json_response, refusal, unavailable


@dataclass(frozen=True, slots=True)
class Fault:
    """The first `times` uploads are answered with `answer`; without one they are let in, and their answer is lost.

    `quiet` is how many seconds without an upload mean that a browser has given up.
    """

    name: str
    answer: Response | None
    times: int = 1
    quiet: float = 4.0

    @property
    def permanent(self) -> bool:
        """Nothing would become better by trying again."""
        return self.answer is not None and self.answer.status == 400


FAULTS: tuple[Fault, ...] = (
    Fault(
        "429",
        refusal(429, "too_many_requests", "Please slow down.", retry_after=str(RETRY_AFTER_SECONDS)),
        quiet=RETRY_AFTER_SECONDS + 3,
    ),
    # An HTTP API throttles by itself, in words that cannot be changed.
    Fault("429 of API Gateway", json_response(429, {"message": "Too Many Requests"}), times=2),
    Fault("503", unavailable(), times=2, quiet=RETRY_AFTER_SECONDS + 3),
    Fault("400", refusal(400, "invalid_json", "The body is not valid JSON."), quiet=6.0),
    Fault("answer lost", None),
)
