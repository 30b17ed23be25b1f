"""Segment's limits. https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ (errors)"""

#: One event, in bytes of JSON.
MAX_EVENT_BYTES = 32 * 1024
#: One batch: SDKs stop at 475,000 to 512,000 bytes, so the larger reading of "500 KB" is the safe one.
MAX_BATCH_BYTES = 500 * 1024
#: Events of one batch; what comes after them is rejected.
MAX_BATCH_EVENTS = 2500
#: The body of one request after inflation. A larger one is refused without being kept.
MAX_INFLATED_BYTES = 4 * 1024 * 1024
#: Events of one hook of a vendor's; one with more is rejected as a whole.
MAX_HOOK_EVENTS = 10_000
#: A hook, inflated. Vendors bound what they send at once: SendGrid to 768 KB, others to a hundred events.
MAX_HOOK_BYTES = 2 * 1024 * 1024
