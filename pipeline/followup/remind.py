"""Remind a recipient that fetched nothing for too long; on record once a drop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.core.connections import Connections, require
from pipeline.core.documents import dutch
from pipeline.core.model import BRUSSELS
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.session import Task
from pipeline.followup.mail import CONNECTION, send_mail
from pipeline.followup.pickup import waiting_since
from pipeline.ledger.events import Kind

log = logging.getLogger(__name__)

ANSWERS_WITHIN_SECONDS = 15
"""Bound on each answer of the mail server."""


@dataclass(frozen=True)
class Waiting:
    """What lies before a recipient: since when it fetched nothing, the drop's name, and the day it is taken away."""

    since: datetime
    stem: str
    until: date


Send = Callable[[Waiting], None]


def remind(task: Task, recipient: RecipientSettings, send: Send) -> tuple[Waiting, ...]:
    """Whom it was sent about. Needs no host; a reminder that cannot be sent is not on record, and tried again.

    Raises what `send` raises, LedgerConflict or LedgerUnavailable.
    """
    standing, now = task.standing(), task.clock()
    since, period = waiting_since(standing), timedelta(days=recipient.remind_after_days)
    if since is None or now < since + period or (now - since) % period >= timedelta(days=1):
        return ()  # with a new drop every night, one mail a period and not one a night
    reminded = []
    for drop in standing.on_host:
        if Kind.REMINDED in drop.facts or drop.published_at is None:
            continue
        until = (drop.published_at + timedelta(days=recipient.expire_after_days)).astimezone(BRUSSELS).date()
        reminded.append(Waiting(since, drop.contents.stem, until))
        send(reminded[-1])
        task.record(drop.night, Kind.REMINDED, drop.contents)
        log.warning("%s: fetched nothing since %s; %s lies there", task.kbo, since.date(), drop.contents.stem)
    return tuple(reminded)


def mailer(recipient: RecipientSettings, connections: Connections) -> Send:
    """By mail where its settings name an address; else our own people are told to call."""

    def send(waiting: Waiting) -> None:
        if recipient.mail:
            connection = require(connections, CONNECTION)
            send_mail(connection, recipient.mail, subject(waiting), text(waiting), ANSWERS_WITHIN_SECONDS)
        else:
            log.warning("%s: its settings name no address to remind: call it", recipient.kbo)

    return send


def subject(waiting: Waiting) -> str:
    return f"Levering van Opgroeien niet opgehaald sinds {dutch.day(waiting.since.astimezone(BRUSSELS).date())}"


def text(waiting: Waiting) -> str:
    """In Dutch, without any personal data and without a link: nobody learns to click in such a message."""
    return (
        "Dag,\n\n"
        f"Sinds {dutch.day(waiting.since.astimezone(BRUSSELS).date())} haalde u op onze SFTP-server geen levering op.\n"
        f"Er staat klaar: {waiting.stem}\n"
        f"Op {dutch.day(waiting.until)} nemen wij ze weg, tenzij er dan al een nieuwere in haar plaats kwam.\n\n"
        "Haal ze op zoals de handleiding voor ontvangers het beschrijft. Lukt dat niet, of werkt uw collega die dit\n"
        "deed er niet meer, antwoord dan op dit bericht.\n\n"
        "Dit bericht bevat geen persoonsgegevens en geen links.\n\n"
        "Opgroeien\n"
    )
