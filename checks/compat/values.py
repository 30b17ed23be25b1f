"""Whether a value arrived as it was given, by what JSON and the SDK's language can carry."""

from datetime import UTC, datetime
from typing import Any


def moment(text: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def is_same(given: Any, got: Any, *, exact_integers: bool) -> bool:
    """`given` may be tagged, see checks/compat/script.py. NaN arrives as null, half a surrogate pair as U+FFFD."""
    match given:
        case {"$date": text}:
            return moment(got) is not None and moment(got) == moment(text)
        case {"$number": _}:
            return got is None
        case {"$int": digits}:
            return _is_number(got) and got == (int(digits) if exact_integers else float(digits))
        case str():
            return isinstance(got, str) and got == given.encode("utf-16-le", "surrogatepass").decode(
                "utf-16-le", "replace"
            )
        case bool() | None:
            return got is given
        case int() | float():
            return _is_number(got) and got == given
        case dict():
            return _same_keys(given, got) and all(
                is_same(value, got[key], exact_integers=exact_integers) for key, value in given.items()
            )
        case list():
            return (
                isinstance(got, list)
                and len(got) == len(given)
                and all(
                    is_same(one, other, exact_integers=exact_integers) for one, other in zip(given, got, strict=True)
                )
            )
    raise TypeError(type(given))


def without_nulls(value: Any) -> Any:
    """As some SDKs send objects; lists keep theirs."""
    if not isinstance(value, dict) or "$date" in value or "$int" in value:
        return value
    return {key: without_nulls(item) for key, item in value.items() if not _is_null(item)}


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and "$number" in value)


def _same_keys(given: dict[str, Any], got: Any) -> bool:
    return isinstance(got, dict) and got.keys() == given.keys()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
