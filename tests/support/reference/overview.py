"""The overview once more, naive and a day at a time, from DOMAIN and pipeline/answers/overview/model.py alone.

What is in force comes from the gate's own naive reference. Nothing here may be taken from sql/.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from pipeline.answers.overview.days import end_of
from tests.support.reference.gate import (
    DECREE,
    Night,
    agreements_in_force,
    codes_on,
    covered,
    field_list,
    is_suspended,
    is_within,
    protocols_in_force,
    serving,
)
from tests.support.reference.gate.papers import is_advised, is_published
from tests.support.worlds.tables import Row, World

Drops = list[tuple[str, date]]
Papers = dict[tuple[str, str], tuple[str, str, str]]
"""By kind and id: recipient, state and legal basis."""


@dataclass(frozen=True)
class Naive:
    """One day of a world. `drops`: who got one on which night, as known."""

    world: World
    day: date
    known_at: datetime
    drops: Drops
    window_days: int = 7

    @property
    def is_known(self) -> bool:
        """Whether drops are: not of a day that begins, in Brussels, after `known_at`. The ledger began long ago."""
        return datetime.combine(self.day, time.min, ZoneInfo("Europe/Brussels")) <= self.known_at

    @cached_property
    def night(self) -> Night:
        return Night(self.world, end_of(self.day), self.known_at)

    def papers(self) -> Papers:
        """By kind and id: recipient, state and legal basis."""
        night, found = self.night, {}
        for paper in night.agreements:
            if self._is_there("agreement", "agreement_id", paper):
                state = self._agreement(night, paper)
                found["agreement", paper["agreement_id"]] = (paper["kbo"], state, "decree-2022-02-04")
        for paper in night.protocols:
            if self._is_there("protocol", "protocol_id", paper):
                kind = paper["kind"] if paper["kind"] in ("protocol", "processing_agreement") else "other"
                state = self._protocol(night, paper)
                found[kind, paper["protocol_id"]] = (paper["kbo"], state, paper["legal_basis"])
        return found

    def _is_there(self, feed: str, key: str, paper: Row) -> bool:
        first = min(row["recorded_at"] for row in self.night.rows(feed, **{key: paper[key]}))
        return is_signed(paper, self.day) or first <= end_of(self.day)

    def _agreement(self, night: Night, paper: Row) -> str:
        if paper in agreements_in_force(night, paper["kbo"]):
            return "in_force"
        if has_ended(paper, self.day):
            return "ended"
        if paper["min_criteria"] is not None and not 1 <= paper["min_criteria"] <= 6:
            return "error"
        return self._waiting(night, paper)

    def _protocol(self, night: Night, paper: Row) -> str:
        if paper in protocols_in_force(night, paper["kbo"]):
            return "in_force"
        if has_ended(paper, self.day):
            return "ended"
        if paper["legal_basis"] != "decree-2022-02-04" or paper["kind"] != "protocol":
            return "other_flow" if is_signed(paper, self.day) else "not_signed"
        if not field_list(paper["fields"]) <= DECREE:
            return "error"
        unfit = not is_published(paper) or not is_advised(night, paper)
        return "not_yet" if unfit and is_signed(paper, self.day) else self._waiting(night, paper)

    def _waiting(self, night: Night, paper: Row) -> str:
        if not is_signed(paper, self.day):
            return "not_signed"
        if not is_within(self.day, paper["valid_from"]):
            return "not_yet"
        assert is_suspended(night, paper), "what else keeps it from being in force?"
        return "to_be_renewed"

    def states(self) -> dict[str, str]:
        """Every authority's."""
        papers, in_force = self.papers(), {one.kbo for one in covered(self.night)}
        kbos = {row["kbo"] for row in serving(self.night)} | {kbo for kbo, *_ in papers.values()} | self.recent()
        return {kbo: self._state(kbo, papers, kbo in in_force) for kbo in kbos}

    def recent(self) -> set[str]:
        window = [self.day - timedelta(days=n) for n in range(self.window_days)]
        return {kbo for kbo, night in self.drops if night in window}

    def _state(self, kbo: str, papers: Papers, is_in_force: bool) -> str:
        if is_in_force:
            return "exchanging" if self.is_known and kbo in self.recent() else "in_force"
        lasting = [
            state
            for (_, paper_id), (holder, state, _) in papers.items()
            if holder == kbo and state in ("error", "not_yet", "to_be_renewed", "in_force") and self._signed(paper_id)
        ]
        return "to_be_renewed" if "to_be_renewed" in lasting else "signed" if lasting else "none"

    def _signed(self, paper_id: str) -> bool:
        latest = [*self.night.agreements, *self.night.protocols]
        return any(
            is_signed(row, self.day) for row in latest if paper_id in (row.get("agreement_id"), row.get("protocol_id"))
        )

    def counts(self) -> dict[tuple[str, str], dict[str, int]]:
        """By kind and legal basis, by state."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for (kind, _), (_, state, basis) in self.papers().items():
            found.setdefault((kind, basis), Counter())[state] += 1
        return {key: dict(states) for key, states in found.items()}

    def month(self) -> tuple[int | None, ...]:
        """As the fields of pipeline.answers.overview.model.Month, without the day."""
        night, in_force = self.night, {one.kbo for one in covered(self.night)}
        ours = [
            row for row in night.protocols if (row["legal_basis"], row["kind"]) == ("decree-2022-02-04", "protocol")
        ]
        kbos = {row["kbo"] for row in [*night.agreements, *night.protocols]}
        return (
            sum(is_signed(row, self.day) for row in night.agreements),
            sum(len(agreements_in_force(night, kbo)) for kbo in kbos),
            sum(is_signed(row, self.day) for row in ours),
            sum(len(protocols_in_force(night, kbo)) for kbo in kbos),
            len(in_force),
            len(in_force & self.recent()) if self.is_known else None,
        )

    def served(self) -> dict[str, str]:
        """Who serves which municipality of the day: exactly one, registered."""
        night, found = self.night, {}
        for code in codes_on(self.day):
            kbos = {row["kbo"] for row in serving(night, nis_code=code)}
            if len(kbos) == 1 and night.rows("recipient", kbo=next(iter(kbos))):
                found[code] = next(iter(kbos))
        return found


def is_signed(paper: Row, day: date) -> bool:
    return paper["signed_on"] is not None and paper["signed_on"] <= day


def has_ended(paper: Row, day: date) -> bool:
    return any(end is not None and end < day for end in (paper["valid_until"], paper["ended_on"]))
