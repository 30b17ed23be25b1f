"""PostHog's answers. https://posthog.com/docs/api/capture"""

from sluice.destinations.vendor import LocalVendor, answer

vendor = LocalVendor(success=answer(200, {"status": 1}))
