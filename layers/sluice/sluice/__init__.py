"""Sluice: collect customer events, keep every one of them, and send them on."""
