"""What was disclosed of whom, under which papers, and what a recipient may no longer use. Pure, and without a value.

A line is written before the drop that it is about counts; it tells of a disclosure once that drop was published.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pipeline.core.model import Kbo, Reason


@dataclass(frozen=True)
class Disclosure:
    """One parent in one drop: `person`, `insz` (None: none known) and `cells` are keyed hashes under the key `key_id`.

    `consent_event`: None only for a line that was put on record again without knowing whom it is about.
    `retention_days`: of the drop, as its manifest says; None (a line from before there was such a column): not known.
    `cells`: of the row as it went out; None (likewise, or a line that was put on record again): not known.
    """

    reference: str
    person: bytes
    insz: bytes | None
    key_id: str
    fields: tuple[str, ...]
    agreements: tuple[str, ...]
    protocols: tuple[str, ...]
    consent_event: int | None
    text_version: str
    retention_days: int | None
    cells: bytes | None = None


@dataclass(frozen=True)
class Holding:
    """What a recipient has of one parent and was not told to drop: `sequence` is the newest drop that had it."""

    reference: str
    person: bytes
    key_id: str
    sequence: int


class Cause(StrEnum):
    """Why a parent is no longer released to a recipient, besides the gate's reasons."""

    ELSEWHERE = "elsewhere"
    """Released to another recipient, or decided on for one: the family moved, or its municipality changed hands."""
    OUTSIDE = "outside"
    """Not in the population any more: no child under the age limit with a valid assessment."""
    TO_RECIPIENT = "said_to_recipient"
    """A no that the recipient itself returned, and nothing else that the agency or the ledger knows."""


@dataclass(frozen=True)
class Withdrawal:
    """Due to one recipient: the parent behind `reference` may no longer be used. `at` is when it was found.

    `cause` is a Reason or a Cause; `told` is the one that the parent is told instead, if any. A drop after
    `after_sequence` that has the parent again ends it, and so does one of that very number that was rendered anew
    since.
    """

    kbo: Kbo
    reference: str
    person: bytes
    key_id: str
    cause: str
    after_sequence: int
    run: str
    night: date
    at: datetime
    told: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the gate decided on one parent: the recipient it is released to, or why it is not.

    `is_returned`: the reason rests on a no alone that this recipient itself returned. `told`: what the parent is told
    instead, if anything.
    """

    kbo: Kbo | None
    reason: Reason | None
    is_returned: bool = False
    told: "Verdict | None" = None

    def lets(self, kbo: Kbo) -> bool:
        return self.reason is None and self.kbo == kbo

    def cause(self, kbo: Kbo) -> str:
        """Why it is not released to `kbo`; from rule 6 on the reason is about the recipient that is named."""
        if self.is_returned and self.kbo == kbo:
            return Cause.TO_RECIPIENT.value
        if self.reason is not None and self.kbo in (None, kbo):
            return self.reason.value
        return Cause.ELSEWHERE.value


def no_longer_released(
    kbo: Kbo, holdings: Iterable[Holding], verdicts: Mapping[bytes, Verdict]
) -> Iterable[tuple[Holding, str]]:
    """Each holding that the gate does not release to this recipient now, with the cause."""
    for holding in holdings:
        verdict = verdicts.get(holding.person)
        if verdict is None:
            yield holding, Cause.OUTSIDE.value
        elif not verdict.lets(kbo):
            yield holding, verdict.cause(kbo)
