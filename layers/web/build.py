"""`python -m layers.web.build TARGET`: everything a browser loads, from its npm package, into a folder.

npm checks the package against the integrity in package-lock.json and runs none of its scripts. TARGET then has

  analytics.min.js    what the snippet loads
  a.js                the same under names that blockers do not know
  bundles/            the chunks that both load when they need them, and the licences of all that is in here

each with a compressed twin, `….gz`. Nothing is done when TARGET is already what would be built.
"""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from layers.web import adapt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = "@segment/analytics-next"
_SOURCES = ("package.json", "package-lock.json", "locate.js", "adapt.py", "build.py")
_STAMP = "built-from"
_QUIETLY = ("--no-audit", "--no-fund", "--loglevel=error")


class BuildError(Exception):
    """The text is for the person who builds."""


def build(target: Path) -> bool:
    """Build what changed and return whether anything did. Raises BuildError, UnexpectedScriptError."""
    with Path(__file__).open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        return _build(target)


def _build(target: Path) -> bool:
    stamp = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _SOURCES)).hexdigest()
    if (target / _STAMP).is_file() and (target / _STAMP).read_text() == stamp:
        return False
    with tempfile.TemporaryDirectory() as folder:
        modules = _install(Path(folder))
        made = Path(folder) / "made"
        for name, text in _files(modules):
            _write(made / name, text.encode())
        (made / _STAMP).write_text(stamp)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)
    return True


def _install(folder: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    npm = _npm()
    path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1", *_QUIETLY]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"npm cannot install {PACKAGE}: {_line(done.stderr.splitlines())}")
    return folder / "node_modules"


def _npm() -> str:
    """The machine's own, or else one from PyPI."""
    if (found := shutil.which("npm")) is not None:
        return found
    done = subprocess.run([ROOT / "bin/setup", "node"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"there is no npm, and bin/setup cannot install one: {_line(reversed(done.stderr.splitlines()))}"
        )
    return str(ROOT / ".venv-node/bin/npm")


def _line(lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "it said nothing")


def _files(modules: Path) -> Iterator[tuple[str, str]]:
    """(name, text) of each."""
    package = modules / PACKAGE
    version = json.loads((package / "package.json").read_text())["version"]
    notice = f"{PACKAGE} {version}, MIT, changed by Sluice; for all licences see licenses.txt beside the chunks"
    original, locate = (package / "dist/umd/standalone.js").read_text(), (HERE / "locate.js").read_text()
    yield "analytics.min.js", adapt.script(original, locate, notice)
    yield "a.js", adapt.plain_script(original, locate, notice)
    for chunk in sorted((package / "dist/umd").glob("*.bundle.*.js")):
        yield f"bundles/{chunk.name}", adapt.chunk(chunk.read_text())
    yield "bundles/licenses.txt", "\n\n".join(_licenses(modules))


def _licenses(modules: Path) -> Iterator[str]:
    for about in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        described = json.loads(about.read_text())
        texts = [path.read_text() for path in sorted(about.parent.iterdir()) if path.name.lower().startswith("licen")]
        yield f"{described['name']} {described['version']} ({described.get('license')})\n\n{''.join(texts)}"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]))
    except (BuildError, adapt.UnexpectedScriptError) as error:
        sys.exit(f"web: {error}")
