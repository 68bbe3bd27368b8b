"""The arguments of every command. `run` names the function that carries the command out: main imports it."""

from argparse import Action, ArgumentParser
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

from pipeline.answers.lookup import NO_REASON
from pipeline.answers.overview.model import SOON
from pipeline.core.local_time import BRUSSELS, local_day, parse_age
from pipeline.delivery import verify

AddCommand = Callable[..., ArgumentParser]
"""Adds a command by its name."""

PROMPTED = object()
"""`--insz` without a value: the only way to give it."""

_DECIDE_EXITS = (
    "exit code 0: all alike, or every difference named; 1: an alarm, or it could not be done (one sentence says why); "
    "2: no decision is on record at that instant, so nothing was compared (or the command was mistyped)"
)


class ShowVersion(Action):
    """Argparse's own asks for the version beforehand, and reading it costs a third of `--help`."""

    def __call__(self, parser: ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(parser.prog, version("gegevensdeling"))
        parser.exit()


def command_parser() -> ArgumentParser:
    """The whole command line."""
    top = ArgumentParser("gegevensdeling", description="Share exactly what the law allows, and say why.")
    top.add_argument("--version", action=ShowVersion, nargs=0, help="show program's version number and exit")
    add = top.add_subparsers(required=True, metavar="command").add_parser
    for add_commands in (_decisions, _answers, _recipients, _records, _doctor, _demo):
        add_commands(add)
    return top


def _decisions(add: AddCommand) -> None:
    command = add("preview", help="decide and render as tonight would, publishing nothing")
    command.add_argument("--out", required=True, help="folder for decisions.csv, summary.json and the drops")
    command.add_argument("--at", type=_instant, help="decide at this past instant: decisions and counts, no drops")
    _add_reason(command)
    command.set_defaults(run="pipeline.cli.decisions:preview_command")

    command = add("explain", help="tell, step by step, why a parent is released or withheld")
    command.add_argument("--parent", required=True, type=int, metavar="ID", help="parent_id in the agency's database")
    command.add_argument("--at", type=_instant, help="the instant of the decision (default: now)")
    command.add_argument(
        "--known-at", type=_instant, metavar="K", help="with what was recorded by then (default: --at)"
    )
    _add_reason(command)
    command.set_defaults(run="pipeline.cli.decisions:explain_command")

    command = add("decide", help="decide a past night again, beside what was decided then", epilog=_DECIDE_EXITS)
    command.add_argument(
        "--at", type=_night_or_instant, required=True, metavar="T", help="a night's date, or an instant"
    )
    command.add_argument(
        "--known-at", type=_instant, metavar="K", help="with what was recorded by then (default: --at)"
    )
    command.add_argument("--out", metavar="FILE", help="write the decisions as CSV, readable by you alone")
    _add_reason(command)
    command.set_defaults(run="pipeline.cli.decisions:decide_command")


def _answers(add: AddCommand) -> None:
    command = add("person", help="a parent's art. 15 request: what went to whom, when and why, as HTML, PDF and JSON")
    parent = command.add_mutually_exclusive_group(required=True)
    parent.add_argument("--insz", nargs="?", const=PROMPTED, help="ask for it: it is never an argument")
    parent.add_argument("--parent", type=int, metavar="ID", help="parent_id, for a parent without INSZ")
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    _add_reason(command, required=True)
    command.set_defaults(run="pipeline.cli.answers:person_command")

    command = add("register", help="the art. 30 record of processing and the list of protocols, as HTML, PDF and XLSX")
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    _add_reason(command, required=True)
    command.set_defaults(run="pipeline.cli.answers:register_command")

    command = add("breach", help="a data breach: who was in what leaked, for the authority and for letters")
    command.add_argument("--drop", metavar="NAME", help="one drop, by the name of its files without suffix")
    command.add_argument("--recipient", metavar="KBO", help="every drop to this recipient")
    command.add_argument("--from", dest="first", type=date.fromisoformat, metavar="D", help="from this night on")
    command.add_argument("--to", dest="last", type=date.fromisoformat, metavar="D", help="up to and with this night")
    command.add_argument("--noticed", type=_instant, metavar="T", help="when the agency became aware: 72 hours run")
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    _add_reason(command, required=True)
    command.set_defaults(run="pipeline.cli.breach:breach_command")

    command = add("overview", help="which authorities exchange, on any day: the answer to parliament, with its annex")
    asked = command.add_mutually_exclusive_group(required=True)
    asked.add_argument("--as-of", metavar="D", help="the day that it is about, as 2026-06-15")
    asked.add_argument("--number", type=int, metavar="N", help="give the answer kept under this number again")
    asked.add_argument("--list", action="store_true", help="show the answers that are kept")
    command.add_argument("--known-at", type=_instant, metavar="K", help="with what was recorded by then (default: now)")
    command.add_argument("--out", metavar="DIR", help="folder for the page, workbook, tables and annex")
    command.add_argument("--keep", metavar="QUESTION", help="keep it in the ledger, as the answer to this question")
    command.set_defaults(run="pipeline.cli.overview:overview_command")


def _recipients(add: AddCommand) -> None:
    command = add("seal", help="bind a recipient's account, folder, host, host key and public key together")
    command.add_argument("kbo", nargs="*", metavar="KBO", help="the recipients to seal")
    command.add_argument("--all", action="store_true", help="every recipient in recipients.toml")
    command.add_argument("--yes", action="store_true", help="do not ask: they were compared with what was agreed")
    command.set_defaults(run="pipeline.cli.recipients:seal_command")

    command = add("verify", help="nakijken of de leveringen in een map heel zijn, voor de ontvanger")
    verify.add_verify_arguments(command)
    command.set_defaults(run="pipeline.delivery.verify:run_verify")

    command = add("changes", help="wat er veranderde tussen twee leveringen in een map, voor de ontvanger")
    command.add_argument("folder", type=Path, metavar="MAP", help="de map waarin u de leveringen ophaalde")
    command.add_argument("new", metavar="NIEUW", help="de nieuwe levering: haar naam, of een bestand ervan")
    command.add_argument("--since", required=True, metavar="OUD", help="de oude levering")
    verify.add_origin_arguments(command)
    command.set_defaults(run="pipeline.cli.changes:changes_command")

    command = add("test-drop", help="put invented persons before a recipient, for it to try fetching")
    command.add_argument("kbo", metavar="KBO", help="the recipient, as in recipients.toml")
    command.add_argument("--remove", action="store_true", help="take it away again")
    command.set_defaults(run="pipeline.cli.recipients:test_drop_command")

    command = add("signing-key", help="the agency's keys that sign drops and notices: show, rotate or revoke")
    _signing_keys(command.add_subparsers(required=True, metavar="what").add_parser)

    command = add("recipients", help="suspend or resume one recipient now, or record that a place is destroyed")
    _interventions(command.add_subparsers(required=True, metavar="what").add_parser)


def _signing_keys(add: AddCommand) -> None:
    command = add("show", help="the keys in the secrets backend and on record, and who is sealed to which")
    command.set_defaults(run="pipeline.cli.signing_keys:show_signing_keys_command")

    command = add("rotate", help="put a new key beside the one in use; or end the one before, once nobody needs it")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record, with your name")
    help_ = "end the key before: refused while a recipient is sealed to it"
    command.add_argument("--end", action="store_true", help=help_)
    command.set_defaults(run="pipeline.cli.signing_keys:rotate_signing_key_command")

    command = add("revoke", help="a key is in others' hands: it signs no more, and each recipient gets a list")
    command.add_argument("fingerprint", metavar="FINGERPRINT", help="of the key, as `show` has it: SHA256:...")
    help_ = "from when on it may have been in others' hands"
    command.add_argument("--since", required=True, type=_instant, metavar="INSTANT", help=help_)
    command.add_argument("--by", required=True, metavar="NAME", help="who decided this: goes on record")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record, with your name")
    help_ = "folder for the revocation lists, closed to others (default: ingetrokken)"
    command.add_argument("--out", default="ingetrokken", metavar="DIR", help=help_)
    command.add_argument("--yes", action="store_true", help="do not ask: it is known to be stolen or lost")
    command.set_defaults(run="pipeline.cli.revocation:revoke_signing_key_command")


def _interventions(add: AddCommand) -> None:
    command = add("list", help="who is suspended, and who has a drop at a former place")
    command.set_defaults(run="pipeline.cli.interventions:list_recipients_command")

    command = add("suspend", help="take away what lies before a recipient, and deliver nothing until resume")
    _add_recipient(command)
    command.set_defaults(run="pipeline.cli.interventions:suspend_command")

    command = add("resume", help="end a suspension: the next hour or night delivers again")
    _add_recipient(command)
    command.set_defaults(run="pipeline.cli.interventions:resume_command")

    command = add("destroyed", help="record that a place at which something of ours lay is destroyed")
    _add_recipient(command)
    help_ = "the place of today's settings too: its host was built anew, and nothing was put there since"
    command.add_argument("--present", action="store_true", help=help_)
    command.add_argument("--yes", action="store_true", help="do not ask: it is known to be destroyed")
    command.set_defaults(run="pipeline.cli.interventions:destroyed_command")


def _add_recipient(command: ArgumentParser) -> None:
    command.add_argument("kbo", metavar="KBO", help="the recipient, as in recipients.toml")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record, with your name")


def _records(add: AddCommand) -> None:
    command = add("withdrawals", help="how far each recipient's withdrawals came: notified, acknowledged, overdue")
    help_ = "only who did not acknowledge in time; exit 1 if anyone"
    command.add_argument("--overdue", action="store_true", help=help_)
    command.set_defaults(run="pipeline.cli.withdrawals:withdrawals_command")
    _withdrawals(command.add_subparsers(metavar="what").add_parser)

    command = add("protocol", help="the agreements and protocols")
    check = command.add_subparsers(required=True, metavar="what").add_parser(
        "check", help="what each agreement and protocol lacks, and which end soon; exit 1 if any needs attention"
    )
    check.add_argument("--days", type=int, default=SOON, metavar="N", help=f"end within N days (default: {SOON})")
    check.set_defaults(run="pipeline.cli.papers:check_papers_command")

    command = add("returns", help="what recipients returned: files, rows, refused; exit 1 when one is over the share")
    command.set_defaults(run="pipeline.cli.returns:returns_command")
    _returns(command.add_subparsers(metavar="what").add_parser)

    command = add("sheets", help="the indicator sheets: list, preview, or release a correction")
    _sheets(command.add_subparsers(required=True, metavar="what").add_parser)

    command = add("ledger", help="verify the ledger, or redact what is past its retention")
    _ledger(command.add_subparsers(required=True, metavar="what").add_parser)


def _withdrawals(add: AddCommand) -> None:
    command = add("resend", help="send a notice of withdrawals again, under the next number: on record")
    command.add_argument("kbo", metavar="KBO", help="the recipient, as in recipients.toml")
    command.add_argument("number", type=int, metavar="NUMBER", help="the notice's number: the last digits of its name")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record")
    command.set_defaults(run="pipeline.cli.withdrawals:resend_command")

    command = add("kept", help="noes that the ledger knows and the agency's tables do not bear out; exit 1 if any")
    _add_reason(command, required=True)
    command.set_defaults(run="pipeline.cli.suppression:kept_noes_command")

    command = add("lift", help="let such a no of one parent bind no longer: goes on record")
    command.add_argument("--parent", required=True, type=int, metavar="ID", help="parent_id in the agency's database")
    command.add_argument("--recipient", metavar="KBO", help="for this recipient alone (default: for everyone)")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why, as a file number: goes on record")
    command.add_argument("--yes", action="store_true", help="do not ask: it was looked at")
    command.set_defaults(run="pipeline.cli.suppression:lift_no_command")


def _returns(add: AddCommand) -> None:
    command = add("parents", help="the list for the agency, with its own parent ids, as a page and CSV")
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    _add_reason(command, required=True)
    command.set_defaults(run="pipeline.cli.returns:returned_parents_command")

    command = add("lift", help="let a no that one recipient returned of one parent bind no longer: goes on record")
    command.add_argument("--parent", required=True, type=int, metavar="ID", help="parent_id in the agency's database")
    command.add_argument("--recipient", required=True, metavar="KBO", help="the recipient that returned it")
    _add_undone(command)
    command.set_defaults(run="pipeline.cli.returns:lift_returned_command")

    command = add("undo", help="likewise, every no of a file that was returned by mistake")
    command.add_argument("file", metavar="FILE", help="its name, as `returns` shows it")
    _add_undone(command)
    command.set_defaults(run="pipeline.cli.returns:undo_returned_command")


def _add_undone(command: ArgumentParser) -> None:
    command.add_argument("--reason", required=True, metavar="TEXT", help="why, as a file number: goes on record")
    command.add_argument("--yes", action="store_true", help="do not ask: the recipient was called")


def _sheets(add: AddCommand) -> None:
    command = add("list", help="every edition on record, and how many recipients have it")
    command.set_defaults(run="pipeline.cli.indicators:list_sheets_command")

    command = add("preview", help="write a year's next edition as it would be now, and release nothing")
    _add_year(command)
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    command.set_defaults(run="pipeline.cli.indicators:preview_sheets_command")

    command = add("correct", help="release a new edition of a year: the next night's drops bring it")
    _add_year(command)
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record")
    command.add_argument("--yes", action="store_true", help="do not ask: the differences were looked at")
    held = "release also an edition that is held for what it gives away with earlier ones: goes on record"
    command.add_argument("--accept-held", action="store_true", help=held)
    command.set_defaults(run="pipeline.cli.indicators:correct_sheets_command")


def _ledger(add: AddCommand) -> None:
    command = add("verify", help="whether the ledger is what was appended to it; exit 1 when it is not")
    help_ = "hold it against what lies before every recipient, too"
    command.add_argument("--hosts", action="store_true", help=help_)
    help_ = "and against this one"
    command.add_argument("--manifest", action="append", default=[], type=Path, metavar="FILE", help=help_)
    command.set_defaults(run="pipeline.cli.ledger:verify_ledger_command")

    command = add("resume", help="go on with a ledger whose backup was put back, by what hosts and manifests tell")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record")
    help_ = "a manifest that a recipient kept; may be repeated"
    command.add_argument("--manifest", action="append", default=[], type=Path, metavar="FILE", help=help_)
    command.add_argument("--yes", action="store_true", help="do not ask: no newer backup can be had")
    command.set_defaults(run="pipeline.cli.resume:resume_ledger_command")

    command = add("redact", help="let go of whom lines are about, where their retention is over and nothing is open")
    command.set_defaults(run="pipeline.cli.ledger:redact_ledger_command")

    command = add("take-over", help="make this installation the one that writes the ledger: the other is out of use")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why: goes on record, with your name")
    command.add_argument("--yes", action="store_true", help="do not ask: the other installation is out of use")
    command.set_defaults(run="pipeline.cli.ledger:take_over_command")


def _doctor(add: AddCommand) -> None:
    epilog = "exit code 0: nothing is broken; 1: something is"
    command = add("doctor", help="look at every precondition of a night, and say what to do", epilog=epilog)
    command.add_argument("--json", action="store_true", help="as JSON: about, what, standing, says")
    command.set_defaults(run="pipeline.cli.doctor:doctor_command")

    epilog = "exit code 0: it ended, whole; 1: too long ago, or not whole, or somebody could not be told"
    command = add("last-night", help="one line on the newest night, for cron, Nagios or a timer", epilog=epilog)
    help_ = "how long ago a night may have ended, as 26h, 90m or 2d (default: 26h)"
    command.add_argument("--max-age", type=parse_age, default=parse_age("26h"), metavar="AGE", help=help_)
    command.set_defaults(run="pipeline.cli.last_night:last_night_command")


def _demo(add: AddCommand) -> None:
    today = local_day(datetime.now(UTC))
    command = add("synthesize", help="write a synthetic Flanders with the agency's tables")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--scale", type=float, default=0.1, help="1 is Flanders: about 190,000 children under 3")
    command.add_argument("--as-of", type=date.fromisoformat, default=today, help="the day it is (default: today)")
    command.add_argument("--out", required=True, help="sqlite:////absolute/path or postgresql://...")
    command.add_argument("--advance", action="store_true", help="let the world in OUT live on until --as-of")
    command.set_defaults(run="pipeline.cli.demo:synthesize_command")

    command = add("demo", help="a night, end to end, with everything in one folder")
    _add_home(command)
    command.add_argument("--fail", metavar="KBO", help="start afresh, and let this recipient's host refuse")
    command.set_defaults(run="pipeline.cli.demo:demo_command")

    command = add("airflow", help="the same under `airflow standalone`, with its UI")
    _add_home(command)
    command.add_argument("--port", type=int, default=8080, help="of the UI, on 127.0.0.1")
    command.set_defaults(run="pipeline.cli.demo:airflow_command")

    command = add("dags-folder", help="print the folder of the DAG files, for AIRFLOW__CORE__DAGS_FOLDER")
    command.set_defaults(run="pipeline.cli.demo:dags_folder_command")


def _add_reason(command: ArgumentParser, required: bool = False) -> None:
    help_ = "why it is looked up, as the request's file number: goes on record"
    command.add_argument("--reason", metavar="TEXT", required=required, default=NO_REASON, help=help_)


def _add_year(command: ArgumentParser) -> None:
    help_ = "the figures of 31 December of this year"
    command.add_argument("--year", required=True, type=int, metavar="Y", help=help_)


def _add_home(command: ArgumentParser) -> None:
    command.add_argument("--home", default=".demo", help="the demo's folder")
    command.add_argument("--scale", type=float, default=0.1, help="1 is Flanders")


def _instant(text: str) -> datetime:
    """ISO 8601; without an offset it is local time in Brussels."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=BRUSSELS)


def _night_or_instant(text: str) -> date | datetime:
    """A bare date is a night; anything longer an instant."""
    return date.fromisoformat(text) if len(text) == len("2026-11-23") else _instant(text)
