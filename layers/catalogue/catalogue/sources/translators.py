"""The translators of a workspace's sources."""

from collections.abc import Mapping

from catalogue.sources import source_type
from sluice.sources.translator import Translator
from sluice.workspace.compiled import Workspace


def translators(workspace: Workspace) -> Mapping[str, Translator]:
    """Return what makes events of the hooks of each source that takes some. Secrets are not read."""
    found: dict[str, Translator] = {}
    for source in workspace.sources.values():
        if source.settings is not None:
            kind = source_type(source.type)
            found[source.id] = Translator(kind, source.id, kind.settings(**source.settings))
    return found
