"""The same over real hosts and databases: a change before the final check is not sent, one after it is on record."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from pipeline.core.errors import DeliveryTransient
from pipeline.core.model import Outcome, Release
from pipeline.ledger.events import Kind
from tests.support.cases import case
from tests.support.deliveries import OF_A_PARENT, OF_PAPERS, Agency, Once, agency_on_postgresql, parents_in
from tests.support.drops import whole_drops
from tests.support.servers.sftp_sites import Site
from tests.support.worlds.small_world import GENT

BEFORE = ("connect", "has put *.csv", "not renamed *.GO")
AFTER = ("looked *.GO", "has put *.GO")
OF_ONE = ("consent withdrawn", "moved house")
PARENTS = (201, 202, 203, 204, 205, 206, 207)
"""Gent's: to each but the first something happens at a step of its own."""

Decided = tuple[Agency, Release]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """What a run decided on it. Made once: to be copied."""
    agency = Agency(tmp_path_factory.mktemp("sqlite"), parents_of_gent=len(PARENTS))
    return agency, agency.decide()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str]) -> Decided:
    """Likewise."""
    agency = agency_on_postgresql(tmp_path_factory.mktemp("postgresql"), postgres, len(PARENTS))
    return agency, agency.decide()


@pytest.fixture(params=["sqlite", "postgresql"])
def at_the_agency(request: pytest.FixtureRequest, tmp_path: Path) -> Decided:
    """One of its own, right after the decision; its database and the ledger's on either."""
    made, decided = request.getfixturevalue(f"on_{request.param}")
    if request.param == "sqlite":
        return made.copy(tmp_path / "agency"), decided
    return made.copy_on_postgresql(tmp_path / "agency", request.getfixturevalue("postgres")), decided


def sent(site: Site) -> set[int]:
    return {parent for drop in whole_drops(site.out) for parent in parents_in(drop)}


def stops_the_delivery(agency: Agency, decided: Release, change: Callable[[Agency], None], step: str, to: Site) -> None:
    paused = Once(step, lambda: change(agency))
    with pytest.raises(DeliveryTransient, match="what may be sent changed meanwhile"):
        agency.deliver(decided, paused, host=to.host())
    assert paused.done and to.names() == []


def test_a_change_to_a_parent_before_the_final_check_is_not_sent(at_the_agency: Decided, openssh_place: Site) -> None:
    """One after another, each in a try of its own; the last try sends who is left."""
    agency, decided = at_the_agency
    cases = [(what, step) for what in OF_ONE for step in BEFORE]
    for parent, (what, step) in zip(PARENTS[1:], cases, strict=True):
        with case(f"{what}, {step}"):
            stops_the_delivery(agency, decided, OF_A_PARENT[what][0](parent), step, openssh_place)
    agency.deliver(decided, host=openssh_place.host())
    assert sent(openssh_place) == {PARENTS[0]}
    assert agency.withdrawn == {}


@pytest.mark.parametrize("step", BEFORE)
def test_an_agreement_that_ends_before_the_final_check_sends_nothing(
    at_the_agency: Decided, openssh_place: Site, step: str
) -> None:
    agency, decided = at_the_agency
    stops_the_delivery(agency, decided, OF_PAPERS["agreement ended"][0], step, openssh_place)
    assert agency.deliver(decided, host=openssh_place.host()).outcome is Outcome.NOT_COVERED
    assert (sent(openssh_place), agency.withdrawn) == (set(), {})


def test_changes_to_parents_after_it_are_on_record(at_the_agency: Decided, openssh_place: Site) -> None:
    """Each parent's own, all in one delivery."""
    agency, decided = at_the_agency
    cases = [(step, what) for step in AFTER for what in OF_ONE]
    parents = dict(zip(PARENTS[1:], cases, strict=False))

    def at(step: str) -> Once:
        changes = [OF_A_PARENT[what][0](parent) for parent, (when, what) in parents.items() if when == step]

        def act() -> None:
            for change in changes:
                change(agency)

        return Once(step, act)

    steps = [at(step) for step in AFTER]

    def each(what: str) -> None:
        for step in steps:
            step(what)

    agency.deliver(decided, each, host=openssh_place.host())
    assert sent(openssh_place) == set(PARENTS)
    assert agency.withdrawn == {parent: OF_A_PARENT[what][1] for parent, (_, what) in parents.items()}


@pytest.mark.parametrize("step", AFTER)
def test_an_agreement_that_ends_after_it_is_on_record(at_the_agency: Decided, openssh_place: Site, step: str) -> None:
    agency, decided = at_the_agency
    change, cause = OF_PAPERS["agreement ended"]
    agency.deliver(decided, Once(step, lambda: change(agency)), host=openssh_place.host())
    assert sent(openssh_place) == set(PARENTS)
    assert agency.withdrawn == dict.fromkeys(PARENTS, cause)


def test_the_window_is_measured_and_under_a_second(at_the_agency: Decided, site: Site) -> None:
    agency, decided = at_the_agency
    agency.ticks = process_time  # as if nobody else ran on this machine
    published = agency.finish(decided, host=site.host())
    assert published.outcome is Outcome.PUBLISHED
    assert published.window_ms is not None and 0 < published.window_ms < 1000
    on_record = [event.window_ms for event in agency.ledger.recipient(GENT).events() if event.kind is Kind.PUBLISHED]
    assert on_record == [published.window_ms]


def test_looks_that_are_too_slow_leave_nothing_on_the_host(at_the_agency: Decided, site: Site) -> None:
    agency, decided = at_the_agency

    def ticks() -> float:
        agency.elapsed += 1.5
        return agency.elapsed

    agency.ticks = ticks
    with pytest.raises(DeliveryTransient, match="5 final checks took more than 1 s each"):
        agency.deliver(decided, host=site.host())
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
