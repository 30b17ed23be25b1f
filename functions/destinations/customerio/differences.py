"""Where Customer.io's requests differ from those of Segment's on purpose."""

differences = ()
