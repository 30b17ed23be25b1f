"""Omissions: what a workspace drops in one place and leaves in another. They are warnings, as either may be meant."""

from collections.abc import Iterator, Sequence

from sluice.mapping.values import keys
from sluice.workspace.models import Filter, Workspace

type Path = tuple[str | int, ...]

#: A person's traits stand in the first place in an identify, and in the second in every other event.
_TRAITS = (("traits",), ("context", "traits"))


def omissions(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Yield each filter that drops a trait from one of its two places alone, and how to drop it from both."""
    for at, destination in enumerate(workspace.destinations):
        yield from ((("destinations", at, *path), text) for path, text in _left_behind(destination.filters))


def _left_behind(filters: Sequence[Filter]) -> Iterator[tuple[Path, str]]:
    dropping = [
        (number, path, tuple(keys(path)), names)
        for number, each in enumerate(filters)
        if each.do == "drop_properties"
        for path, names in each.fields.items()
    ]
    gone = {(*where, name) for _, _, where, names in dropping for name in names}
    for number, path, where, names in dropping:
        if where not in _TRAITS:
            continue
        other = _TRAITS[1 - _TRAITS.index(where)]
        if any(other[:length] in gone for length in range(1, len(other) + 1)):
            continue
        if left := [name for name in names if (*other, name) not in gone]:
            place, these = ".".join(other), ", ".join(left)
            text = f"{these}: still sent from {place}, where other events have it; add `{place}: [{these}]` as well"
            yield ("filters", number, "fields", path), text
