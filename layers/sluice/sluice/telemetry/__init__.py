"""Logs, metrics and the steps of an event."""
