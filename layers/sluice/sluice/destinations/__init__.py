"""The kit that a destination is written with: settings, actions, fields, items, requests, outcomes."""
