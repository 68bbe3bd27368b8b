"""What a person types: `gegevensdeling <command>`. Each command imports only what it needs."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from pipeline.cli import answers as answer_commands
from pipeline.cli import decisions as commands
from pipeline.cli import demo as demo_commands
from pipeline.cli import indicators as sheet_commands
from pipeline.cli import ledger as ledger_commands
from pipeline.cli import overview as overview_commands
from pipeline.cli import recipients as recipient_commands
from pipeline.cli import withdrawals as withdrawal_commands
from pipeline.core.errors import PipelineError, redact_unexpected_errors
from pipeline.core.model import BRUSSELS
from pipeline.delivery import verify


def instant(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is local time in Brussels."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=BRUSSELS)


def night_or_instant(text: str) -> date | datetime:
    """A bare date is a night; anything longer an instant."""
    return date.fromisoformat(text) if len(text) == len("2026-11-23") else instant(text)


def today() -> date:
    return datetime.now(UTC).astimezone(BRUSSELS).date()


Add = Callable[..., argparse.ArgumentParser]
"""Adds a command."""

DECIDE_EXITS = (
    "exit code 0: all alike, or every difference named; 1: an alarm, or it could not be done (one sentence says why); "
    "2: no decision is on record at that instant, so nothing was compared (or the command was mistyped)"
)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("gegevensdeling", description="Share exactly what the law allows, and say why.")
    add = top.add_subparsers(required=True, metavar="command").add_parser
    for commands_of in (_deciding, _answering, _recipients, _records, _synthetic):
        commands_of(add)
    return top


def _deciding(add: Add) -> None:
    """What the gate says, tonight or then."""
    one = add("preview", help="decide and render as tonight would, publishing nothing")
    one.add_argument("--out", required=True, help="folder for decisions.csv, summary.json and the drops")
    one.add_argument("--at", type=instant, help="decide at this past instant: decisions and counts, no drops")
    answer_commands.add_reason(one)
    one.set_defaults(run=commands.preview)

    one = add("explain", help="tell, step by step, why a parent is released or withheld")
    one.add_argument("--parent", required=True, type=int, metavar="ID", help="parent_id in the agency's database")
    one.add_argument("--at", type=instant, help="the instant of the decision (default: now)")
    one.add_argument("--known-at", type=instant, metavar="K", help="with what was recorded by then (default: --at)")
    answer_commands.add_reason(one)
    one.set_defaults(run=commands.explain)

    one = add("decide", help="decide a past night again, beside what was decided then", epilog=DECIDE_EXITS)
    one.add_argument("--at", type=night_or_instant, required=True, metavar="T", help="a night's date, or an instant")
    one.add_argument("--known-at", type=instant, metavar="K", help="with what was recorded by then (default: --at)")
    one.add_argument("--out", metavar="FILE", help="write the decisions as CSV, readable by you alone")
    answer_commands.add_reason(one)
    one.set_defaults(run=commands.decide)


def _answering(add: Add) -> None:
    """To a parent, to the DPO, to parliament."""
    one = add("person", help="answer a parent's art. 15 request: what went to whom, when and why, as HTML and PDF")
    answer_commands.add_person(one)

    one = add("register", help="the art. 30 record of processing and the list of protocols, as HTML and PDF")
    answer_commands.add_register(one)

    one = add("overview", help="which authorities exchange, on any day: the answer to parliament, with its annex")
    overview_commands.add_arguments(one, instant)


def _recipients(add: Add) -> None:
    """What concerns one recipient, on our side and on its own."""
    one = add("seal", help="bind a recipient's account, folder, host, host key and public key together")
    one.add_argument("kbo", nargs="*", metavar="KBO", help="the recipients to seal")
    one.add_argument("--all", action="store_true", help="every recipient in recipients.toml")
    one.add_argument("--yes", action="store_true", help="do not ask: they were compared with what was agreed")
    one.set_defaults(run=recipient_commands.seal)

    one = add("verify", help="nakijken of de leveringen in een map heel zijn, voor de ontvanger")
    verify.add_verify_arguments(one)
    one.set_defaults(run=verify.run_verify)

    one = add("test-drop", help="put invented persons before a recipient, for it to try fetching")
    one.add_argument("kbo", metavar="KBO", help="the recipient, as in recipients.toml")
    one.add_argument("--remove", action="store_true", help="take it away again")
    one.set_defaults(run=recipient_commands.test_drop)


def _records(add: Add) -> None:
    """What is on record, and what follows from it."""
    one = add("withdrawals", help="how far each recipient's withdrawals came: told, acknowledged, overdue")
    withdrawal_commands.add_arguments(one)

    one = add("sheets", help="the indicator sheets: list, preview, or release a correction")
    sheet_commands.add_arguments(one)

    one = add("ledger", help="verify the ledger, or redact what is past its retention")
    ledger_commands.add_arguments(one)


def _synthetic(add: Add) -> None:
    """A world of nobody, and a night in it."""
    one = add("synthesize", help="write a synthetic Flanders with the agency's tables")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--scale", type=float, default=0.1, help="1 is Flanders: about 190,000 children under 3")
    one.add_argument("--as-of", type=date.fromisoformat, default=today(), help="the day it is (default: today)")
    one.add_argument("--out", required=True, help="sqlite:////absolute/path or postgresql://...")
    one.add_argument("--advance", action="store_true", help="let the world in OUT live on until --as-of")
    one.set_defaults(run=demo_commands.synthesize)

    one = add("demo", help="a night, end to end, with everything in one folder")
    _demo_options(one)
    one.add_argument("--fail", metavar="KBO", help="start afresh, and let this recipient's host refuse")
    one.set_defaults(run=demo_commands.demo)

    one = add("airflow", help="the same under `airflow standalone`, with its UI")
    _demo_options(one)
    one.add_argument("--port", type=int, default=8080, help="of the UI, on 127.0.0.1")
    one.set_defaults(run=demo_commands.airflow)


def _demo_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--home", default=".demo", help="the demo's folder")
    one.add_argument("--scale", type=float, default=0.1, help="1 is Flanders")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all went well; 1, with one sentence on standard error, when something that we foresee did not."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever is stopped stops what it started
    try:
        return int(redact_unexpected_errors(options.run)(options))
    except KeyboardInterrupt:
        return 130
    except PipelineError as error:
        print(f"gegevensdeling: {error}", file=sys.stderr)
        return 1
