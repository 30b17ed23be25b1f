"""The environments of engines that tests ask, which agree with nobody else's versions."""

import fcntl
import subprocess
from pathlib import Path

from tests.pages import ROOT


def python_of(name: str) -> Path:
    """Return the Python of an environment. It is made if it is not there, by one process alone."""
    with (ROOT / f"requirements/{name}.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([str(ROOT / "bin/setup"), name], check=True)
    return ROOT / f".venv-{name}/bin/python"
