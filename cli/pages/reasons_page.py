"""`python -m cli.pages.reasons_page > docs/reasons.md`: every reason, what it means, and what to do about it."""

import sys
from collections.abc import Iterator, Mapping, Sequence

#: What to do about a reason. The fix belongs to the app that sends, to the workspace, or to nobody.
ADVICE: Mapping[str, str] = {
    "bad_request": "Look at `original` in the archive's record. Send UTF-8 JSON, an object with a `type`.",
    "empty_batch": "Send nothing where there are no events; `batch` is a list of them.",
    "event_not_defined": 'Give `track` a name: `analytics.track("Order Completed")`.',
    "event_not_string": "Send the name as a text.",
    "properties_not_object": 'Send an object, `{"total": 42}`, and no list or text.',
    "traits_not_object": 'Send an object, `{"plan": "pro"}`, and no list or text.',
    "name_not_string": "Send the name as a text, or leave it out.",
    "category_not_string": "Send the category as a text, or leave it out.",
    "id_required": "Send `groupId` with `group`, and `userId` and `previousId` with `alias`.",
    "id_not_string": "Send ids as texts.",
    "no_user_anon_id": "Send a `userId` or an `anonymousId`; SDKs make the latter by themselves.",
    "source_disabled": "Take `enabled: false` out of the source, then recover what was rejected.",
    "unknown_source": "Compare the key with `write_keys` of the workspace; recover the events with `--as-source`.",
    "consent_categorypreferences_should_exist": "Send `context.consent.categoryPreferences` with the consent event.",
    "consent_categorypreferences_fields_should_be_object": "Send an object from category to true or false.",
    "consent_categorypreferences_fields_should_be_bool": "Send true or false for each category, and no text.",
    "consent_version_should_be_number": "Send the version as a number.",
    "device_advertisingid_should_be_string": "Send the id as a text, or leave it out.",
    "internal": "Update, then recover it; if it stays, report it without the event's content.",
    "event_too_large": "Send less in one event: a link to a document rather than the document.",
    "batch_too_large": "Send smaller batches; SDKs cut them by themselves.",
    "origin_not_allowed": "Add the page's origin to `origins` of the source.",
    "link_not_valid": "Sign the link anew, whole, with a later `expires`.",
    "unauthorized": "Give the server the secret or the token that its source demands.",
    "automated": "Nothing: it was no person.",
    "object_not_valid": "The answer or the record says which; send texts, numbers and truth values, and an `id`.",
    "hook_not_understood": "Compare the record's `original` with the page of the source in docs/sources; report it.",
    "hook_left_out": "Nothing, or change the settings of the source and recover what was left out.",
    "NO_MATCHING_MAPPING": "`bin/sluice preview` shows the triggers; change one, or leave it so.",
    "FILTERED_AT_FUNCTION": "`bin/sluice function` shows what it does with an event.",
    "REFUSED_BY_FUNCTION": "`bin/sluice function` shows which line says so.",
    "FUNCTION_FAILED": "The response has the line; mend the function and deploy. Events wait for it.",
    "FILTERED_AT_MAPPING": "`bin/sluice preview` says which field; fill it in the action's `mapping`.",
    "FILTERED_BY_END_USER_CONSENT": "Nothing, if the user means it; else see `consent` of the destination.",
    "FILTERED_BY_INTEGRATIONS_OBJECT": "See `integrations` in the app's call. Names are case-sensitive.",
    "MESSAGE_SENT_CLIENT_SIDE": "Nothing, or take the destination out of `device_destinations`.",
    "FILTERED_BY_RULES": "`bin/sluice preview` says which filter.",
    "INVALID_SETTINGS": "`bin/sluice check` tells; see the settings, and whether the secret is there.",
    "MESSAGE_REJECTED": "The vendor's answer is in the log line; its page in docs/destinations says what it takes.",
    "INTERNAL": "Update, then redrive.",
    "RETRY": "Nothing: it is sent again.",
    "EREFUSED": "Nothing, if it passes; else see the address in the settings.",
    "ECONNRESET": "Nothing: it is sent again.",
    "ENOTFOUND": "See the address in the settings.",
    "ETIMEDOUT": "Nothing, if it passes; else give the destination a longer `timeout` or fewer at once.",
}

