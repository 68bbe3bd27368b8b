"""The same over real hosts and databases: a change before the final check is not sent, one after it is on record."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from pipeline.core.errors import DeliveryTransient
from pipeline.core.model import Outcome
from pipeline.ledger.events import Kind
from tests.support.deliveries import CHANGES, GENT_PARENTS, START, TODAY, Agency, Once, parents_in
from tests.support.drops import whole_drops
from tests.support.servers.sftp_sites import Site
from tests.support.worlds.small_world import BRUGGE, GENT, small_world, to_postgresql

A_HANDFUL = ("agreement ended", "consent withdrawn", "moved house")
BEFORE = ("connect", "has put *.csv", "not renamed *.GO")


@pytest.fixture(params=["sqlite", "postgresql"])
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Agency:
    """Its own database and the ledger's on either."""
    if request.param == "sqlite":
        return Agency(tmp_path)
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    uri = fresh()
    to_postgresql(small_world({BRUGGE: 1, GENT: 3}, TODAY), uri, tmp_path)
    made = Agency(tmp_path, START, uri, fresh())
    made.change("update feed_control set row_count = row_count")
    return made


def sent(site: Site) -> set[int]:
    return {parent for drop in whole_drops(site.out) for parent in parents_in(drop)}


@pytest.mark.parametrize("step", BEFORE)
@pytest.mark.parametrize("what", A_HANDFUL)
def test_a_change_before_the_final_check_is_not_sent(agency: Agency, openssh_place: Site, what: str, step: str) -> None:
    change, gone = CHANGES[what]
    paused = Once(step, lambda: change(agency))
    agency.finish(agency.decide(), paused, host=openssh_place.host())
    assert paused.done
    assert sent(openssh_place) == set(GENT_PARENTS) - set(gone)
    assert agency.withdrawn == {}


@pytest.mark.parametrize("step", ["looked *.GO", "has put *.GO"])
@pytest.mark.parametrize("what", A_HANDFUL)
def test_a_change_after_it_is_on_record(agency: Agency, openssh_place: Site, what: str, step: str) -> None:
    change, gone = CHANGES[what]
    agency.deliver(agency.decide(), Once(step, lambda: change(agency)), host=openssh_place.host())
    assert sent(openssh_place) == set(GENT_PARENTS)
    assert agency.withdrawn == gone


def test_the_window_is_measured_and_under_a_second(agency: Agency, site: Site) -> None:
    agency.ticks = process_time  # as if nobody else ran on this machine
    published = agency.finish(agency.decide(), host=site.host())
    assert published.outcome is Outcome.PUBLISHED
    assert published.window_ms is not None and 0 < published.window_ms < 1000
    on_record = [event.window_ms for event in agency.ledger.recipient(GENT).events() if event.kind is Kind.PUBLISHED]
    assert on_record == [published.window_ms]


def test_looks_that_are_too_slow_leave_nothing_on_the_host(agency: Agency, site: Site) -> None:
    def ticks() -> float:
        agency.elapsed += 1.5
        return agency.elapsed

    agency.ticks = ticks
    with pytest.raises(DeliveryTransient, match="5 final checks took more than 1 s each"):
        agency.deliver(agency.decide(), host=site.host())
    assert site.names() == []
    assert agency.kinds[-1] is Kind.ABANDONED


def test_a_look_that_stops_the_rename_leaves_nothing_on_the_host(site: Site, tmp_path: Path) -> None:
    """Not even the temporary file, and not even for an error that is none of the host's."""
    source = tmp_path / "empty"
    source.touch()

    def stop() -> None:
        raise ZeroDivisionError

    with site.host().open() as folder, pytest.raises(ZeroDivisionError):
        folder.put(source, "X.GO", "run", stop)
    assert site.names() == []
    with site.host().open() as folder:
        seen: list[list[str]] = []
        folder.put(source, "X.GO", "run", lambda: seen.append(site.names()))
    assert [len(names) for names in seen] == [1] and site.names() == ["X.GO"]
    assert seen[0][0].startswith(".X.GO.") and seen[0][0].endswith(".part")
