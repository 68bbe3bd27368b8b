"""What can be wrong, and who is told of it. Pure.

An alert is known by its topic and subject: while it lasts it is told once a night, and once more when it is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.settings import Settings


class AlertKind(StrEnum):
    """In the order of a mail."""

    CHAIN_BROKEN = "chain_broken"
    NIGHT_HELD = "night_held"
    NIGHT_NOT_BEGUN = "night_not_begun"
    NIGHT_FAILED = "night_failed"
    NIGHT_LATE = "night_late"
    DELIVERY_FAILED = "delivery_failed"
    FEED_LATE = "feed_late"
    NOTICE_OVERDUE = "notice_overdue"
    NOTICE_GONE = "notice_gone"


class AlertTopic(StrEnum):
    """What an alert is about: of one topic and subject a worse kind takes the place of another."""

    CHAIN = "chain"
    HELD = "held"
    NIGHT = "night"
    DELIVERY = "delivery"
    FEED = "feed"
    NOTICE = "notice"


_TOPICS = {
    AlertKind.CHAIN_BROKEN: AlertTopic.CHAIN,
    AlertKind.NIGHT_HELD: AlertTopic.HELD,
    AlertKind.NIGHT_NOT_BEGUN: AlertTopic.NIGHT,
    AlertKind.NIGHT_FAILED: AlertTopic.NIGHT,
    AlertKind.NIGHT_LATE: AlertTopic.NIGHT,
    AlertKind.DELIVERY_FAILED: AlertTopic.DELIVERY,
    AlertKind.FEED_LATE: AlertTopic.FEED,
    AlertKind.NOTICE_OVERDUE: AlertTopic.NOTICE,
    AlertKind.NOTICE_GONE: AlertTopic.NOTICE,
}


@dataclass(frozen=True)
class Alert:
    """`subject`: the KBO, feed, notice or run; `name`: how a person knows it; `asked`: what a held night asks.

    `night`: of which it is told; `at`: since when, or for a question until when; `run`: of `nightly_delivery`.
    """

    kind: AlertKind
    night: date
    subject: str = ""
    name: str = ""
    at: datetime | None = None
    run: str = ""
    asked: str = ""

    @property
    def topic(self) -> AlertTopic:
        return _TOPICS[self.kind]

    @property
    def key(self) -> str:
        return f"{self.topic} {self.subject}".rstrip()


class AlertGroup(StrEnum):
    """Who is told: each group gets a mail of its own."""

    OPERATIONS = "operations"
    APPROVERS = "approvers"
    PRIVACY = "privacy"


_ALSO = {
    AlertGroup.APPROVERS: {AlertTopic.HELD},
    AlertGroup.PRIVACY: {AlertTopic.NOTICE, AlertTopic.CHAIN},
}


def addresses_of(group: AlertGroup, settings: Settings) -> tuple[str, ...]:
    """The group's addresses, each once and sorted."""
    given: str = getattr(settings, f"alert_{group}")
    return tuple(sorted({address.strip() for address in given.split(",")} - {""}))


def groups_told(settings: Settings) -> dict[AlertGroup, frozenset[AlertTopic]]:
    """By each group that has an address, what it is told of. Operations hears all, but of overdue notices only where
    nobody else does."""
    told = {group: frozenset(topics) for group, topics in _ALSO.items() if addresses_of(group, settings)}
    if addresses_of(AlertGroup.OPERATIONS, settings):
        others = {AlertTopic.NOTICE} if AlertGroup.PRIVACY in told else set()
        told[AlertGroup.OPERATIONS] = frozenset(set(AlertTopic) - others)
    return told


@dataclass(frozen=True)
class Observation:
    """`alerts`: all that is wrong now in the topics that were looked at; of another topic nothing is concluded.

    `whole_night`: the latest night that ended with a summary: an alert about a night is over once such a one ended.
    """

    alerts: tuple[Alert, ...]
    topics: Collection[AlertTopic]
    whole_night: date | None = None
