"""The sources of a workspace that take hooks, with what proves a hook to be theirs."""

from collections.abc import Mapping
from functools import partial

from catalogue.sources import source_type
from sluice.aws.settings import with_secrets
from sluice.edge.endpoints.hook import HookSource
from sluice.workspace.compiled import Source, Workspace


def hook_sources(workspace: Workspace, stage: str) -> Mapping[str, HookSource]:
    """Return the sources by their ids. Their secrets are read when a hook arrives, and remembered for five minutes."""
    return {each.id: _hook_source(each, stage) for each in workspace.sources.values() if each.is_hook}


def _hook_source(source: Source, stage: str) -> HookSource:
    kind = source_type(source.type)
    return HookSource(kind, partial(with_secrets, kind.settings, source.settings or {}, stage))
