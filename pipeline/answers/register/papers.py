"""Agreements and protocols as they stand on a day, for the register. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.model import Kbo


class State(StrEnum):
    """By the gate's own conditions (sql/gate/07 and 11); the first that applies."""

    ENDED = "ended"
    ERROR = "error"
    """It asks for more than the decree allows, or for an impossible threshold."""
    NOT_YET = "not_yet"
    """Not signed, not published, without the DPO's advice, or not begun."""
    TO_BE_RENEWED = "to_be_renewed"
    """Its term began before the latest merger that shaped the recipient's territory."""
    IN_FORCE = "in_force"


@dataclass(frozen=True)
class Protocol:
    """The latest version known; `valid_until` is the last day, however it ends."""

    protocol_id: str
    kbo: Kbo
    name: str | None
    state: State
    signed_on: date | None
    published_url: str | None
    dpo_advice_on: date | None
    valid_from: date | None
    valid_until: date | None
    fields: tuple[str, ...]
    retention_days: int | None


@dataclass(frozen=True)
class Agreement:
    """Likewise; `team` is the local team's name, or its id where the register has no name."""

    agreement_id: str
    kbo: Kbo
    name: str | None
    team: str
    state: State
    signed_on: date | None
    valid_from: date | None
    valid_until: date | None
    min_criteria: int | None


@dataclass(frozen=True)
class Register:
    """Papers by recipient's name; `others`: protocols of other flows and processing agreements, counted apart."""

    at: datetime
    protocols: tuple[Protocol, ...]
    agreements: tuple[Agreement, ...]
    others: int

    @property
    def exchanging(self) -> int:
        """Recipients with an agreement and a protocol in force: each gets a drop every night."""
        with_protocol = {paper.kbo for paper in self.protocols if paper.state is State.IN_FORCE}
        return len(with_protocol & {paper.kbo for paper in self.agreements if paper.state is State.IN_FORCE})
