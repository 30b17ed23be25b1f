"""`python -m cli.expanded_template FILE`: write the template with every loop written out, for cfn-lint.

The linter looks at loops less closely than at resources, so `make lint` has it read both forms.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from cli.permissions import TEMPLATE, load, looped

_SAM = "AWS::Serverless-2016-10-31"


def expanded(folder: Path) -> dict[str, Any]:
    """Return the template without loops, its paths to nested templates as seen from `folder`."""
    template = load()
    resources = looped(template)
    for resource in resources.values():
        properties = resource["Properties"]
        if "TemplateURL" in properties:
            properties["TemplateURL"] = os.path.relpath(TEMPLATE.parent / properties["TemplateURL"], folder)
    return {**template, "Transform": _SAM, "Resources": resources}


if __name__ == "__main__":
    path = Path(sys.argv[1]).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(expanded(path.parent), indent=1))
