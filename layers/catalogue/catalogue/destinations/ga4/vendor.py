"""The answers of Google Analytics 4, which are always the same: 204, also to what it drops."""

from sluice.destinations.vendor import LocalVendor, answer

vendor = LocalVendor(success=answer(204))
