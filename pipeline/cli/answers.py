"""The commands that answer: `person` and `register`. A look-up is on record before its answer is shown."""

import sys
import warnings
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from getpass import GetPassWarning, getpass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from pipeline.answers.lookup import LookupKind, parse_reason
from pipeline.answers.lookup_log import os_user, record_lookup
from pipeline.answers.person.collect import collect_facts
from pipeline.answers.person.facts import AccessRequest
from pipeline.answers.person.report import person_report
from pipeline.answers.register.collect import collect_register
from pipeline.answers.register.report import register_report, register_tables
from pipeline.answers.texts import AgencyContact
from pipeline.cli.context import CommandContext
from pipeline.cli.parser import PROMPTED
from pipeline.core.connections import from_environment
from pipeline.core.documents.html_pdf import document_json, write_document
from pipeline.core.documents.xlsx import Footer, tables_xlsx_bytes
from pipeline.core.errors import SettingsError
from pipeline.core.hand_text import read_hand_text
from pipeline.core.insz import insz_of
from pipeline.core.settings import Settings
from pipeline.core.terminal import console

_CONTACT = files("pipeline.answers") / "contact.txt"


def person_command(options: Namespace) -> int:
    """The art. 15 report of one parent, as HTML and PDF, and as JSON (art. 20)."""
    agency = agency_contact(Settings.load())  # raises before a person types an INSZ
    insz = _typed_insz(options.insz) if options.parent is None else None
    context = CommandContext.load()
    request = AccessRequest(insz, options.parent, context.now, os_user(), parse_reason(options.reason))
    ledger, uri = context.ledger, context.agency
    with context.scratch("person") as scratch:
        facts = collect_facts(request, uri, ledger, from_environment, context.settings, scratch)
    document = person_report(facts, agency)
    target = _target(options.out, "inzage", context.now)
    _show_files(write_document(document, context.now, *target, json=document_json(document)))
    return 0


def register_command(options: Namespace) -> int:
    """The art. 30 record of processing with the list of protocols, as HTML, PDF and a workbook."""
    context = CommandContext.load()
    agency = agency_contact(context.settings)
    record_lookup(LookupKind.REGISTER, options.reason, context.now, from_environment)
    with context.scratch("register") as scratch:
        papers = collect_register(context.source, context.now, context.settings, scratch)
    document = register_report(papers, context.settings, agency, version("gegevensdeling"))
    book = tables_xlsx_bytes(register_tables(document), context.now, Footer(document.footer))
    _show_files(write_document(document, context.now, *_target(options.out, "register", context.now), xlsx=book))
    return 0


def _target(folder: str, kind: str, at: datetime) -> tuple[Path, str]:
    """The folder, and a name to the microsecond: two answers never share a name, and no name tells about whom."""
    return Path(folder).absolute(), f"{kind}-{at:%Y%m%d-%H%M%S-%f}"


def _show_files(paths: Sequence[Path]) -> None:
    written = ", ".join(map(str, paths))
    console.print(f"Written, and on record in the ledger: {written}", soft_wrap=True, highlight=False)


def _typed_insz(option: object) -> str:
    """From the prompt, without echo, or from standard input where that is no terminal."""
    if option is not PROMPTED:
        raise SettingsError(
            "an INSZ is never typed on the command line, where the shell's history keeps it: remove it there, and give "
            "--insz alone; it is asked for"
        )
    if not sys.stdin.isatty():
        return insz_of(sys.stdin.readline())
    with warnings.catch_warnings(action="error", category=GetPassWarning):  # a terminal that would show it
        return insz_of(getpass("INSZ (not shown): "))


def agency_contact(settings: Settings) -> AgencyContact:
    """As the agency words it, or else as we assume. Raises SettingsError for a file that says nothing."""
    path = Path(settings.contact) if settings.contact else _CONTACT
    try:
        return AgencyContact.parse(read_hand_text(path))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path}: cannot be read as text: correct GEGEVENSDELING_CONTACT") from None
