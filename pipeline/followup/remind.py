"""Remind a recipient that fetched no drop for too long; recorded once per drop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.core.connections import Connections, require
from pipeline.core.documents import dutch
from pipeline.core.local_time import local_day
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import Task
from pipeline.followup.mail import CONNECTION, send_mail
from pipeline.followup.pickup import waiting_since
from pipeline.ledger.events import Kind

log = logging.getLogger(__name__)

ANSWERS_WITHIN_SECONDS = 15
"""Bound on each answer of the mail server."""


@dataclass(frozen=True)
class Reminder:
    """A drop `stem` that lies on the host since `since` (or its predecessors do) and is taken away on `until`."""

    since: datetime
    stem: str
    until: date


SendReminder = Callable[[Reminder], None]


def remind(task: Task, recipient: RecipientSettings, send: SendReminder) -> tuple[Reminder, ...]:
    """The reminders sent. Needs no host. A reminder that cannot be sent is not recorded, and is tried again.

    Raises what `send` raises, LedgerConflict or LedgerUnavailable.
    """
    standing, now = task.delivery_state(), task.clock()
    since, period = waiting_since(standing), timedelta(days=recipient.remind_after_days)
    if since is None or now < since + period or (now - since) % period >= timedelta(days=1):
        return ()  # with a new drop every night, one mail a period and not one a night
    reminders = []
    for drop in standing.on_host:
        if Kind.REMINDED in drop.facts or drop.published_at is None:
            continue
        until = local_day(drop.published_at + timedelta(days=recipient.expire_after_days))
        reminder = Reminder(since, drop.contents.stem, until)
        send(reminder)
        task.record(drop.night, Kind.REMINDED, drop.contents)
        log.warning("%s: fetched nothing since %s; %s lies there", task.kbo, local_day(since), reminder.stem)
        reminders.append(reminder)
    return tuple(reminders)


def reminder_sender(recipient: RecipientSettings, connections: Connections) -> SendReminder:
    """Sends by mail when the recipient's settings name an address; else warns the operator to call."""

    def send(reminder: Reminder) -> None:
        if recipient.mail:
            connection = require(connections, CONNECTION)
            subject, text = reminder_subject(reminder), reminder_text(reminder)
            send_mail(connection, recipient.mail, subject, text, ANSWERS_WITHIN_SECONDS)
        else:
            log.warning("%s: its settings name no address to remind: call it", recipient.kbo)

    return send


def reminder_subject(reminder: Reminder) -> str:
    """In Dutch."""
    return f"Levering van Opgroeien niet opgehaald sinds {dutch.day(local_day(reminder.since))}"


def reminder_text(reminder: Reminder) -> str:
    """In Dutch, without personal data and without a link: nobody learns to click in such a message."""
    return (
        "Dag,\n\n"
        f"Sinds {dutch.day(local_day(reminder.since))} haalde u op onze SFTP-server geen levering op."
        f"\nEr staat klaar: {reminder.stem}\n"
        f"Op {dutch.day(reminder.until)} nemen wij ze weg, tenzij er dan al een nieuwere in haar plaats kwam.\n\n"
        "Haal ze op zoals de handleiding voor ontvangers het beschrijft. Lukt dat niet, of werkt uw collega die dit\n"
        "deed er niet meer, antwoord dan op dit bericht.\n\n"
        "Dit bericht bevat geen persoonsgegevens en geen links.\n\n"
        "Opgroeien\n"
    )
