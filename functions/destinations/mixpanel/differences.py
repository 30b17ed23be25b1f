"""Where Mixpanel's requests differ from those of Segment's on purpose."""

from sluice.deliver.differences import Difference

_TIME = (
    "An event whose time cannot be read happened when it was received. Segment says: when it is sent, each time anew."
)

differences = (Difference("body.*.properties.time", "both", _TIME),)
