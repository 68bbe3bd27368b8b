"""The commands `recipients`: a named person suspends or resumes one recipient, or records a place as destroyed."""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.markup import escape

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed
from pipeline.core.connections import from_environment
from pipeline.core.errors import LedgerConflict, PipelineError, SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.core.terminal import console, new_table, show_table
from pipeline.delivery.former_places import former_places, places_elsewhere, record_destroyed
from pipeline.delivery.hosts import drop_place_of
from pipeline.delivery.publish import take_away_from_suspended
from pipeline.delivery.recipients import RecipientSettings, settings_of
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.session import Task
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.interventions import Intervention, InterventionAct
from pipeline.tasks.wiring import build_delivery

T = TypeVar("T")

RUN = "recipients"
"""The run that events of these commands name."""
WAITING_SECONDS = 60
"""How long a command waits for a task that is at work for the same recipient."""


def suspend_command(options: Namespace) -> int:
    """On record first, so that nothing is delivered any more; then take away what lies before the recipient."""
    context, kbo = CommandContext.load(), Kbo(options.kbo)
    recipient, reason = _known(context, kbo), parse_reason(options.reason)
    records = context.ledger_of_ours(RUN).recipient(kbo)
    before = records.suspension()
    if before is None:
        records.record_intervention(Intervention(kbo, InterventionAct.SUSPEND, context.now, os_user(), reason))
    since = local_day(before.at if before else context.now)
    console.print(f"{kbo} is suspended since {since}, on record: nothing is delivered to it until `resume`.")
    try:
        taken = _take_away(context, settings_of({kbo: recipient} if recipient else {}, kbo))
    except PipelineError as error:
        raise type(error)(
            f"{kbo} is suspended, but what lies before it was not taken away: {error}; run the command again, or leave "
            "it to housekeeping, which tries each hour"
        ) from None
    console.print(f"{taken} drops were taken away; nothing of ours lies before it any more.")
    return 0


def resume_command(options: Namespace) -> int:
    """End the suspension, on record: the next hour of housekeeping, or the next night, delivers again."""
    context, kbo, reason = CommandContext.load(), Kbo(options.kbo), parse_reason(options.reason)
    records = context.anchored_ledger(RUN).recipient(kbo)
    if records.suspension() is None:
        raise SettingsError(f"recipient {kbo} is not suspended: nothing was recorded")
    records.record_intervention(Intervention(kbo, InterventionAct.RESUME, context.now, os_user(), reason))
    console.print(f"{kbo} is resumed, on record: the next hour of housekeeping, or the next night, delivers again.")
    return 0


def destroyed_command(options: Namespace) -> int:
    """Record each former place of the recipient as destroyed; with `--present` today's place too."""
    context, kbo, reason = CommandContext.load(), Kbo(options.kbo), parse_reason(options.reason)
    context.anchored_ledger(RUN)
    present = drop_place_of(settings_of(load_recipients(Path(context.settings.recipients)), kbo), from_environment)
    with _at_work(context, kbo, present) as task:
        places = (*former_places(task), *([present] if options.present else ()))
        if not places:
            raise SettingsError(f"recipient {kbo}: nothing of ours lies at a former place: nothing was recorded")
        for place in places:
            console.print(f"{kbo}: {escape(str(place))}", soft_wrap=True)
        if not options.yes and not confirmed("Destroyed, for good? Nothing of ours can be fetched there any more"):
            raise SettingsError("nothing was recorded")
        acts = [Intervention(kbo, InterventionAct.DESTROYED, context.now, os_user(), reason, place) for place in places]
        lost = sum(record_destroyed(task, act) for act in acts)
    console.print(f"On record: {len(places)} places are destroyed, and {lost} drops that lay there.")
    return 0


def list_recipients_command(_options: Namespace) -> int:
    """Each recipient that is suspended, or that has something lying at a former place; also one that is in the settings
    no more. Waits for nobody who delivers."""
    context = CommandContext.load()
    known = load_recipients(Path(context.settings.recipients))
    table = new_table("Recipients", ("recipient", "suspended since", "by", "reason", "lies at a former place"), ())
    for kbo in sorted({*known, *context.ledger.recipients()}):
        records = context.ledger.recipient(kbo)
        here = drop_place_of(known[kbo], from_environment) if kbo in known else None
        suspended = records.suspension()
        places = places_elsewhere(records.delivery_state(context.today), records.notices(), here)
        said = (str(local_day(suspended.at)), suspended.who, suspended.reason) if suspended else ("", "", "")
        if suspended or places:
            table.add_row(kbo, *map(escape, said), escape("\n".join(map(str, places))))
    show_table(table)
    return 0


def _known(context: CommandContext, kbo: Kbo) -> RecipientSettings | None:
    """Its settings. Raises SettingsError for a number that neither the settings nor the ledger know: a typing error."""
    recipients = load_recipients(Path(context.settings.recipients))
    if kbo not in recipients and kbo not in context.ledger.recipients():
        raise SettingsError(f"recipient {kbo} is neither in recipients.toml nor in the ledger: check the number")
    return recipients.get(kbo)


def _take_away(context: CommandContext, recipient: RecipientSettings) -> int:
    run = RunContext(RUN, context.today, context.settings, from_environment, lambda: datetime.now(UTC))
    job = build_delivery(run, recipient, sending=False)
    with ExitStack() as stack:
        return take_away_from_suspended(job, _once_free(stack, job.task))


@contextmanager
def _at_work(context: CommandContext, kbo: Kbo, place: DropPlace | None) -> Iterator[Task]:
    """The recipient's task, once nobody else holds its records. Raises as `_once_free`."""
    with ExitStack() as stack:
        log = _once_free(stack, lambda: context.ledger.delivering(kbo))
        yield Task(kbo, context.today, log, RUN, lambda: datetime.now(UTC), place)


def _once_free(stack: ExitStack, enter: Callable[[], AbstractContextManager[T]]) -> T:
    """Raises LedgerConflict after WAITING_SECONDS."""
    deadline = time.monotonic() + WAITING_SECONDS
    while True:
        try:
            return stack.enter_context(enter())
        except LedgerConflict:
            if time.monotonic() > deadline:
                raise
        time.sleep(1)  # nothing tells when another task gives the records back
