"""Which lines are one person's: through a rotated key, a row that is gone, and a number that changed hands."""

from datetime import UTC, date, datetime

import pytest

from pipeline.answers.person.lines import (
    DisclosureLine,
    DropDelivery,
    PersonHandle,
    PersonQuery,
    drop_deliveries,
    group_by_row,
    person_lines,
)
from pipeline.core.model import Kbo
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Contents, Event, Kind

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
AT = datetime(2026, 6, 1, 1, 30, tzinfo=UTC)


def line(
    day: int, row: str, number: str | None, key: str = "k1", kbo: Kbo = GENT, who: str | None = None
) -> DisclosureLine:
    """`row`: the hash of the parent; `who`: what the reference is made of (by default the row too)."""
    made = Disclosure(
        reference=f"{who or row} at {kbo}",
        person=row.encode(),
        insz=number.encode() if number else None,
        key_id=key,
        fields=("name",),
        agreements=("A",),
        protocols=("P",),
        consent_event=1,
        text_version="v1",
        retention_days=30,
    )
    return DisclosureLine(kbo, date(2026, 6, day), day, f"m{day}", made)


def days(lines: list[DisclosureLine], query: PersonQuery, parents: dict[PersonHandle, int] | None = None) -> list[str]:
    """The days that are the asker's; with a star where the row has another number since."""
    return [f"{one.night.day}{'*' * one.other_number}" for one in person_lines(query, lines, parents or {})]


def by(number: str, mine: str = "", another: str = "") -> PersonQuery:
    """Asked by that number; the rows named are today's: the asker's, and those with another number."""
    keys = ("k1", "k2")
    rows: set[PersonHandle] = {(key, row.encode()) for key in keys for row in mine.split()}
    others: set[PersonHandle] = {(key, row.encode()) for key in keys for row in another.split()}
    return PersonQuery(rows, {(key, number.encode()) for key in keys}, lambda handles: bool(others & set(handles)))


def test_all_lines_of_a_row_that_is_the_askers_today_whatever_number_they_stand_under() -> None:
    lines = [line(1, "a", None), line(2, "a", "old"), line(3, "a", "X"), line(4, "b", "Y")]
    assert days(lines, by("X", mine="a", another="b")) == ["1", "2", "3"]


def test_a_row_that_is_gone_is_the_askers_by_its_newest_number() -> None:
    lines = [line(1, "a", None), line(2, "a", "old"), line(3, "a", "X")]
    assert days(lines, by("X")) == ["1", "2", "3"]
    assert days(lines, by("old")) == ["2*"], "what stood under that number, and no more"


def test_a_number_that_was_the_co_parents_by_mistake_gives_nothing_else_of_the_co_parent() -> None:
    """Row a had X by mistake and has Y today; row b has X."""
    lines = [line(1, "a", "X"), line(2, "a", "Y"), line(2, "b", "X")]
    assert days(lines, by("X", mine="b", another="a")) == ["1*", "2"]
    assert days(lines, by("Y", mine="a", another="b")) == ["1", "2"], "the row's own, under whichever number"


def test_a_row_that_has_another_number_today_is_another_persons_whatever_its_lines_say() -> None:
    lines = [line(1, "a", "old"), line(2, "a", "X")]
    assert days(lines, by("X", another="a")) == ["2*"]


def test_a_row_without_a_number_today_is_the_askers_by_its_newest_line() -> None:
    lines = [line(1, "a", "X"), line(2, "a", None)]
    assert days(lines, by("X")) == ["1", "2"]


def test_a_key_that_was_rotated_leads_on_by_the_reference() -> None:
    """The row is gone, and its number changed at the same time as the key: only the reference ties the two."""
    lines = [line(1, "a1", "old", "k1", who="a"), line(2, "a2", "X", "k2", who="a")]
    assert days(lines, by("X")) == ["1", "2"]


def test_a_rotated_key_and_another_recipient_are_led_to_by_the_consent_event() -> None:
    """The number went, then the key: nothing else ties them."""
    lines = [line(1, "a", "X"), line(2, "a'", None, key="k2", kbo=AALST), line(3, "b", "Y")]
    assert days(lines, by("X"), {("k1", b"a"): 70, ("k2", b"a'"): 70, ("k1", b"b"): 90}) == ["1", "2"]
    assert days(lines, by("X")) == ["1"]


def test_by_row_alone() -> None:
    lines = [line(1, "a", "X"), line(2, "b", "X"), line(3, "a", None, kbo=AALST)]
    assert days(lines, PersonQuery({("k1", b"a")})) == ["1", "3"]


