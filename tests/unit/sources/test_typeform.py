"""Typeform: responses and their answers."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, event, hook, is_proven

RESPONSE: dict[str, Any] = {
    "form_id": "lT4Z", "token": "a3a1", "submitted_at": "2026-01-01T00:00:00Z", "hidden": {"user_id": "u-42"},
    "definition": {"title": "NPS", "fields": [{"id": "x1", "title": "How likely?", "ref": "nps"}]},
    "answers": [{"type": "number", "number": 9, "field": {"id": "x1", "type": "opinion_scale", "ref": "nps"}}],
}  # fmt: skip


def of(**changes: Any) -> dict[str, Any]:
    return {"event_id": "01F", "event_type": "form_response", "form_response": {**RESPONSE, **changes}}


def test_a_response() -> None:
    found = event("typeform", of())
    assert (found["type"], found["event"], found["userId"]) == ("track", "Form Submitted", "u-42")
    assert found["properties"] == {
        "form_id": "lT4Z", "form_title": "NPS", "answers": {"nps": 9}, "response_id": "a3a1",
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:01F", "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"type": "text", "text": "hi"}, "hi"),
        ({"type": "boolean", "boolean": False}, False),
        ({"type": "date", "date": "2026-01-01"}, "2026-01-01"),
        ({"type": "file_url", "file_url": "https://f.example.com"}, "https://f.example.com"),
        ({"type": "choice", "choice": {"id": "c", "label": "Blue", "ref": "r"}}, "Blue"),
        ({"type": "choice", "choice": {"other": "Teal"}}, "Teal"),
        ({"type": "choices", "choices": {"ids": ["1"], "labels": ["A", "B"]}}, ["A", "B"]),
        ({"type": "choices", "choices": {"labels": ["A"], "other": "C"}}, ["A", "C"]),
        ({"type": "payment", "payment": {"amount": "1", "last4": "4242"}}, {"amount": "1", "last4": "4242"}),
        ({"type": "new_kind", "new_kind": 5}, 5),
        ({"type": "number", "number": None}, None),
    ],
)
def test_answers(answer: dict[str, Any], value: Any) -> None:
    found = event("typeform", of(answers=[{**answer, "field": {"id": "x1"}}]))
    assert found["properties"]["answers"] == {"x1": value}


def test_an_address_among_the_answers_stands_for_who_answered() -> None:
    answers = [{"type": "email", "email": "jo@example.com", "field": {"id": "e", "ref": "mail"}}]
    found = event("typeform", of(hidden=None, answers=answers))
    assert found["anonymousId"] == "jo@example.com"
    assert found["context"]["traits"] == {"email": "jo@example.com"}


def test_other_hidden_fields_and_scores_are_kept() -> None:
    properties = event("typeform", of(hidden={"user_id": "u", "plan": "pro"}, calculated={"score": 3}))["properties"]
    assert (properties["hidden"], properties["calculated"]) == ({"plan": "pro"}, {"score": 3})


def test_a_form_without_answers_and_one_that_is_not_finished() -> None:
    assert event("typeform", of(answers=None, definition=None))["properties"]["answers"] == {}
    partial = {**of(submitted_at=None, landed_at="2026-01-01T00:00:00Z"), "event_type": "form_response_partial"}
    found = event("typeform", partial)
    assert (found["event"], found["timestamp"]) == ("Form Partially Submitted", "2026-01-01T00:00:00.000Z")


def test_the_vector() -> None:
    kind, vector = source_type("typeform"), "sha256=Kz9hrU5JVTqoi6o87bEgeP5xYjgCAf+qQ27V9rR55ew="
    assert is_proven(kind, hook(typeform_signature=vector))
    assert not is_proven(kind, hook(BODY + b" ", typeform_signature=vector))
    assert not is_proven(kind, hook(typeform_signature=vector.removeprefix("sha256=")))
