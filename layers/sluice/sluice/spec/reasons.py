"""Why an event is rejected: Segment's discard codes, and two of ours for sizes it answers without a code.

https://segment.com/docs/connections/delivery-overview/ (failed on ingest)
"""

from typing import Literal

type Reason = Literal[
    "bad_request",
    "empty_batch",
    "event_not_defined",
    "event_not_string",
    "properties_not_object",
    "traits_not_object",
    "name_not_string",
    "category_not_string",
    "id_required",
    "id_not_string",
    "no_user_anon_id",
    "source_disabled",
    "unknown_source",
    "event_too_large",
    "batch_too_large",
    "internal",
]
