"""Decide what a change in the source tree asks for."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import watchfiles

from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from local.settings import Settings

_FUNCTIONS = ROOT / "functions"
CATALOGUE = ROOT / "layers/catalogue/catalogue"
_LIBRARY = ROOT / "layers/sluice/sluice"
_TEMPLATE, _STACKS = ROOT / "template.yaml", ROOT / "stacks"
_DEBOUNCE = 200  # milliseconds: an editor writes a file in several steps


@dataclass(frozen=True)
class Change:
    template: bool = False
    workspace: bool = False
    library: bool = False
    secrets: bool = False
    code: frozenset[Path] = frozenset()
    """Changed files below functions/ and of the catalogue."""

    def __bool__(self) -> bool:
        return self.template or self.workspace or self.library or self.secrets or bool(self.code)

    @property
    def subject(self) -> str:
        """Return what changed, in a word or two."""
        named = {
            "template": self.template,
            "workspace": self.workspace,
            "library": self.library,
            "secrets.json": self.secrets,
            "code": bool(self.code),
        }
        return " and ".join(name for name, is_changed in named.items() if is_changed)

    def touches(self, folder: Path) -> bool:
        """Return whether the function in this folder runs other code now."""
        return self.library or any(path.is_relative_to(folder) for path in self.code)


def classify(paths: Iterable[Path], settings: Settings) -> Change:
    paths = list(paths)
    return Change(
        template=any(path == _TEMPLATE or path.is_relative_to(_STACKS) for path in paths),
        workspace=any(
            path == settings.workspace or path.parent == settings.workspace.parent / "functions" for path in paths
        ),
        library=any(path.is_relative_to(_LIBRARY) for path in paths),
        secrets=settings.secrets_file in paths,
        code=frozenset(path for path in paths if path.is_relative_to(_FUNCTIONS) or path.is_relative_to(CATALOGUE)),
    )


@contextlib.asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[AsyncIterator[Change]]:
    """The changes from now on, also those of before somebody asks for the first."""
    found: asyncio.Queue[set[Path]] = asyncio.Queue()
    # Folders, not files: an editor that replaces a file would take the watch away with the old one.
    watches = [
        asyncio.create_task(_watch(found, [_FUNCTIONS, _LIBRARY, CATALOGUE, _STACKS], recursive=True)),
        asyncio.create_task(_watch(found, _folders(settings), recursive=False)),
    ]
    try:
        yield _changes(found, settings)
    finally:
        for watch in watches:
            watch.cancel()


def _folders(settings: Settings) -> list[Path]:
    """Return the folders of a person's own files; that of functions, if there is one."""
    beside = settings.workspace.parent
    found = [ROOT, beside, beside / "functions", settings.state]
    return [folder for folder in found if folder.is_dir()]


async def _changes(found: asyncio.Queue[set[Path]], settings: Settings) -> AsyncIterator[Change]:
    """One change for all that was saved while the one before it was taken up."""
    while True:
        paths = await found.get()
        while not found.empty():
            paths = paths | found.get_nowait()
        if change := classify(paths, settings):
            yield change


async def _watch(found: asyncio.Queue[set[Path]], folders: Iterable[Path], *, recursive: bool) -> None:
    async for seen in watchfiles.awatch(*folders, recursive=recursive, debounce=_DEBOUNCE, step=_DEBOUNCE // 4):
        found.put_nowait({Path(path) for _, path in seen})
