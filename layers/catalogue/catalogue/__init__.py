"""The catalogue: every type of destination that a workspace can name."""
