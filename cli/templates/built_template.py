"""`python -m cli.templates.built_template TEMPLATE ARCHITECTURE`: have a template deployed only as it was built.

`sam build` fetches what the library requires for one processor. Whoever deploys it for another gets functions that
cannot start, so the built template allows no other.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

_ALLOWED = ("arm64", "x86_64")
_PARAMETER = re.compile(r"^  Architecture:\n(?:    .*\n)+", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    path, architecture = Path(arguments[0]), arguments[1]
    path.write_text(only_for(path.read_text(), architecture))
    return 0


def only_for(template: str, architecture: str) -> str:
    """Return the text of a template whose parameter `Architecture` allows this one alone.

    Raises ValueError for an architecture that Lambda does not have, and for a template without the parameter.
    """
    if architecture not in _ALLOWED:
        raise ValueError(f"ARCHITECTURE is {architecture!r}; Lambda has {' and '.join(_ALLOWED)}")
    found = _PARAMETER.search(template)
    if found is None:
        raise ValueError("the template has no parameter Architecture")
    fixed = f"    Default: {architecture}\n    AllowedValues:\n    - {architecture}\n"
    others = "".join(_fields(found[0]))
    return template[: found.start()] + "  Architecture:\n" + fixed + others + template[found.end() :]


def _fields(parameter: str) -> Sequence[str]:
    """Return the fields of the parameter, each with the lines that belong to it, without those that are replaced."""
    fields = re.split(r"^(?=    [A-Za-z])", parameter, flags=re.MULTILINE)[1:]
    return [field for field in fields if not field.lstrip().startswith(("Default:", "AllowedValues:"))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
