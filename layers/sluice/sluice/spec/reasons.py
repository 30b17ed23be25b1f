"""The vocabulary of reasons: why an event does not arrive, or not yet.

A reason is declared once, with `reason`, by the module that gives it; everything else (metrics, pages, commands) knows
it from there. The codes below are for rejections: Segment's discard codes, and our own where it has none.
https://segment.com/docs/connections/delivery-overview/ (failed on ingest)
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NewType

Reason = NewType("Reason", str)

_MEANINGS: dict[str, str] = {}


def reason(code: str, meaning: str) -> Reason:
    """Declare a reason and return it. `meaning` is a sentence for the person who reads the code somewhere."""
    _MEANINGS[code] = meaning
    return Reason(code)


def meanings() -> Mapping[str, str]:
    """Return the meaning of each reason that the modules loaded so far declare."""
    return MappingProxyType(_MEANINGS)


BAD_REQUEST = reason("bad_request", "It cannot be read: no JSON, no object, no known type, or nested too deeply.")
EMPTY_BATCH = reason("empty_batch", "The batch has no events.")
EVENT_NOT_DEFINED = reason("event_not_defined", "A track call has no event name.")
EVENT_NOT_STRING = reason("event_not_string", "The event name of a track call is not a string.")
PROPERTIES_NOT_OBJECT = reason("properties_not_object", "`properties` is not an object.")
TRAITS_NOT_OBJECT = reason("traits_not_object", "`traits` is not an object.")
NAME_NOT_STRING = reason("name_not_string", "`name` of a page or screen is not a string.")
CATEGORY_NOT_STRING = reason("category_not_string", "`category` of a page or screen is not a string.")
ID_REQUIRED = reason("id_required", "A group call has no `groupId`, or an alias call lacks one of its two ids.")
ID_NOT_STRING = reason("id_not_string", "An id is neither a string nor a number.")
NO_USER_ANON_ID = reason("no_user_anon_id", "The event has neither a `userId` nor an `anonymousId`.")
SOURCE_DISABLED = reason("source_disabled", "The workspace has `enabled: false` for this source.")
UNKNOWN_SOURCE = reason("unknown_source", "No source of the workspace has this write key.")
CONSENT_PREFERENCES_MISSING = reason(
    "consent_categorypreferences_should_exist", "A consent event lacks `context.consent.categoryPreferences`."
)
CONSENT_PREFERENCES_NOT_OBJECT = reason(
    "consent_categorypreferences_fields_should_be_object", "`categoryPreferences` of a consent event is no object."
)
CONSENT_PREFERENCES_NOT_BOOLEANS = reason(
    "consent_categorypreferences_fields_should_be_bool", "A category of a consent event is neither true nor false."
)
CONSENT_VERSION_NOT_NUMBER = reason(
    "consent_version_should_be_number", "`context.consent.version` of a consent event is not a number."
)
ADVERTISING_ID_NOT_STRING = reason(
    "device_advertisingid_should_be_string", "`context.device.advertisingId` is not a string."
)
INTERNAL = reason("internal", "Our code broke on it. It is kept; recover it after an update.")
EVENT_TOO_LARGE = reason("event_too_large", "The event has more than 32 KB of JSON.")
BATCH_TOO_LARGE = reason("batch_too_large", "The batch has more than 500 KB, or more than 2,500 events.")
ORIGIN_NOT_ALLOWED = reason("origin_not_allowed", "The source does not admit pages of this origin.")
LINK_NOT_VALID = reason("link_not_valid", "The link was signed, but has changed since, or it has expired.")
UNAUTHORIZED = reason("unauthorized", "The source demands a secret or a token, and the request has no valid one.")
AUTOMATED = reason("automated", "A program followed the link, not a person: a prefetch, a scanner, a preview.")

#: Given by the router, and by a destination whose subscriptions changed while the event was on its way.
NO_MATCHING_MAPPING = reason("NO_MATCHING_MAPPING", "No action of the destination has a trigger that matches.")
