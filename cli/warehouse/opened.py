"""The warehouse that a command is about, opened, and the files of the archive that belong into it."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from catalogue.warehouses import connect, warehouse_settings
from cli.commands import deployed_workspace, named
from cli.errors import OperatorError, UsageError
from cli.operations.places import Places
from sluice.archive.reader import Archive, Item, Window
from sluice.aws.settings import with_secrets
from sluice.warehouses.settings import Staging
from sluice.warehouses.target import target_of
from sluice.warehouses.warehouse import StatementError, Target, UnavailableError, Warehouse
from sluice.workspace.compiled import Warehouse as Configured
from sluice.workspace.settings import SettingsUnavailableError


@dataclass(frozen=True, slots=True)
class Opened:
    """A warehouse, as the workspace has it or as the command line names it. `label` is what people call it."""

    engine: Warehouse
    configured: Configured
    label: str

    def files(
        self, archive: Archive, span: Window, source: str | None
    ) -> Iterator[tuple[str, Target, dict[str, Item]]]:
        """Yield each source that belongs into it, or the one, with its target and its files by their keys."""
        for each in wanted(self.configured, archive, source):
            items = {item.key: item for item in archive.items("events", each, span)}
            yield each, target_of(self.configured, each, self.engine.dialect), items


def wanted(found: Configured, archive: Archive, source: str | None) -> Iterator[str]:
    """Yield the sources whose files belong into a warehouse, of all that the archive has or of the one."""
    return filter(found.wants, archive.sources("events") if source is None else [source])


def configured(options: Namespace) -> Configured:
    """Return the warehouse of the workspace that is meant. Raises InvalidWorkspaceError, OSError, OperatorError."""
    return named(deployed_workspace(options).warehouses, "warehouse", options.warehouse, options)


@contextmanager
def opened(options: Namespace, *, is_made: bool = False) -> Iterator[Opened]:
    """Open the warehouse that is meant, a file of DuckDB only if there is one or if it `is_made`.

    Raises OperatorError, UsageError.
    """
    staging = None
    if options.warehouse:
        found = configured(options)
        label, settings = found.id, _settings(found, options.stage)
        staging = Staging(Places(options.stage).bucket(), f"staged/{found.id}/")
    elif options.postgres:
        found = Configured(id="postgres", type="postgres", names=("postgres",), settings={})
        label, settings = "the database", warehouse_settings("postgres")(url=options.postgres, ssl="prefer")
    else:
        if not is_made:
            must_exist(options.file)
        found = Configured(id="duckdb", type="duckdb", names=("duckdb",), settings={})
        label, settings = str(options.file), warehouse_settings("duckdb")(path=str(options.file))
    try:
        with connect(found.type, settings, staging) as engine:
            yield Opened(engine, found, label)
    except UnavailableError as error:
        said = _said(error.__cause__)
        is_more = said and said not in str(error)
        raise OperatorError(f"{label}: {error}{f', because {said}' if is_more else ''}") from error
    except Exception as error:
        if said := _said(error):
            raise OperatorError(f"{label} says: {said}") from error
        raise


def _settings(found: Configured, stage: str) -> object:
    """Return the settings of a warehouse of the workspace, with their secrets. Raises OperatorError."""
    try:
        return with_secrets(warehouse_settings(found.type), found.settings, stage, is_refreshed=True)
    except SettingsUnavailableError as error:
        raise OperatorError(str(error)) from error


def _said(error: BaseException | None) -> str:
    """Return what an engine says, in a line; nothing for what no engine said."""
    is_engines = (
        isinstance(error, duckdb.Error | StatementError) or type(error).__module__.partition(".")[0] == "psycopg"
    )
    return str(error).strip().splitlines()[0] if is_engines and str(error).strip() else ""


def must_exist(file: Path) -> None:
    """Refuse to make an empty file. Raises UsageError."""
    if not file.exists():
        raise UsageError(f"there is no {file}; `sluice warehouse sync` makes it")
