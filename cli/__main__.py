"""`bin/sluice <command>`: what an operator does with events that have been received. See docs/operating.md."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = [str(ROOT / "layers" / name) for name in ("sluice", "catalogue")]


def main(arguments: list[str] | None = None) -> int:
    """0 when it is done, 1 when something stood in the way, 2 when the command makes no sense."""
    sys.path[:0] = [folder for folder in LIBRARIES if folder not in sys.path]
    from botocore.exceptions import BotoCoreError, ClientError

    from cli.errors import OperatorError, UsageError
    from sluice.archive.reader import DamagedObjectError
    from sluice.workspace.compiler import InvalidWorkspaceError

    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except UsageError as error:
        return _fail(options.command, error, 2)
    except (OperatorError, DamagedObjectError, InvalidWorkspaceError, BotoCoreError, ClientError, OSError) as error:
        return _fail(options.command, error, 1)
    except KeyboardInterrupt:
        return _fail(options.command, "stopped", 130)


def _run(options: argparse.Namespace) -> int:
    """Run a command. Each imports its own modules alone: `tail` shall begin at once."""
    match options.command:
        case "check":
            from cli import check

            return check.run(options)
        case "preview":
            from cli import preview

            return preview.run(options)
        case "warehouse":
            from cli.warehouse.run import run as run_warehouse

            return run_warehouse(options)
        case "function":
            from cli import function

            return function.run(options)
        case "geo":
            from cli import geo

            return geo.run(options)
        case "tail":
            from cli import tail

            return tail.main(["--no-follow"] if options.no_follow else [])
    from cli import commands

    getattr(commands, options.command.replace("-", "_"))(options)
    return 0


def _fail(command: str, error: object, status: int) -> int:
    print(f"sluice {command}: {' '.join(str(error).split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    from sluice.spec.calls import CALLS

    parser = argparse.ArgumentParser(prog="sluice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    staged = argparse.ArgumentParser(add_help=False)
    staged.add_argument(
        "--stage", default=os.environ.get("SLUICE_STAGE", "prod"), help="of the installation (SLUICE_STAGE, or prod)"
    )
    here = argparse.ArgumentParser(add_help=False, parents=[staged])
    here.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    configured = argparse.ArgumentParser(add_help=False)
    configured.add_argument(
        "--workspace",
        metavar="FILE",
        type=Path,
        default=ROOT / os.environ.get("WORKSPACE", "layers/workspace/workspace.yaml"),
        help="the workspace that is meant (WORKSPACE, or layers/workspace/workspace.yaml)",
    )

    when = argparse.ArgumentParser(add_help=False, parents=[configured])
    when.add_argument("--source", metavar="ID", help="only what this source received; left out: all sources")
    when.add_argument("--from", dest="start", metavar="TIME", required=True, help="received then or later: a time, 3d")
    when.add_argument("--to", dest="end", metavar="TIME", default="now", help="received before then; left out: now")

    replay = commands.add_parser("replay", parents=[here, when], help="send archived events to one destination again")
    replay.add_argument("--destination", metavar="ID", required=True)
    replay.add_argument("--event", metavar="NAME", action="append", default=[], help="only these; may be repeated")
    replay.add_argument(
        "--type", choices=sorted(CALLS), action="append", default=[], help="only these; may be repeated"
    )
    replay.add_argument("--rate", metavar="N", type=_positive, default=500.0, help="events a second at most (500)")
    replay.add_argument("--state", metavar="FILE", type=Path, help="where to note what is done")

    redrive = commands.add_parser("redrive", parents=[here], help="take dead letters back to where they came from")
    redrive.add_argument("queue", metavar="QUEUE", help="the id of a destination or warehouse, or events, or archive")
    redrive.add_argument("--rate", metavar="N", type=_positive, default=0.0, help="events a second at most")
    redrive.add_argument("--limit", metavar="N", type=_whole, help="messages at most")

    recover = commands.add_parser("recover", parents=[here, when], help="send rejected events through again, repaired")
    recover.add_argument("--reason", metavar="REASON", action="append", default=[], help="only these; may be repeated")
    recover.add_argument("--set", metavar="PATH=VALUE", dest="changes", action="append", default=[], help="repair")
    recover.add_argument("--errors", action="store_true", help="what Firehose could not write, to the archive again")
    recover.add_argument("--as-source", metavar="ID", help="the source they belong to, instead of the recorded one")

    checked = commands.add_parser(
        "check", parents=[staged, configured], help="ask a vendor whether a destination's credentials are right"
    )
    checked.add_argument("destination", metavar="ID")

    previewed = commands.add_parser(
        "preview", parents=[configured], help="show what a destination would be sent for an event, or why not"
    )
    previewed.add_argument("destination", metavar="ID")
    previewed.add_argument(
        "--event", metavar="FILE", default="-", help="JSON as an SDK sends it, or lines of the archive; left out: stdin"
    )
    previewed.add_argument("--type", choices=sorted(CALLS), help="the call, where the event does not say it itself")
    previewed.add_argument("--source", metavar="ID", help="that sends it; left out: the first that is connected")

    export = commands.add_parser("export-segment", help="ask Segment's Public API for a workspace (SEGMENT_TOKEN)")
    export.add_argument("--output", metavar="FILE", type=Path, required=True, help="where to write it")
    export.add_argument("--region", choices=("us", "eu"), default="us", help="where the workspace is (us)")

    segment = commands.add_parser("import-segment", help="make a workspace of what Segment's Public API returned")
    segment.add_argument("export", metavar="FILE", type=Path, help="JSON: its sources, destinations, subscriptions …")
    segment.add_argument("--output", metavar="FILE", type=Path, help="where to write it; left out: print it")

    segment.add_argument("--overwrite", action="store_true", help="replace the file of --output")

    _warehouse(commands, configured, staged)
    _function(commands, configured, staged)
    geo = commands.add_parser("geo", help="the database of places that events are enriched by")
    refresh = geo.add_subparsers(dest="what", required=True).add_parser(
        "refresh", parents=[configured], help="fetch it beside the workspace"
    )
    refresh.add_argument("--vendor", choices=("dbip", "maxmind"), default="dbip", help="who made it (dbip)")
    refresh.add_argument("--level", choices=("country", "city"), default="country", help="how exact (country)")
    tail = commands.add_parser("tail", help="follow events through the local system")
    tail.add_argument("--no-follow", action="store_true", help="print what there is, and end")
    return parser


def _function(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", *parents: argparse.ArgumentParser
) -> None:
    """Add `sluice function` and its command."""
    function = commands.add_parser("function", help="functions of your own, tried before they are deployed")
    tried = function.add_subparsers(dest="what", required=True).add_parser(
        "test", parents=[*parents], help="show what a destination's function does with events"
    )
    tried.add_argument("destination", metavar="ID", help="the destination that has it")
    which = tried.add_mutually_exclusive_group()
    which.add_argument("--event", metavar="FILE", default="-", help="events as SDKs send them; left out: stdin")
    which.add_argument("--from-archive", metavar="DAY", dest="day", help="events of a day, as 2026-11-24")
    tried.add_argument("--source", metavar="ID", help="with --from-archive, only this source's")
    tried.add_argument("--limit", metavar="N", type=_whole, default=100, help="events at most (100)")
    tried.add_argument("--show", metavar="N", type=_whole, default=10, help="events to show one by one (10)")
    tried.add_argument("--live", action="store_true", help="with its secrets, and send what it sends")


def _warehouse(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", *parents: argparse.ArgumentParser
) -> None:
    """Add `sluice warehouse` and its commands."""
    warehouse = commands.add_parser(
        "warehouse", help="the archive as tables, in a warehouse of the workspace or a file"
    )
    what = warehouse.add_subparsers(dest="what", required=True)
    at = argparse.ArgumentParser(add_help=False)
    at.add_argument("--file", type=Path, default=Path("warehouse.duckdb"), help="of DuckDB (warehouse.duckdb)")
    when = argparse.ArgumentParser(add_help=False)
    when.add_argument("--source", metavar="ID", help="only this one; left out: all")
    when.add_argument(
        "--from", "--since", dest="start", metavar="TIME", default="2d", help="received then or later (2d)"
    )
    when.add_argument("--to", "--until", dest="end", metavar="TIME", default="now", help="received before then (now)")
    any_one = argparse.ArgumentParser(add_help=False, parents=[*parents, at])
    any_one.add_argument("warehouse", nargs="?", metavar="ID", help="of the workspace; left out: --file or --postgres")
    any_one.add_argument("--postgres", metavar="CONNINFO", help="a database, in place of a file; see libpq's PG… too")
    ours = argparse.ArgumentParser(add_help=False, parents=[*parents])
    ours.add_argument("warehouse", metavar="ID", help="of the workspace")
    what.add_parser("sync", parents=[any_one, when], help="load from this machine what is not loaded yet")
    what.add_parser("plan", parents=[any_one, when], help="say which tables and columns a load would change")
    what.add_parser("verify", parents=[any_one, when], help="compare it with the archive")
    sql = what.add_parser("sql", parents=[at], help="ask a file, in SQL")
    sql.add_argument("query", nargs="?", help="left out: a prompt")
    what.add_parser("status", parents=[any_one], help="how its loader is, what is in it, and what was rejected")
    what.add_parser("check", parents=[ours], help="whether it lets us in and we may do all that we need")
    what.add_parser("start", parents=[ours], help="start its loader now, before its interval is over")
    backfill = what.add_parser("backfill", parents=[ours, when], help="have its loader load older files")
    backfill.add_argument("--again", action="store_true", help="also what is loaded, for what was removed by hand")
    backfill.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    what.add_parser("pause", parents=[ours], help="have its loader load nothing, until `resume`")
    what.add_parser("resume", parents=[ours], help="have it load again")


def _positive(text: str) -> float:
    if (value := float(text)) <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _whole(text: str) -> int:
    if (value := int(text)) <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
