"""What leaked, and who was in it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.answers.person.lines import DropDelivery
from pipeline.core.model import Kbo
from pipeline.ledger.notices import Notice


@dataclass(frozen=True)
class BreachQuestion:
    """Every drop to `kbo` of the nights from `first` up to and with `last`, or the one of them that is named `stem`.

    `at` (aware): of the answer; `noticed_at` (aware): when the agency became aware of the breach, None where not said.
    """

    kbo: Kbo
    first: date
    last: date
    stem: str | None
    at: datetime
    noticed_at: datetime | None = None


@dataclass(frozen=True)
class LeakedDrop:
    """One that counted, or that somebody may have. `parents`: those in it who are still on record; `redacted`: how many
    are not, since the period of their protocol is over."""

    night: date
    sequence: int
    stem: str
    delivery: DropDelivery
    fields: tuple[str, ...]
    parents: int
    redacted: int


@dataclass(frozen=True)
class AffectedParent:
    """`parent_id`: None without a row in the agency's tables any more. `withdrawn_at`: when it was found that the
    recipient may use nothing of the parent any more, None as long as it may; `notice`: the one that says so."""

    parent_id: int | None
    reference: str
    first: date
    last: date
    drops: int
    fields: tuple[str, ...]
    withdrawn_at: datetime | None
    notice: Notice | None


@dataclass(frozen=True)
class BreachFacts:
    """`parents`: by parent_id, then by reference, each once; `name`: the recipient's, where known."""

    question: BreachQuestion
    name: str | None
    drops: tuple[LeakedDrop, ...]
    parents: tuple[AffectedParent, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(sorted({name for drop in self.drops for name in drop.fields}))

    @property
    def standing(self) -> Mapping[str, int]:
        """How many parents the recipient may still use, was not told of yet, was told of, and acknowledged."""
        counts = {"usable": 0, "not_told": 0, "told": 0, "acknowledged": 0}
        for parent in self.parents:
            counts[_standing(parent)] += 1
        return counts


def _standing(parent: AffectedParent) -> str:
    if parent.withdrawn_at is None:
        return "usable"
    if parent.notice is None or parent.notice.published_at is None:
        return "not_told"
    return "told" if parent.notice.acknowledged_at is None else "acknowledged"
