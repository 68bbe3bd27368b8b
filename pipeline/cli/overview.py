"""The command `overview`: the answer to parliament for any day."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory


def add_arguments(one: ArgumentParser, instant: Callable[[str], datetime]) -> None:
    """Of `overview`; `instant` parses one."""
    one.add_argument("--as-of", required=True, metavar="D", help="the day that it is about, as 2026-06-15")
    one.add_argument("--known-at", type=instant, metavar="K", help="with what was recorded by then (default: now)")
    one.add_argument("--out", required=True, metavar="DIR", help="folder for the page, workbook, tables and annex")
    one.set_defaults(run=overview)


def overview(options: Namespace) -> int:
    """Which authorities exchange, under which papers, as HTML, PDF, XLSX and CSV. No person is in it or looked up."""
    from pipeline.answers.overview.collect import collect_overview
    from pipeline.answers.overview.days import parse_day, refuse_the_future
    from pipeline.answers.overview.model import AuthorityState
    from pipeline.answers.overview.write import write_overview
    from pipeline.core.connections import from_environment, require
    from pipeline.core.settings import Settings
    from pipeline.core.staging import private_folder
    from pipeline.ledger.db.ledger import open_existing_ledger

    settings, now = Settings.load(), datetime.now(UTC)
    as_of, known_at = parse_day(options.as_of), options.known_at or now
    refuse_the_future(as_of, known_at, now)
    agency = require(from_environment, "agency_db").database_uri
    ledger = open_existing_ledger(require(from_environment, "ledger_db").database_uri)
    with TemporaryDirectory(prefix="overview-", dir=private_folder(settings.staging_folder)) as scratch:
        found = collect_overview(agency, ledger, as_of, known_at, settings, Path(scratch))
    made = write_overview(found, Path(options.out).absolute())
    states = ", ".join(f"{len(found.of(state))} {state}" for state in AuthorityState)
    print(f"{len(found.authorities)} authorities on {as_of}: {states}")
    for remark in found.remarks:
        print(f"- {remark}")
    print("\n".join(map(str, made)))
    print(f"The same again: --as-of {as_of} --known-at {known_at.astimezone(UTC).isoformat()}")
    return 0