def test_the_same_hash_under_another_key_is_somebody_else() -> None:
    lines = [line(1, "a", "X"), line(2, "a", "Y", "k3", who="z")]
    assert days(lines, by("X", mine="a")) == ["1"]


def test_rows_are_told_apart_and_tied_together_late() -> None:
    lines = [line(1, "a", "X"), line(2, "b", "X"), line(3, "a", "X", kbo=AALST), line(4, "b", "X", kbo=AALST, who="a")]
    assert [[one.night.day for one in row] for row in group_by_row(lines, {})] == [[1, 2, 3, 4]]
    assert [[one.night.day for one in row] for row in group_by_row(lines[:3], {})] == [[2], [1, 3]]


def test_nothing_is_of_nobody() -> None:
    assert days([line(1, "a", "X")], by("Z")) == []
    assert days([line(1, "a", None)], PersonQuery((), {("k1", b"")})) == []


def history(*kinds: Kind, manifest: str = "m", night: int = 1) -> list[Event]:
    contents = Contents(night, "S", 1, {}, "m.json", manifest)
    return [
        Event(GENT, date(2026, 6, night), "run", kind, AT.replace(hour=hour), contents)
        for hour, kind in enumerate(kinds, 1)
    ]


KEY = (GENT, 1, "m")


def test_what_never_counted_is_no_delivery() -> None:
    assert (
        drop_deliveries(history(Kind.INTENT))
        == drop_deliveries(history(Kind.INTENT, Kind.RELEASING, Kind.INTENT))
        == {}
    )
    assert drop_deliveries(history(Kind.INTENT, Kind.ABANDONED)) == drop_deliveries([]) == {}


def test_what_may_count_is_said_to_be_uncertain() -> None:
    assert drop_deliveries(history(Kind.INTENT, Kind.RELEASING)) == {KEY: DropDelivery(certain=False)}


def test_every_instant_of_a_delivery_and_the_first_of_each() -> None:
    kinds = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST)
    found = drop_deliveries(history(*kinds, Kind.PUBLISHED))[KEY]
    assert found == DropDelivery(AT.replace(hour=3), None, AT.replace(hour=5))
    fetched = drop_deliveries(history(*kinds[:3], Kind.FETCHED))[KEY]
    assert fetched == DropDelivery(AT.replace(hour=3), AT.replace(hour=4))


def test_of_two_renderings_of_a_night_the_one_that_counted() -> None:
    events = history(Kind.INTENT, manifest="first") + history(Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)
    assert list(drop_deliveries(events)) == [KEY]


def test_each_rendering_that_was_taken_before_it_counted_is_told_of_and_none_as_a_delivery() -> None:
    taken = history(Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.TAKEN_EARLY, Kind.INTENT, manifest="first")
    counted = history(Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.PUBLISHED)
    assert drop_deliveries([*taken, *counted]) == {
        (GENT, 1, "first"): DropDelivery(certain=False, taken_early=AT.replace(hour=4)),
        KEY: DropDelivery(AT.replace(hour=4)),
    }
    again = history(Kind.INTENT, Kind.NAMING, Kind.TAKEN_EARLY, Kind.INTENT, Kind.PUBLISHED)
    assert drop_deliveries(again) == {KEY: DropDelivery(AT.replace(hour=5))}, "the very same was delivered after all"


SENT = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)


@pytest.mark.parametrize("kind", [Kind.FETCHED, Kind.READ, Kind.ACKNOWLEDGED])
def test_who_took_it_in_by_whichever_evidence_fetched_it(kind: Kind) -> None:
    assert drop_deliveries(history(*SENT, kind))[KEY] == DropDelivery(AT.replace(hour=3), AT.replace(hour=4))


@pytest.mark.parametrize("begun, ended", [(Kind.EXPIRING, Kind.EXPIRED), (Kind.RECALLING, Kind.RECALLED)])
def test_what_expired_or_was_recalled_was_there_and_was_taken_away(begun: Kind, ended: Kind) -> None:
    found = drop_deliveries(history(*SENT, begun, ended))[KEY]
    assert found == DropDelivery(AT.replace(hour=3), None, AT.replace(hour=5))
    assert drop_deliveries(history(*SENT, Kind.READ, begun, ended))[KEY].fetched == AT.replace(hour=4), (
        "read before that"
    )
    assert drop_deliveries(history(*SENT, Kind.REMINDED))[KEY].fetched is None
