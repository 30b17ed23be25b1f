"""Typeform: forms that were submitted. https://www.typeform.com/developers/webhooks/example-payload/"""

from collections.abc import Mapping
from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_NAMES = {"token": "response_id"}
_ELSEWHERE = ("submitted_at", "definition", "answers", "hidden")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have answers by the reference of their question, and the first address among them."""
    response = item["form_response"]
    answers = [each for each in response.get("answers") or [] if isinstance(each, dict)]
    hidden = object_at(response, "hidden")
    more = {
        "form_title": object_at(response, "definition").get("title"),
        "answers": {_question(each): _answer(each) for each in answers},
        "hidden": {name: value for name, value in hidden.items() if name not in ("user_id", "email")} or None,
    }
    return {
        **item,
        "email": hidden.get("email") or next((each["email"] for each in answers if each.get("email")), None),
        "properties": renamed(response, _NAMES, without=_ELSEWHERE) | renamed(more),
    }


def _question(answer: Mapping[str, Any]) -> str:
    field = answer["field"]
    return str(field.get("ref") or field["id"])


def _answer(answer: Mapping[str, Any]) -> Any:
    """Return what was answered: the labels of what was chosen, and what was written beside them."""
    value = answer.get(answer["type"])
    if not isinstance(value, dict):
        return value
    if "labels" in value:
        return [*value["labels"], *([value["other"]] if value.get("other") else [])]
    return value.get("label") or value.get("other") or value


source = Source(
    type="typeform",
    title="Typeform",
    description="Forms and surveys that were submitted, with their answers.",
    setup="Under Connect → Webhooks of a form, add the address of the hook, and a secret, which is `secret` here. Give "
    "the form a hidden field `user_id` for your own user id.",
    documentation="https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    settings=Signed,
    signature=Hmac("typeform-signature", encoding="base64", prefix="sha256="),
    prepare=_flat,
    name=("$.event_type",),
    events={"form_response": "Form Submitted", "form_response_partial": "Form Partially Submitted"},
    message_id=("$.event_id",),
    timestamp=("$.form_response.submitted_at", "$.form_response.landed_at"),
    identity=Identity(user_id="$.form_response.hidden.user_id", email="$.email"),
    other={"properties": {"@path": "$.properties"}},
)
