"""The Segment Spec: what a message is, which of its fields are common, and how it is normalised. Pure."""
