"""The code of functions as it is deployed: what `sam build` makes, with its layers laid over one another."""

import compileall
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from checks.bench.functions import ROOT
from layers.compiled.build import installed

_SOURCES = ("SluiceLayer", "CatalogueLayer")
_BYTECODE = "CompiledLayer"
_RUNTIME = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")


@dataclass(frozen=True)
class Built:
    """`layers` and `uncompiled` are values of PYTHONPATH, with our bytecode and without.

    `functions` has a folder for each function, without bytecode, as the deployed package has none.
    """

    layers: str
    uncompiled: str
    functions: Path


def built(folder: Path) -> Built:
    """Build the whole template below `folder`, for this machine. Raises subprocess.CalledProcessError."""
    _build(folder / "build")
    for layer in _SOURCES:
        for target in ("compiled", "uncompiled"):
            shutil.copytree(folder / "build" / layer / "python", folder / target, dirs_exist_ok=True)
    shutil.copytree(folder / "build" / _BYTECODE / "python", folder / "compiled", dirs_exist_ok=True)
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    runtime = _runtime(folder / "runtime")
    return Built(f"{folder / 'compiled'}:{runtime}", f"{folder / 'uncompiled'}:{runtime}", folder / "functions")


def _build(target: Path) -> None:
    """Run `sam build`. A layer of arm64 would not load on x86, so this machine's architecture is asked for."""
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    command = [str(ROOT / ".venv-sam/bin/sam"), "build", "--build-dir", str(target)]
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    environment.pop("PYTHONPATH", None)  # the build has packages of its own
    subprocess.run(
        [*command, "--parameter-overrides", f"Architecture={architecture}"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )


def _runtime(target: Path) -> Path:
    """Copy and compile the packages that Lambda's runtime brings: boto3, and what it requires."""
    for name in _RUNTIME:
        for source, place in installed(name, (".py", ".json", ".gz", ".pem")):
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / place)
    compileall.compile_dir(target, quiet=1)
    return target
