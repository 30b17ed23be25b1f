"""Deliver events to a destination: plan, batch, send, requeue."""
