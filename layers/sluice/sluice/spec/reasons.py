"""Why an event is rejected: Segment's discard codes, and our own for what it has no code for.

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
    "consent_categorypreferences_should_exist",
    "consent_categorypreferences_fields_should_be_object",
    "consent_categorypreferences_fields_should_be_bool",
    "consent_version_should_be_number",
    "device_advertisingid_should_be_string",
    "internal",
    # Ours: what is too large, who may not send, and whom nobody clicked for.
    "event_too_large",
    "batch_too_large",
    "origin_not_allowed",
    "unauthorized",
    "automated",
]
