"""The kit a webhook source is written with: signature, handshake, split, and what becomes of an item."""
