"""One delivery: what the run released is an upper bound, and what holds now decides, up to the last moment.

A real agency on SQLite, a real ledger, and the recipient's folder on the local disk.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient, FeedError
from pipeline.core.model import Outcome, Publication, Release
from pipeline.ledger.events import Kind
from tests.support.deliveries import GENT_PARENTS, START, Agency, Once
from tests.support.publishing import Fuse, Killed
from tests.support.worlds.small_world import GENT, person

MANY = (201, 202, 203, 204, 205, 206)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Made once: to be copied."""
    return Agency(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def decided(fresh: Agency) -> Release:
    """The run's decision on it: the same for whoever copies it, and only ever read."""
    return fresh.decide()


@pytest.fixture
def agency(fresh: Agency, decided: Release, tmp_path: Path) -> Agency:
    """It, right after the decision."""
    return fresh.copy(tmp_path)


@pytest.fixture(scope="module")
def fresh_with_many(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Likewise, with a parent for each case."""
    return Agency(tmp_path_factory.mktemp("many"), parents_of_gent=len(MANY))


@pytest.fixture(scope="module")
def decided_for_many(fresh_with_many: Agency) -> Release:
    return fresh_with_many.decide()


@pytest.fixture
def many(fresh_with_many: Agency, decided_for_many: Release, tmp_path: Path) -> Agency:
    return fresh_with_many.copy(tmp_path)


def test_a_delivery_holds_what_was_released_to_that_recipient(agency: Agency, decided: Release) -> None:
    published = agency.deliver(decided)
    assert published.window_ms is not None
    assert replace(published, window_ms=None) == Publication(GENT, Outcome.PUBLISHED, agency.drop.stem, 3, 0)
    assert agency.parents == list(GENT_PARENTS)
    assert agency.kinds == [Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.PUBLISHED, Kind.RECHECKED]
    manifest = agency.drop.manifest
    assert (manifest["run"], manifest["night"], manifest["sequence"]) == ("run 0", "2026-06-15", 1)
    assert (manifest["agreements"], manifest["protocols"]) == ([f"A{GENT}"], [f"P{GENT}"])
    assert START < datetime.fromisoformat(manifest["decided_at"]) < agency.now


def test_who_withdrew_since_the_run_is_not_in_it(agency: Agency, decided: Release) -> None:
    agency.says("withdrawal", 202)
    published = agency.deliver(decided)
    assert (published.rows, published.dropped) == (2, 1)
    assert agency.parents == [201, 203]


SINCE = {
    202: "update parent set deceased_on = '2026-06-14' where parent_id = 202",
    203: "update residence set nis_code = '31005' where parent_id = 203",
    204: "update residence set confidential = 1 where parent_id = 204",
    205: "update parent set first_name = ' ' where parent_id = 205",
    206: "update indicator_assessment set income = 0 where child_id = 206",
}
"""By parent: died, moved away, has a protected address, lost the name, is in no need."""


def test_whatever_changed_since_the_run_is_looked_at_again(many: Agency, decided_for_many: Release) -> None:
    for statement in SINCE.values():
        many.change(statement)
    published = many.deliver(decided_for_many)
    assert (many.parents, published.dropped) == ([parent for parent in MANY if parent not in SINCE], len(SINCE))


def test_the_address_of_now_goes_out_not_that_of_the_run(agency: Agency, decided: Release) -> None:
    agency.change("update residence set street = 'Nieuwstraat' where parent_id = 202")
    agency.deliver(decided)
    assert "Nieuwstraat" in agency.drop.text and person(202)["street"] not in agency.drop.text


def test_a_grant_that_was_narrowed_since_narrows_the_row(agency: Agency, decided: Release) -> None:
    agency.says("grant", 202, fields="name,phone")
    assert agency.deliver(decided).rows == 3
    assert person(202)["phone"] in agency.drop.text
    assert person(202)["email"] not in agency.drop.text and person(202)["street"] not in agency.drop.text


def test_the_run_is_an_upper_bound(agency: Agency) -> None:
    """Who consents after the run's release waits for the next night: the run's counts stay what they were."""
    agency.says("withdrawal", 202)
    decided = agency.decide()
    agency.says("grant", 202, fields="name,email")
    assert agency.deliver(decided).rows == 2
    assert agency.parents == [201, 203]
    assert agency.deliver(agency.decide(), nights=1).rows == 3


def test_everyone_withdrew(agency: Agency, decided: Release) -> None:
    for parent in GENT_PARENTS:
        agency.says("withdrawal", parent)
    published = agency.deliver(decided)
    assert (published.outcome, published.rows, published.dropped) == (Outcome.PUBLISHED, 0, 3)
    assert len(agency.drop.text.splitlines()) == 1, "nothing differs from failed: a header goes out"


def test_an_agreement_that_ended_sends_nothing_and_takes_back_what_lies_there(agency: Agency) -> None:
    agency.deliver(agency.decide())
    decided = agency.decide()
    agency.change(f"update agreement set ended_on = '2026-06-14' where kbo = '{GENT}'")
    published = agency.deliver(decided, nights=1)
    assert (published.outcome, published.stem, published.rows) == (Outcome.NOT_COVERED, None, 0)
    assert list((agency.folder / "out").iterdir()) == []
    assert agency.kinds[-3:] == [Kind.NOT_COVERED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST]


def test_a_protocol_that_lost_its_url_sends_nothing(agency: Agency, decided: Release) -> None:
    agency.change(f"update protocol set published_url = null where kbo = '{GENT}'")
    assert agency.deliver(decided).outcome is Outcome.NOT_COVERED
    assert agency.kinds == [Kind.NOT_COVERED]


def ahead(agency: Agency, parent: int) -> None:
    """By the agency's clock, three minutes ahead of ours."""
    now = agency.now
    agency.now += timedelta(minutes=3)
    agency.says("withdrawal", parent)
    agency.now = now


def misaddressed(agency: Agency, parent: int) -> None:
    agency.says("withdrawal", parent)
    agency.change("update consent_event set kbo = '?' where event_id = (select max(event_id) from consent_event)")


def on_another_row(agency: Agency, parent: int) -> None:
    """A row of another family, which never said anything to Gent: the same INSZ, written otherwise."""
    agency.change(
        "update parent set insz = (select substr(insz, 1, 6) || '-' || substr(insz, 7) from parent where parent_id = ?)"
        " where parent_id = 101",
        parent,
    )
    misaddressed(agency, 101)


def protected_long_ago(agency: Agency, parent: int) -> None:
    agency.change(
        "insert into residence select parent_id, '2001-01-01', ?, street, house_number, box_number, postal_code,"
        " nis_code, 1 from residence where parent_id = ?",
        agency.clock().isoformat(sep=" "),
        parent,
    )


NOES = {202: misaddressed, 203: on_another_row, 204: protected_long_ago, 205: ahead}
"""By parent. What is stamped ahead comes last: each other one moves the clock on."""


def test_the_final_check_heeds_a_no_however_it_was_written_down(many: Agency, decided_for_many: Release) -> None:
    for parent, says_no in NOES.items():
        says_no(many, parent)
    published = many.deliver(decided_for_many)
    assert (published.rows, published.dropped, many.parents) == (2, 4, [201, 206])
    assert many.decide().rows[GENT] == 2, "and so does the night"


MEANWHILE: dict[str, Callable[[Agency], None]] = {
    "withdrawn": lambda agency: agency.says("withdrawal", 202),
    "narrowed": lambda agency: agency.says("grant", 202, fields="name,phone"),
    "moved": lambda agency: agency.change("update residence set street = 'Elders' where parent_id = 202"),
    "papers": lambda agency: agency.change(f"update protocol set retention_days = 30 where kbo = '{GENT}'"),
    "ended": lambda agency: agency.change(f"update agreement set ended_on = '2026-06-14' where kbo = '{GENT}'"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_change_while_the_files_are_sent_stops_the_delivery(agency: Agency, decided: Release, what: str) -> None:
    """The final check comes when all is on the host and nothing counts yet; then nothing of it stays."""
    meanwhile = Once("put ", lambda: MEANWHILE[what](agency))
    with pytest.raises(DeliveryTransient, match="changed meanwhile; the next try renders anew") as caught:
        agency.deliver(decided, meanwhile)
    assert meanwhile.done
    assert not any(value in str(caught.value) for value in person(202).values())
    assert list((agency.folder / "out").iterdir()) == []
    assert agency.kinds == [Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.INTENT, Kind.INTENT, Kind.ABANDONED]

    again = agency.deliver(decided)
    if what == "ended":
        assert again.outcome is Outcome.NOT_COVERED and list((agency.folder / "out").iterdir()) == []
        return
    assert again.outcome is Outcome.PUBLISHED
    assert agency.drop.manifest["sequence"] == 1
    assert (202 in agency.parents) is (what != "withdrawn")
    assert (person(202)["email"] in agency.drop.text) is (what in ("moved", "papers"))
    assert again.dropped == (1 if what == "withdrawn" else 0)


def test_a_feed_gone_stale_while_waiting_stops_the_delivery(agency: Agency, decided: Release) -> None:
    agency.now += timedelta(hours=27)
    with pytest.raises(FeedError, match="ask the agency"):
        agency.deliver(decided)
    assert agency.kinds == [] and agency.seen.seen == [], "the host was not even called"


def test_what_was_delivered_is_neither_looked_at_nor_sent_again(agency: Agency, decided: Release) -> None:
    first = agency.deliver(decided)
    agency.says("withdrawal", 202)
    steps = Fuse()
    again = agency.deliver(decided, steps)
    assert (again.outcome, again.stem, again.rows) == (Outcome.ALREADY_PUBLISHED, first.stem, 3)
    assert steps.seen == []
    assert agency.parents == list(GENT_PARENTS), "tomorrow's drop replaces it"


def test_last_weeks_failure_never_overtakes_a_newer_drop(agency: Agency, decided: Release) -> None:
    agency.deliver(decided, nights=1)
    late = agency.deliver(decided, nights=0)
    assert (late.outcome, late.rows) == (Outcome.SUPERSEDED, 0)
    assert agency.drop.manifest["night"] == "2026-06-16"


def test_a_delivery_that_was_killed_looks_again_when_it_goes_on(agency: Agency, decided: Release) -> None:
    killed = Fuse(at=12)
    with pytest.raises(Killed):
        agency.deliver(decided, killed)
    agency.says("withdrawal", 202)
    agency.deliver(decided)
    assert agency.parents == [201, 203]
    assert agency.kinds[-2:] == [Kind.PUBLISHED, Kind.RECHECKED]
