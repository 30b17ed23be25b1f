"""Build what browsers load from its npm package, when missing or changed; in place of the layer."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from local import processes
from local.banner import say
from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Shared by all local systems of this source tree, because only the first build needs the network.
FOLDER = ROOT / ".sluice/web"


async def provide_scripts(folder: Path = FOLDER) -> None:
    """Says so where it is impossible: everything but analytics.js works without."""
    # The whole environment: npm's own settings, such as those for proxies, are in there.
    status, output = await processes.run([sys.executable, "-m", "layers.web.build", folder], os.environ, ROOT)
    if status:
        state = "is not the newest" if folder.exists() else "cannot be served"
        say(f"analytics.js {state}: {output.strip()}")
