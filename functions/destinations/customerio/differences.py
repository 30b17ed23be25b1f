"""Where Customer.io's requests differ from those of Segment's on purpose."""

from sluice.deliver.differences import Difference

differences = (
    Difference(
        "body.timestamp",
        "both",
        "What is no date stays as it is; JavaScript takes almost any text for one.",
        lambda ours, _: isinstance(ours, str),
    ),
)
