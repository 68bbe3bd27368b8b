"""A notifier of Airflow that sends plain text by the connection `mail`. Imported when something is to be told."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk.bases.notifier import BaseNotifier

from pipeline.airflow.context import connection
from pipeline.core.connections import require
from pipeline.followup.mail import CONNECTION, send_mail

ANSWERS_WITHIN = 5.0
"""Seconds, for each answer of the mail server."""


class MailNotifier(BaseNotifier):
    """`to`: addresses, comma-separated."""

    template_fields: Sequence[str] = ()

    def __init__(self, to: str, subject: str, text: str) -> None:
        super().__init__()
        self.to, self.subject, self.text = to, subject, text

    def notify(self, context: Any) -> None:
        send_mail(require(connection, CONNECTION), self.to, self.subject, self.text, ANSWERS_WITHIN)
