"""The commands of `sluice warehouse`, by name."""

from argparse import Namespace

from cli.errors import UsageError
from cli.warehouse import loader, prompt, status, sync
from sluice.memory import collect_rarely

_COMMANDS = {
    "backfill": loader.run_backfill,
    "check": status.run_check,
    "pause": loader.run_pause,
    "plan": sync.run_plan,
    "resume": loader.run_resume,
    "sql": prompt.run,
    "start": loader.run_start,
    "status": status.run_status,
    "sync": sync.run_sync,
    "verify": status.run_verify,
}


def run(options: Namespace) -> int:
    """Run a command. Raises OperatorError, UsageError."""
    collect_rarely()
    if getattr(options, "postgres", None) and options.warehouse:
        raise UsageError("say either a warehouse of the workspace or --postgres")
    return _COMMANDS[options.what](options)
