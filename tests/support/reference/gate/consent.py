"""Consent: the grant that is looked at, the noes that count, and which of them holds."""

from datetime import datetime

from tests.support.reference.gate import papers, places, values
from tests.support.reference.gate.night import Night
from tests.support.worlds.tables import Row


def is_grant(event: Row) -> bool:
    """A well-formed grant: not "without text version or fields or with a field outside the decree".

    "`occurred_at` of a consent event may be impossible: a grant is then malformed".
    Reading: a kind that is written in another way ('Grant', 'grant ') is unknown; a text version that is blank is none.
    """
    asked = values.field_list(event["fields"])
    is_formed = not values.is_blank(event["text_version"]) and bool(asked) and asked <= values.DECREE
    return event["kind"] == "grant" and is_formed and event["occurred_at"] is not None


def is_no(event: Row) -> bool:
    """ "A no is a withdrawal, an event of unknown kind, or a malformed grant"."""
    return not is_grant(event)


def counts_from(no: Row) -> datetime | None:
    """ "It counts from `occurred_at` or `recorded_at`, whichever is earlier"; "from `recorded_at`" where the first is
    impossible. Reading: where both are, from the beginning (None)."""
    return min((instant for instant in (no["occurred_at"], no["recorded_at"]) if instant is not None), default=None)


def is_for(night: Night, no: Row, kbo: str | None) -> bool:
    """ "For this recipient alone"; "a no that cannot be placed is a no to everyone: one that is not a grant and whose
    `kbo` is not exactly that of a registered recipient serving a municipality on D".

    A malformed grant is a grant, and a no to the recipient that it names.
    """
    return no["kbo"] == kbo or (no["kind"] != "grant" and not places.is_placed(night, no["kbo"]))


def rows_of_person(night: Night, parent: Row) -> list[int]:
    """ "A no of one parent row counts for every parent row with the same INSZ (its digits compared)"."""
    return night.persons.get(values.digits(parent["insz"]), [parent["parent_id"]])


def noes_that_count(night: Night, parent: Row) -> list[Row]:
    """The noes of this person that count at T, for the recipient that serves where this parent row lives."""
    kbo = places.recipient_of(night, parent)
    events = [event for row in rows_of_person(night, parent) for event in night.rows("consent_event", parent_id=row)]
    noes = [event for event in events if is_no(event) and is_for(night, event, kbo)]
    return [no for no in noes if (start := counts_from(no)) is None or start <= night.at]


def grant_looked_at(night: Night, parent: Row) -> Row | None:
    """ "The well-formed one that occurred latest, up to T (then the later recorded, then the higher id)".

    Reading: only one of this parent row; the no of another row of this person counts, its yes does not.
    """
    mine = night.rows("consent_event", parent_id=parent["parent_id"], kbo=places.recipient_of(night, parent))
    grants = [event for event in mine if is_grant(event) and event["occurred_at"] <= night.at]
    return max(grants, key=lambda g: (g["occurred_at"], g["recorded_at"], g["event_id"]), default=None)


def holds_against(grant: Row, no: Row) -> bool:
    """ "Only against a no that it is later than in both ways: it occurred after the no counts from, and was recorded
    after the no was recorded". Reading: against a no whose recording is impossible no grant holds."""
    start, recorded = counts_from(no), no["recorded_at"]
    if start is None or recorded is None:
        return False
    return bool(grant["occurred_at"] > start and grant["recorded_at"] > recorded)


def standing_grant(night: Night, parent: Row) -> Row:
    """The grant looked at, once rule 10 has found one."""
    grant = grant_looked_at(night, parent)
    assert grant is not None, "rules 9 and 10 withhold whoever has none"
    return grant


def fields_left(night: Night, parent: Row) -> set[str]:
    """ "`fields` of a decision = decree AND protocols AND that grant, whether or not a column is blank"."""
    left = values.DECREE & values.field_list(standing_grant(night, parent)["fields"])
    for protocol in papers.protocols_in_force(night, places.recipient_of(night, parent)):
        left &= values.field_list(protocol["fields"])
    return left
