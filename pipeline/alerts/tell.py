"""Tells each group what is new, in one mail, within a bounded time; who cannot be told delays and fails nothing."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.alerts.model import AlertGroup, Observation, addresses_of, groups_told
from pipeline.alerts.texts import alert_subject, alert_text
from pipeline.alerts.told import (
    after_telling,
    alert_news,
    begin_telling,
    read_told,
    save_told,
    telling,
    telling_failed,
)
from pipeline.core.errors import PipelineError, redact_unexpected_errors
from pipeline.core.settings import Settings
from pipeline.core.timer import ended_within

log = logging.getLogger(__name__)

SECONDS = 12.0
"""For all mails of one telling. Airflow ends a task's process twenty seconds after the task has ended."""


class SendAlert(Protocol):
    """Hands one mail over; raises PipelineError where it surely did not go."""

    def __call__(self, to: tuple[str, ...], subject: str, text: str) -> None: ...


def tell(settings: Settings, seen: Observation, now: datetime, send: SendAlert, airflow: str) -> None:
    """`airflow`: the address of its UI. What could not be sent is a warning, and is told in the next hour.

    Raises GroundError, GroundTransient or RunAtWork: then nobody was told.
    """
    folder, end = Path(settings.alerts).absolute(), time.monotonic() + SECONDS
    with telling(folder):
        for group, topics in groups_told(settings).items():
            told = read_told(folder, group)
            news = alert_news(told, seen, topics)
            if not news.new and not news.over:
                continue
            save_told(folder, group, begin_telling(told, news))
            subject, text = alert_subject(news), alert_text(news, told, airflow)
            mail = _mail(send, addresses_of(group, settings), subject, text)
            if is_sent := _within(end - time.monotonic(), mail, group):
                told = after_telling(told, news)
                log.info("alerts: %s told: %d new, %d over", group, len(news.new), len(news.over))
            else:
                told = telling_failed(begin_telling(told, news) if is_sent is None else told, now)
            save_told(folder, group, told)


def _mail(send: SendAlert, to: tuple[str, ...], subject: str, text: str) -> Callable[[], None]:
    return redact_unexpected_errors(lambda: send(to, subject, text))


def _within(seconds: float, act: Callable[[], None], group: AlertGroup) -> bool | None:
    """Whether it was done; None where it did not end in time, and may end yet."""
    try:
        is_ended = ended_within(seconds, act)
    except PipelineError as error:
        log.warning("alerts: %s is not told: %s; the next hour tries again", group, error)
        return False
    if not is_ended:
        log.warning("alerts: %s may not be told: no answer in %g seconds; the next hour tries again", group, SECONDS)
    return is_ended or None
