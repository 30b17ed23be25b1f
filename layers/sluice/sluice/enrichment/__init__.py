"""Enrichment: campaign, device, bot and place, where an event does not say them. Only what is absent is filled."""
