"""A replacement decided anew by the real gate, killed at every step: one drop in the end, and nobody added."""

from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.model import Outcome, Publication
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.delivery.deliver import recheck_newest, withdraw
from pipeline.delivery.job import Delivery
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.followup.pickup import process_pickups
from pipeline.followup.replace import replace_recalled
from pipeline.ledger.events import Kind
from tests.support.cases import case
from tests.support.deliveries import CHANGES, KEY, REFERENCES, TODAY, Agency, Deaths, Once
from tests.support.publishing import Fuse, Killed, LocalHost, SteppedLedger
from tests.support.publishing import Step as Act
from tests.support.signing import SIGNING_KEY
from tests.support.worlds.small_world import GENT


def job(agency: Agency, step: Act) -> Delivery:
    return Delivery(
        kbo=GENT,
        night=TODAY,
        run="hour",
        agency=agency.uri,
        ledger=SteppedLedger(agency.ledger, step),
        host=LocalHost(agency.folder / "out", step),
        recipient=RecipientSettings(GENT, "ocmw-gent", "/out", NO_ENCRYPTION),
        key=REFERENCES,
        persons=KEY,
        keys={KEY.id: KEY}.__getitem__,
        signing_key=lambda: SIGNING_KEY,
        suppression=agency.suppression,
        settings=Settings(staging=str(agency.folder / "staging")),
        clock=agency.clock,
        ticks=lambda: agency.elapsed,
    )


def replaced(agency: Agency, step: Act | None = None) -> Publication | None:
    folder = private_folder(agency.folder / "hour")
    return replace_recalled(job(agency, step or Fuse()), agency.ledger.head(), folder)


def pickups_processed(agency: Agency) -> None:
    """CurrentDecision at the agency, and take away what may not lie there: as housekeeping does."""
    made = job(agency, Fuse())
    with made.task() as task:
        withdraw(made, task.log, made.decide_now(private_folder(agency.folder / "look")))
        process_pickups(task, made.host, made.recipient, dict)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Parents 201 to 203 were sent; 202 withdrew, and the drop was taken away. Made once: to be copied."""
    agency = Agency(tmp_path_factory.mktemp("recalled"))
    agency.finish(agency.decide())
    agency.says("withdrawal", 202)
    pickups_processed(agency)
    assert agency.kinds[-1] is Kind.RECALLED and list((agency.folder / "out").iterdir()) == []
    return agency


@pytest.fixture
def recalled(once: Agency, tmp_path: Path) -> Agency:
    return once.copy(tmp_path / "agency")


def test_who_may_go_still_goes_and_nothing_happens_twice(recalled: Agency) -> None:
    found = replaced(recalled)
    assert found and found.outcome is Outcome.PUBLISHED
    assert recalled.parents == [201, 203] and recalled.drop.manifest["sequence"] == 2
    assert replaced(recalled) is None
    assert recalled.kinds[-2:] == [Kind.PUBLISHED, Kind.RECHECKED], "it was looked after like any other"


def test_who_consents_again_meanwhile_waits_for_a_night(recalled: Agency) -> None:
    recalled.says("grant", 202, "name,address")
    replaced(recalled)
    assert recalled.parents == [201, 203], "nobody comes in by a replacement"
    recalled.finish(recalled.decide(), nights=1)
    assert recalled.parents == [201, 202, 203]
    assert recalled.withdrawn == {202: "withdrawn"}, "the withdrawal of before stays on record, and is told"


def test_a_change_while_it_is_sent_is_seen_by_the_final_check(recalled: Agency) -> None:
    paused = Once("not renamed *.GO", lambda: recalled.says("withdrawal", 203))
    with pytest.raises(PipelineError, match="changed meanwhile"):
        replaced(recalled, paused)
    assert list((recalled.folder / "out").iterdir()) == []
    replaced(recalled)
    assert recalled.parents == [201]


def test_one_that_is_covered_no_more_gets_none_and_is_not_asked_about_again(recalled: Agency) -> None:
    CHANGES["agreement ended"][0](recalled)
    found = replaced(recalled)
    assert found and found.outcome is Outcome.NOT_COVERED
    before = recalled.kinds
    assert replaced(recalled) is None and recalled.kinds == before


def test_the_nights_own_release_is_no_bound_for_it(recalled: Agency) -> None:
    """The night's task, cleared, would send whom the run released: it finds its night over."""
    again = recalled.deliver(recalled.decide())
    assert again.outcome is Outcome.ALREADY_PUBLISHED
    assert list((recalled.folder / "out").iterdir()) == []


def test_killed_anywhere(recalled: Agency, tmp_path: Path) -> None:
    deaths = Deaths(recalled, tmp_path / "deaths")
    replaced(recalled, deaths)
    assert len(deaths.steps) > 25
    for steps, world in deaths.left.items():
        with case(f"killed at {steps}"):
            replaced(world)
            assert world.parents == [201, 203]
            assert world.drop.manifest["sequence"] == 2
            assert world.kinds.count(Kind.PUBLISHED) == 2


def test_one_that_died_before_its_check_is_checked_by_the_next_hour(recalled: Agency) -> None:
    """Also when it was fetched meanwhile, so that nothing lies there any more to look at the agency for."""
    with pytest.raises(Killed):
        replaced(recalled, Once("has recorded published", _kill))
    for path in sorted((recalled.folder / "out").iterdir(), key=lambda path: path.suffix == ".GO"):
        path.unlink()
    recalled.says("withdrawal", 203)
    made, folder = job(recalled, Fuse()), private_folder(recalled.folder / "hour")
    with made.task() as task:
        process_pickups(task, made.host, made.recipient, dict)
    assert replaced(recalled) is None and recalled.withdrawn == {202: "withdrawn"}
    assert [recheck_newest(made, folder) for _ in range(2)] == [1, 0]
    assert recalled.withdrawn == {202: "withdrawn", 203: "withdrawn"} and recalled.kinds[-1] is Kind.RECHECKED


def test_nothing_of_ours_catches_a_kill(recalled: Agency) -> None:
    with pytest.raises(Killed):
        replaced(recalled, Once("has put *.GO", _kill))
    replaced(recalled)
    assert recalled.parents == [201, 203] and recalled.kinds.count(Kind.PUBLISHED) == 2


def _kill() -> None:
    raise Killed
