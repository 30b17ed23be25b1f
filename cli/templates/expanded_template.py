"""`python -m cli.templates.expanded_template FOLDER`: what the linter reads, of a workspace that names all there is.

The linter looks at loops less closely than at resources, and not at all at one over nothing. So `template.yaml` is the
template of the workspace in docs/workspace.md, and `expanded.json` is the same with every loop written out.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from catalogue import types as catalogue
from cli.permissions import TEMPLATE, load, looped
from cli.templates.synchronised import synchronise
from cli.workspace import drivers
from sluice.workspace.compiler import check

_SAM = "AWS::Serverless-2016-10-31"
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def synchronised() -> str:
    """Return the template of the workspace in docs/workspace.md."""
    found = _EXAMPLE.search((TEMPLATE.parent / "docs/workspace.md").read_text())
    if found is None:
        raise LookupError("docs/workspace.md has no workspace")
    return synchronise(TEMPLATE.read_text(), check(found[1], "docs/workspace.md", catalogue), drivers())


def expanded(path: Path) -> dict[str, Any]:
    """Return a template without loops."""
    template = load(path)
    return {**template, "Transform": _SAM, "Resources": looped(template)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "template.yaml"
    whole.write_text(synchronised().replace("TemplateURL: ", f"TemplateURL: {TEMPLATE.parent}/"))
    (folder / "expanded.json").write_text(json.dumps(expanded(whole), indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
