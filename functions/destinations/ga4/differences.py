"""Where Google Analytics' requests differ from those of Segment's on purpose."""

from sluice.deliver.differences import Difference

differences: tuple[Difference, ...] = (
    Difference(
        "request",
        "ours",
        "Segment refuses the event for one parameter that Google does not take; here the parameter is left out.",
        lambda _, theirs: "unsupported value" in (theirs or ""),
    ),
    Difference(
        "request",
        "ours",
        "Segment refuses the event for a currency that it does not know; here the currency is left out if it is none.",
        lambda _, theirs: "valid currency" in (theirs or ""),
    ),
)
