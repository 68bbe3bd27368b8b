"""The commands that answer: `person` and `register`. Every look-up is on record before its answer is shown."""

import sys
import warnings
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from getpass import GetPassWarning, getpass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.answers.lookup import NO_REASON
from pipeline.answers.texts import AgencyContact
from pipeline.core.connections import from_environment, require
from pipeline.core.errors import SettingsError
from pipeline.core.settings import Settings

PROMPTED = object()
"""`--insz` without a value: the only way to give it."""

CONTACT = files("pipeline.answers") / "contact.txt"


def add_person(one: ArgumentParser) -> None:
    """The arguments of `person`."""
    whom = one.add_mutually_exclusive_group(required=True)
    whom.add_argument("--insz", nargs="?", const=PROMPTED, help="ask for it: it is never an argument")
    whom.add_argument("--parent", type=int, metavar="ID", help="parent_id, for a parent without INSZ")
    _add_out(one)
    one.set_defaults(run=person)


def add_register(one: ArgumentParser) -> None:
    """The arguments of `register`."""
    _add_out(one)
    one.set_defaults(run=register)


def _add_out(one: ArgumentParser) -> None:
    one.add_argument("--out", required=True, metavar="DIR", help="folder to write into, closed to others")
    add_reason(one, required=True)


def add_reason(one: ArgumentParser, required: bool = False) -> None:
    """Of every look-up."""
    says = "why it is looked up, as the request's file number: goes on record"
    one.add_argument("--reason", metavar="TEXT", required=required, default=NO_REASON, help=says)


def person(options: Namespace) -> int:
    """`person`: the art. 15 report of one parent, as HTML and PDF."""
    from pipeline.answers.lookup import parse_reason
    from pipeline.answers.lookup_log import os_user
    from pipeline.answers.person.collect import collect_facts
    from pipeline.answers.person.facts import AccessRequest
    from pipeline.answers.person.report import person_report
    from pipeline.core.documents.html_pdf import write_document
    from pipeline.core.staging import private_folder
    from pipeline.core.terminal import console
    from pipeline.ledger.db.ledger import open_existing_ledger

    settings = Settings.load()
    agency = agency_of(settings)
    insz = _typed_insz(options.insz) if options.parent is None else None
    now = datetime.now(UTC)
    request = AccessRequest(insz, options.parent, now, os_user(), parse_reason(options.reason))
    ledger = open_existing_ledger(require(from_environment, "ledger_db").database_uri)
    uri = require(from_environment, "agency_db").database_uri
    with TemporaryDirectory(prefix="person-", dir=private_folder(settings.staging_folder)) as scratch:
        facts = collect_facts(request, uri, ledger, from_environment, settings, Path(scratch))
    made = write_document(person_report(facts, agency), now, Path(options.out).absolute(), f"inzage-{_stamp(now)}")
    console.print(f"Written, and on record in the ledger: {', '.join(map(str, made))}", soft_wrap=True, highlight=False)
    return 0


def register(options: Namespace) -> int:
    """`register`: the art. 30 record of processing with the list of protocols, as HTML and PDF."""
    from pipeline.answers.lookup import LookupKind
    from pipeline.answers.lookup_log import record_lookup
    from pipeline.answers.register.collect import collect_register
    from pipeline.answers.register.report import register_report
    from pipeline.core.documents.html_pdf import write_document
    from pipeline.core.staging import private_folder
    from pipeline.core.terminal import console

    settings, now = Settings.load(), datetime.now(UTC)
    agency = agency_of(settings)
    record_lookup(LookupKind.REGISTER, options.reason, now, from_environment)
    uri = require(from_environment, "agency_db").database_uri
    with TemporaryDirectory(prefix="register-", dir=private_folder(settings.staging_folder)) as scratch:
        found = collect_register(uri, now, settings, Path(scratch))
    document = register_report(found, settings, agency)
    made = write_document(document, now, Path(options.out).absolute(), f"register-{_stamp(now)}")
    console.print(f"Written, and on record in the ledger: {', '.join(map(str, made))}", soft_wrap=True, highlight=False)
    return 0


def _typed_insz(option: object) -> str:
    """From the prompt, without echo, or from standard input where that is no terminal."""
    from pipeline.core.insz import insz_of

    if option is not PROMPTED:
        raise SettingsError(
            "an INSZ is never typed on the command line, where the shell's history keeps it: remove it there, and give "
            "--insz alone; it is asked for"
        )
    if not sys.stdin.isatty():
        return insz_of(sys.stdin.readline())
    with warnings.catch_warnings(action="error", category=GetPassWarning):  # a terminal that would show it
        return insz_of(getpass("INSZ (not shown): "))


def agency_of(settings: Settings) -> AgencyContact:
    """As the agency words it, or else as we assume. Raises SettingsError for a file that says nothing."""
    path = Path(settings.contact) if settings.contact else CONTACT
    try:
        return AgencyContact.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path}: cannot be read as text: correct GEGEVENSDELING_CONTACT") from None


def _stamp(at: datetime) -> str:
    """To the microsecond: two answers never share a name, and the name says of nobody whose it is."""
    return f"{at:%Y%m%d-%H%M%S-%f}"
