"""The SDKs and what runs them, at the versions that are written down, in folders that git ignores."""

import asyncio
import hashlib
import os
import shutil
import sys
from pathlib import Path

from checks.compat.rows import Row
from local.settings import ROOT

HERE = Path(__file__).resolve().parent
STATE = ROOT / ".sluice/compat"
PAGES = STATE / "pages"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Seconds for one installation.
_PATIENCE = 240


class MissingError(Exception):
    """Something that some rows need is not on this machine; the text says what."""


class InstallError(Exception):
    """What is written down cannot be installed or built here, though everything for it is there."""


async def python_of(row: Row) -> Path:
    """The interpreter that has the row's SDK. Raises InstallError."""
    pins = HERE / "requirements" / f"{row.environment}.txt"
    folder = STATE / "python" / row.environment
    python = folder / "bin/python"
    if _is_current(folder, pins) and python.exists():
        return python
    uv = shutil.which("uv") or str(ROOT / ".sluice/uv/bin/uv")
    shutil.rmtree(folder, ignore_errors=True)
    await _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    await _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(pins))
    _remember(folder, pins)
    return python


async def node() -> str:
    """Node, with the npm packages beside the scripts. Raises MissingError, InstallError."""
    npm = shutil.which("npm") or await _own_npm()
    program = str(Path(npm).with_name("node"))
    modules, pins = HERE / "node_modules", HERE / "package-lock.json"
    if not _is_current(modules, pins):
        # The packages' own scripts are not run; npm checks their integrity.
        path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        await _run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", PATH=path)
        _remember(modules, pins)
    return program


async def pages(node: str) -> str:
    """The browser to open the pages with, which are made anew from their scripts. Raises MissingError, InstallError."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise MissingError(f"there is no browser on PATH ({', '.join(_BROWSERS[:3])})")
    PAGES.mkdir(parents=True, exist_ok=True)
    sources = HERE / "sdks/browser"
    names = [path.stem for path in sources.glob("*.js") if path.stem != "calls"]
    await _run(
        node,
        str(HERE / "node_modules/esbuild/bin/esbuild"),
        *(str(sources / f"{name}.js") for name in names),
        "--bundle",
        "--format=iife",
        "--target=es2022",
        "--log-level=error",
        "--define:process.env.NODE_ENV='production'",
        f"--outdir={PAGES}",
    )
    for name in names:
        page = sources / f"{name}.html"
        text = (page if page.exists() else sources / "page.html").read_text()
        (PAGES / f"{name}.html").write_text(text.replace("BUNDLE", f"{name}.js"))
    shutil.copy(ROOT / "examples/index.html", PAGES / "example.html")
    return found


def bundle_of(row: Row) -> Path:
    return STATE / "bundles" / f"{row.program}.mjs"


async def bundle(row: Row, node: str) -> None:
    """Bundle a row's script with its SDK, and with a module in place of React Native. Raises InstallError."""
    folder = HERE / "sdks" / row.program
    await _run(
        node,
        str(HERE / "node_modules/esbuild/bin/esbuild"),
        str(folder / "client.mjs"),
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--log-level=error",
        f"--alias:react-native={folder / 'react-native.mjs'}",
        f"--outfile={bundle_of(row)}",
    )


async def _own_npm() -> str:
    """The one of PyPI, as for the layer with analytics.js."""
    try:
        await _run(str(ROOT / "bin/setup"), "node")
    except InstallError as error:
        raise MissingError(f"there is no npm on PATH, and none could be installed ({error})") from error
    return str(ROOT / ".venv-node/bin/npm")


def _stamp(folder: Path) -> Path:
    return folder / ".installed-from"


def _is_current(folder: Path, pins: Path) -> bool:
    return _stamp(folder).is_file() and _stamp(folder).read_text() == _digest(pins)


def _remember(folder: Path, pins: Path) -> None:
    _stamp(folder).write_text(_digest(pins))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def _run(*command: str, **environment: str) -> None:
    """Raises InstallError."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=HERE,
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise InstallError(f"{command[0]}: {error.strerror}") from error
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except TimeoutError:
        process.kill()
        raise InstallError(f"{Path(command[0]).name} {command[1]} took more than {_PATIENCE} seconds") from None
    if process.returncode:
        raise InstallError(f"{Path(command[0]).name} {command[1]}: {output.decode(errors='replace').strip()[-500:]}")
