"""The commands `returns`: what recipients returned, for the agency by parent, and a named person who undoes it."""

import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from rich.markup import escape

from pipeline.answers.lookup import LookupKind, parse_reason
from pipeline.answers.lookup_log import os_user, record_lookup
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.local_time import in_brussels
from pipeline.core.model import Kbo
from pipeline.core.staging import private_folder
from pipeline.core.terminal import console, new_table, show_table
from pipeline.followup.returned_list import CSV, PAGE, returned_list, write_returned_list
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.returned_noes import (
    lines_of_file,
    lines_of_parent,
    read_all_returned_files,
    read_over_share,
    returned_key_ids,
)
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.persons import ledger_key_of, person_hashes
from pipeline.ledger.suppression import Lift
from pipeline.source.extract import extract

FindLines = Callable[[sa.Connection], Sequence[int]]
"""Of the suppression list, those that are to be lifted."""
_NAME = re.compile(r"TERUG_OPGROEIEN_(\d{10})_\d{8}_\d{1,9}\.csv")


def returns_command(_options: Namespace) -> int:
    """Each file of the way back, by recipient; 1 when one says no of more than the set share. No parent is named."""
    context = CommandContext.load()
    with ledger_snapshot(context.ledger.engine) as connection:
        files, over = read_all_returned_files(connection), read_over_share(connection, context.now)
    table = new_table("Files that recipients returned", ("recipient", "file", "taken in"), ("rows", "refused"))
    table.add_column("what of it")
    for file in files:
        state = "[red]over the share: call, or undo[/]" if file in over else escape(file.fault)
        taken = f"{in_brussels(file.at):%Y-%m-%d %H:%M}"
        table.add_row(file.kbo, escape(file.name), taken, f"{file.rows:,}", f"{len(file.refused):,}", state)
    show_table(table)
    console.print(f"{len(files)} files; {len(over)} of the last days say no of more than the set share.")
    return 1 if over else 0


def returned_parents_command(options: Namespace) -> int:
    """Write the list for the agency, with its own parent ids: the look-up is on record first."""
    context, out = CommandContext.load(), Path(options.out)
    record_lookup(LookupKind.RETURNED, options.reason, context.now, from_environment)
    with context.scratch("returned") as scratch:
        snapshot = extract(context.agency, context.now, context.settings, scratch, context.source.known().loads_alone)
        found = returned_list(context.ledger, snapshot, partial(ledger_key_of, from_environment), context.now)
    write_returned_list(found, context.now, private_folder(out))
    console.print(f"{len(found.parents)} lines in {escape(str(out / CSV))}, and {PAGE} beside it.", soft_wrap=True)
    return 0


def lift_returned_command(options: Namespace) -> int:
    """Of one parent row at one recipient: it said so by mistake."""
    context, kbo, reason = CommandContext.load(), Kbo(options.recipient), parse_reason(options.reason)
    record_lookup(LookupKind.RETURNED, reason, context.now, from_environment, options.parent)

    def of_parent(connection: sa.Connection) -> Sequence[int]:
        keys = [ledger_key_of(from_environment, key_id) for key_id in returned_key_ids(connection)]
        return lines_of_parent(connection, kbo, {(key.id, person_hashes(key, [options.parent])[0]) for key in keys})

    return _lift(context, kbo, of_parent, options, f"of parent {options.parent} at recipient {kbo}")


def undo_returned_command(options: Namespace) -> int:
    """Of a whole file."""
    context, named = CommandContext.load(), _NAME.fullmatch(options.file)
    if named is None:
        raise SettingsError("no such file was returned: give its name as `gegevensdeling returns` shows it")
    kbo = Kbo(named[1])
    return _lift(context, kbo, lambda it: lines_of_file(it, kbo, options.file), options, f"of {options.file}")


def _lift(context: CommandContext, kbo: Kbo, find: FindLines, options: Namespace, of: str) -> int:
    """Ask, and put it on record. Raises SettingsError when there is nothing to lift."""
    reason, ledger = parse_reason(options.reason), context.anchored_ledger("returns")
    with ledger_snapshot(ledger.engine) as connection:
        lines = find(connection)
    if not lines:
        raise SettingsError(f"nothing to lift: no returned no {of} binds; nothing was recorded")
    if not options.yes and not confirmed(f"Lift {len(lines)} returned noes {of}, on record"):
        raise SettingsError("nothing was lifted")
    who = os_user()
    suppression_records(ledger.engine, from_environment).lift(
        [Lift(line, kbo, context.now, who, reason) for line in lines]
    )
    console.print(f"{len(lines)} returned noes {of} are lifted, on record: the next decision goes without them.")
    return 0