#: Answers, their codes if they have one, and what to do.
ANSWERS: Sequence[tuple[str, str | None, str]] = (
    ("200, a page", "redirect_not_approved", "Add the host to `redirect_hosts` of the source, or sign the link."),
    ("400", "missing_write_key", "Send the write key as the user of HTTP Basic, or as `writeKey` in the body."),
    ("400", "invalid_json", "Send an object in UTF-8 JSON."),
    ("400", "invalid_encoding", "Say `Content-Encoding: gzip` where the body is gzip, and nowhere else."),
    ("400", "invalid_query", "Percent-encode the link; [links](links.md) has how."),
    ("400, with a reason of the first table", None, "The request is kept as rejected, if it names a source."),
    ("401", "bad_signature", "Compare the secret at the vendor with the source's, and the clock; see docs/sources."),
    ("404", "not_found", "See the path: `/v1/track`, `/v1/batch` and so on."),
    ("404", "unknown_source", "No source has this write key: settings and scripts are of a source."),
    ("405", "method_not_allowed", "Events are sent by POST."),
    ("413", "hook_too_large", "Ask the vendor to send less at once."),
    ("400", "object_not_valid", "The message says which object and why."),
    ("413", "object_too_large", "Send the objects in parts."),
    ("429", "over_ration", "The key has used up `requests_per_second` of its source."),
    ("429 of AWS", None, "More came than `RequestsPerSecond`, or `EdgeConcurrency`, lets pass."),
    ("503", "unavailable", "The queue did not take it. Nothing is lost: the client has it still."),
)

_TOP = """# Reasons

Why an event does not arrive, or not yet: what `make tail`, the archive, metrics and logs say, and what to do. The page
is made from the code.
"""

_REJECTED = """## Rejected: no event, or not yours

These are kept below `rejected/` in the archive, with the bytes as they came. `make rejected` prints those of
`make run`; `bin/sluice recover` [sends them again](operating.md#events-were-rejected), repaired if need be.
"""
_KEPT = """## Kept from a destination, or not delivered

These events are in the archive like all others. `bin/sluice preview` shows what a destination would be sent, or why
nothing; `bin/sluice replay` [sends them later](operating.md#a-new-destination-is-to-get-old-events).
"""
_ANSWERS = """## Answers to a client

200 says that a request is stored, and no more. Most SDKs try again after 429 and 5xx, and give up after other answers;
[compatibility](compatibility.md) has each.

| answer | what to do |
|---|---|
"""
_VENDORS = """\
Answers of vendors, and what follows from each, are on the page of their [destination](destinations/README.md).
"""


def page() -> str:
    """Return the page."""
    known = meanings()
    # In the order of the advice: that of the declarations is the order of imports.
    found = {code: known[code] for code in ADVICE if code in known}
    rejected = {code: text for code, text in found.items() if code.islower()}
    kept = {code: text for code, text in found.items() if not code.islower()}
    answers = "".join(f"| {answer}{f' `{code}`' if code else ''} | {text} |\n" for answer, code, text in ANSWERS)
    parts = (_TOP, _REJECTED, _table(rejected), _KEPT, _table(kept), _ANSWERS + answers, _VENDORS)
    return "\n".join(parts)


def meanings() -> Mapping[str, str]:
    """Return the meaning of every reason: those of events, those that the router gives, and those of delivery."""
    from sluice.destinations import outcome
    from sluice.functions import insert
    from sluice.router import decisions
    from sluice.sources import translator
    from sluice.spec import objects, reasons

    assert decisions and outcome and translator and objects and insert  # noqa: S101 - they declare theirs when they are imported
    return reasons.meanings()


def _table(found: Mapping[str, str]) -> str:
    return "\n".join(_rows(found)) + "\n"


def _rows(found: Mapping[str, str]) -> Iterator[str]:
    yield from ("| reason | what it means | what to do |", "|---|---|---|")
    yield from (f"| `{code}` | {text} | {ADVICE[code]} |" for code, text in found.items())


if __name__ == "__main__":
    sys.stdout.write(page())
