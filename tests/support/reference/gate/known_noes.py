"""What the ledger knows binds, in plain Python: a bookkeeping of noes from night to night, to judge the list by.

Written from DOMAIN's paragraph of that name, with whole rows in place of hashes; nothing here may be taken from sql/ or
from pipeline/.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.reference.gate import consent, now, places, values
from tests.support.reference.gate.night import AHEAD, Decision, Night
from tests.support.worlds.tables import Row

Said = tuple[tuple[str, Any], ...]
"""A consent event, whole."""
TO_CONSENT = (None, "no_consent", "consent_expired", "text_not_accepted", "fields")
"""What a decision may say that gets as far as the rules on consent, and does not find a no."""


@dataclass(frozen=True)
class KnownNo:
    """ "Each no that counts", of a parent row, for one recipient or (None) everyone; `number`: the INSZ's digits."""

    said: Said
    parent_id: int
    number: str
    kbo: str | None
    counts_from: datetime | None
    recorded_at: datetime | None

    def is_of(self, parent: Row) -> bool:
        """Of this row; or of this person, since "one person, one no"."""
        return self.parent_id == parent["parent_id"] or values.digits(parent["insz"]) == self.number != ""


@dataclass(frozen=True)
class ReturnedNo:
    """ "No contact is a no for that recipient, recorded when it is taken in". `number`: the digits of the INSZ with
    which its recipient had the parent. `since`: by the agency's clock, which may be ahead of ours."""

    file: str
    parent_id: int
    number: str
    kbo: str
    since: datetime

    def is_of(self, night: Night, parent: Row) -> bool:
        """Of this row, or of this person, by the number of then or of now."""
        numbers = {self.number, *(values.digits(row["insz"]) for row in night.rows("parent", parent_id=self.parent_id))}
        return self.parent_id == parent["parent_id"] or values.digits(parent["insz"]) in numbers - {""}


@dataclass
class KnownNoes:
    """What the ledger knows by now, and whom a named person lifted it for: parent, recipient. `returned`: what a
    recipient said, and nobody lifted."""

    noes: set[KnownNo] = field(default_factory=set)
    lifted: set[tuple[KnownNo, str | None]] = field(default_factory=set)
    returned: set[ReturnedNo] = field(default_factory=set)
    taken_in: int = 0
    """How many were ever returned."""

    def lost(self, night: Night) -> set[Said]:
        """ "If an event that it knows is gone from the feed, the agency has lost a no"."""
        there = {said(row) for row in night.world["consent_event"]}
        return {no.said for no in self.noes if no.said not in there and not {(no, None), (no, no.kbo)} & self.lifted}

    def decide(self, night: Night, skew: timedelta) -> dict[int, Decision]:
        """ "That parent stays `withdrawn` for that recipient …"; asked for now."""
        decided = now.decide_for_now(night, skew)
        for parent in night.rows("parent"):
            found = decided.get(parent["parent_id"])
            if found and found.kbo and found.reason in TO_CONSENT and self._binds(night, parent, found.kbo):
                decided[parent["parent_id"]] = Decision("withheld", found.kbo, "withdrawn", None)
        return decided

    def _binds(self, night: Night, parent: Row, kbo: str) -> bool:
        """ "… until a grant is later than the no in both ways by the agency's clock, or a named person lifts it".

        Reading: the grant that the gate looks at, as of now.
        """
        mine = night.rows("consent_event", parent_id=parent["parent_id"], kbo=kbo)
        grants = [event for event in mine if consent.is_grant(event) and event["occurred_at"] <= night.at]
        grant = max(grants, key=lambda g: (g["occurred_at"], g["recorded_at"], g["event_id"]), default=None)
        for no in self.noes:
            if not no.is_of(parent) or no.kbo not in (None, kbo) or {(no, None), (no, kbo)} & self.lifted:
                continue
            if grant is None or None in (no.counts_from, no.recorded_at):
                return True
            if not (grant["occurred_at"] > no.counts_from and grant["recorded_at"] > no.recorded_at):
                return True
        mine = [no for no in self.returned if no.kbo == kbo and no.is_of(night, parent)]
        return any(grant is None or min(grant["occurred_at"], grant["recorded_at"]) <= no.since for no in mine)

    def keep(self, night: Night, skew: timedelta) -> None:
        """ "Every night the ledger keeps each no that counts … whatever reason came first"; one recorded ahead too."""
        self.noes |= {*noes_of(night), *noes_of(now.with_rows_ahead(night, skew))}


def noes_of(night: Night) -> Iterator[KnownNo]:
    """Of every parent row, in the population or not. Reading: a no to nobody that is registered counts for nobody."""
    registered = {row["kbo"] for row in night.rows("recipient")}
    for parent in night.rows("parent"):
        for member in consent.rows_of_person(night, parent):
            for event in night.rows("consent_event", parent_id=member):
                start = consent.counts_from(event)
                if not consent.is_no(event) or (start is not None and start > night.at):
                    continue
                is_to_all = event["kind"] != "grant" and not places.is_placed(night, event["kbo"])
                if is_to_all or event["kbo"] in registered:
                    yield known(event, parent, None if is_to_all else event["kbo"])


def known(event: Row, parent: Row, kbo: str | None) -> KnownNo:
    """With the agency's own instants, of a row that was dated back to now as well."""
    own = event | {"recorded_at": event.get(AHEAD, event["recorded_at"])}
    number = values.digits(parent["insz"])
    return KnownNo(said(own), parent["parent_id"], number, kbo, consent.counts_from(own), own["recorded_at"])


def said(event: Row) -> Said:
    """Of an event with an impossible value, what is left of it."""
    whole = values.without_impossible("consent_event", event)
    return tuple(sorted((name, value) for name, value in whole.items() if name not in (AHEAD, values.IMPOSSIBLE)))
