import pytest

from sluice.sources.words import in_snake_case, in_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("invoice.paid", "Invoice Paid"),
        ("customer.subscription.trial_will_end", "Customer Subscription Trial Will End"),
        ("INITIAL_PURCHASE", "Initial Purchase"),
        ("contact.propertyChange", "Contact Property Change"),
        ("orders/paid", "Orders Paid"),
        ("zen:event-type:ticket.created", "Zen Event Type Ticket Created"),
        ("HTMLPage", "Html Page"),
        ("grüße.größer", "Grüße Größer"),
        ("v2_event", "V2 Event"),
        ("", ""),
        ("...", ""),
    ],
)
def test_a_vendors_name_in_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_a_name_without_end_is_cut() -> None:
    assert len(in_words("a" * 10_000)) == 200


@pytest.mark.parametrize(
    ("name", "snake_case"),
    [("MessageID", "message_id"), ("FirstOpen", "first_open"), ("smtp-id", "smtp_id"), ("already_so", "already_so")],
)
def test_a_field_in_snake_case(name: str, snake_case: str) -> None:
    assert in_snake_case(name) == snake_case
