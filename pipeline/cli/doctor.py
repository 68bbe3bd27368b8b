"""The command `doctor`: every precondition of a night with one line, and what to do. It changes nothing."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich.markup import escape

from pipeline.airflow.health import AIRFLOW, airflow_preconditions, read_airflow_health
from pipeline.cli.context import CommandContext
from pipeline.core.bucket import require_no_versions
from pipeline.core.connections import from_environment, require
from pipeline.core.errors import SettingsError
from pipeline.core.folder_health import folder_precondition, read_folder_health, staging_preconditions
from pipeline.core.machine_health import machine_preconditions, settings_preconditions
from pipeline.core.object_store import store_of
from pipeline.core.precondition import Precondition, Standing, begin_look, broken, judged, met, unseen
from pipeline.core.store_address import is_store
from pipeline.core.terminal import console
from pipeline.core.write_once import names_in
from pipeline.delivery.host_health import HOSTS, hosts_preconditions
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.secrets_health import SECRETS, secrets_preconditions
from pipeline.followup.mail import CONNECTION, greet_mail_server
from pipeline.ledger.anchors import longest_anchored, newest_anchor
from pipeline.ledger.db.engine import NEWEST
from pipeline.ledger.db.health import LedgerHealth, read_ledger_health
from pipeline.ledger.health import LEDGER, ledger_preconditions, redaction_precondition
from pipeline.ledger.installation import FILE, installation_id
from pipeline.ledger.redaction import ROLE
from pipeline.source.agency_health import AGENCY, agency_preconditions, read_agency_health

SECONDS, HOSTS_SECONDS = 15.0, 13.0
"""Bounds on all that is looked at, side by side; on the hosts somewhat less, so that each is told of by itself."""
MAIL_SECONDS = 5.0
MARKS = {
    Standing.MET: "[green]✔[/]",
    Standing.DOUBTFUL: "[yellow]![/]",
    Standing.UNSEEN: "[yellow]![/]",
    Standing.BROKEN: "[red]✘[/]",
}


def doctor_command(options: Namespace) -> int:
    """0 when nothing is broken, else 1."""
    found = examined()
    if options.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        _show(found)
    return int(any(each.standing is Standing.BROKEN for each in found))


def examined() -> list[Precondition]:
    """Every precondition, those of the settings first: without them nothing else can be looked at."""
    python = (sys.version_info.major, sys.version_info.minor)
    found = list(machine_preconditions(python, version("gegevensdeling")))
    try:
        context = CommandContext.load()
    except SettingsError as error:
        return [*found, broken("settings", "environment", str(error))]
    found += judged("settings", "environment", lambda: settings_preconditions(context.settings))
    begun = [begin_look(SECONDS, about, what, partial(look, context)) for about, what, look in LOOKS]
    return [*found, *(each for ended in begun for each in ended())]


def _agency(context: CommandContext) -> Iterator[Precondition]:
    found = read_agency_health(context.agency, context.settings)
    yield met(AGENCY, "reached", "it answers")
    yield from agency_preconditions(found, context.now, context.settings)


def _ledger_health(context: CommandContext, connection: str) -> LedgerHealth:
    uri = require(from_environment, connection).database_uri
    last = newest_anchor(context.anchors)
    return read_ledger_health(uri, last.head.n if last and last.head else 0, NEWEST)


def _ledger(context: CommandContext) -> Iterator[Precondition]:
    folder = context.anchors
    last, longest = newest_anchor(folder), longest_anchored(folder)
    here = installation_id(folder) if FILE in names_in(folder) else None  # else it would be made
    yield from ledger_preconditions(_ledger_health(context, "ledger_db"), last, longest, here)


def _redaction(context: CommandContext) -> Iterator[Precondition]:
    connection = ROLE if from_environment(ROLE) else "ledger_db"
    yield redaction_precondition(_ledger_health(context, connection), connection)


def _folders(context: CommandContext) -> Iterator[Precondition]:
    settings = context.settings
    yield from staging_preconditions(read_folder_health(settings.staging_folder))
    for name in ("anchors", "data_docs", "overviews"):
        if not is_store(getattr(settings, name)):
            path = Path(getattr(settings, name)).absolute()
            yield folder_precondition(name, read_folder_health(path), must_exist=name == "anchors")


def _stores(context: CommandContext) -> Iterator[Precondition]:
    """Of staging, Data Docs, overviews and anchors, those that lie in an object store. Nothing is written."""
    for name in ("staging", "data_docs", "overviews", "anchors"):
        if store := store_of(context.settings, name, from_environment):
            store.entries("begin/")
            if name == "staging":
                require_no_versions(store)
            yield met("stores", name, f"{store} answers")


def _secrets(context: CommandContext) -> Iterator[Precondition]:
    names = {"drop_host"}
    path = Path(context.settings.recipients)
    if path.exists():
        names |= {each.connection for each in load_recipients(path).values()}
    yield from secrets_preconditions(from_environment, sorted(names))


def _hosts(context: CommandContext) -> Iterator[Precondition]:
    known = load_recipients(Path(context.settings.recipients))
    yield met("recipients", "settings", f"{len(known)} recipients")
    yield from hosts_preconditions(known, from_environment, context.settings, HOSTS_SECONDS)


def _mail(context: CommandContext) -> Iterator[Precondition]:
    asked = sum(bool(each.mail) for each in load_recipients(Path(context.settings.recipients)).values())
    if not asked:
        yield met("mail", "server", "no recipient has `mail`, so none is needed")
        return
    greet_mail_server(require(from_environment, CONNECTION), MAIL_SECONDS)
    yield met("mail", "server", f"it answers, for {asked} recipients")


def _airflow(context: CommandContext) -> Iterator[Precondition]:
    found = read_airflow_health(os.environ)
    if found is None:
        yield unseen(AIRFLOW, "database", "not looked at: set AIRFLOW_HOME, or AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
        return
    ledger = from_environment("ledger_db")
    is_sqlite = ledger is not None and ledger.database_uri.startswith("sqlite")
    yield from airflow_preconditions(found, context.now, is_ledger_sqlite=is_sqlite)


LOOKS: Sequence[tuple[str, str, Callable[[CommandContext], Iterator[Precondition]]]] = (
    (AGENCY, "reached", _agency),
    (LEDGER, "reached", _ledger),
    (LEDGER, "redaction", _redaction),
    ("folders", "reached", _folders),
    ("stores", "reached", _stores),
    (SECRETS, "settings", _secrets),
    (HOSTS, "settings", _hosts),
    ("mail", "server", _mail),
    (AIRFLOW, "database", _airflow),
)


def _show(found: Sequence[Precondition]) -> None:
    for each in found:
        console.print(
            f"{MARKS[each.standing]} {escape(each.about)}, {escape(each.what)}: {escape(each.says)}", soft_wrap=True
        )
    counts = {standing: sum(each.standing is standing for each in found) for standing in Standing}
    console.print(", ".join(f"{count} {standing}" for standing, count in counts.items()))
