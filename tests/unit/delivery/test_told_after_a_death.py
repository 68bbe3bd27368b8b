"""A delivery that died around the instant at which its drop began to count, whatever its recipient did meanwhile.

Whoever was in a drop that the recipient could have seen, and withdrew since, is told of: by whatever runs next.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.model import Outcome
from pipeline.core.staging import private_folder
from pipeline.delivery.deliver import recheck_newest, withdraw
from pipeline.followup.pickup import process_pickups
from pipeline.ledger.events import Kind
from tests.support.cases import case
from tests.support.deliveries import Agency, Deaths
from tests.support.publishing import Fuse
from tests.support.worlds.small_world import GENT

Act = Callable[[Path], None]
Sequel = Callable[[Agency], None]


def does_nothing(_: Path) -> None:
    """The recipient does nothing."""


def takes_all(out: Path) -> None:
    for path in sorted(out.iterdir(), key=lambda path: path.suffix == ".GO"):
        path.unlink()


def takes_the_go_file(out: Path) -> None:
    """As a client does that marks what it has by moving the GO file."""
    for path in out.glob("*.GO"):
        path.unlink()


def takes_the_data(out: Path) -> None:
    for path in out.glob("*.csv"):
        path.unlink()


def same_run_cleared(agency: Agency) -> None:
    agency.finish(agency.decided)


def run_cleared_from_the_start(agency: Agency) -> None:
    agency.finish(agency.decide())


def next_night(agency: Agency) -> None:
    agency.finish(agency.decide(), nights=1)


def housekeeping(agency: Agency) -> None:
    """As `pipeline.tasks.housekeeping` does for one recipient, on a day whose night accepted the feeds."""
    job, folder = agency.job(Fuse()), private_folder(agency.folder / "hour")
    with job.task() as task:
        process_pickups(task, job.host, job.recipient, dict)
    recheck_newest(job, folder)
    with job.task() as task:
        if task.delivery_state().on_host:
            withdraw(job, task.log, job.decide_now(folder / "look"))


ACTS = (does_nothing, takes_all, takes_the_go_file, takes_the_data)
SEQUELS = (same_run_cleared, run_cleared_from_the_start, next_night, housekeeping)


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Agency]:
    """From the GO file under its temporary name on, up to the check after it: one of all deaths that left the same."""
    folder = tmp_path_factory.mktemp("dead")
    (folder / "agency").mkdir()
    agency = Agency(folder / "agency")
    decided, deaths = agency.decide(), Deaths(agency, folder / "deaths")

    def step(what: str) -> None:
        if deaths.steps or (what.startswith("not renamed") and what.endswith(".GO")):
            deaths(what)

    agency.deliver(decided, step)
    left = {steps: one for steps, one in deaths.left.items() if one.kinds[-1] is not Kind.RECHECKED}
    assert len(left) >= 5
    for one in left.values():
        one.decided = decided
    return left


@pytest.mark.parametrize("sequel", SEQUELS)
@pytest.mark.parametrize("act", ACTS)
def test_who_was_seen_and_withdrew_is_told_of(
    dead: dict[str, Agency], tmp_path: Path, act: Act, sequel: Sequel
) -> None:
    for number, (steps, left) in enumerate(some(dead, sequel).items()):
        was_seen = is_seen(left)
        if not was_seen and act is not does_nothing:
            continue
        with case(f"killed at {steps}"):
            agency = left.copy(tmp_path / str(number))
            agency.decided = left.decided
            act(agency.folder / "out")
            agency.says("withdrawal", 202)
            sequel(agency)
            if sequel is housekeeping and not was_seen:
                continue  # the try is left for its own task
            assert agency.withdrawn == ({202: "withdrawn"} if was_seen else {})
            kinds = [drop.kind for drop in agency.ledger.recipient(GENT).delivery_state(agency.job(Fuse()).night).drops]
            assert (kinds[0] in (Kind.PUBLISHED, Kind.FETCHED, Kind.WITHDRAWN_FROM_HOST)) is (
                was_seen or sequel is not next_night
            )


def is_seen(left: Agency) -> bool:
    return bool(list((left.folder / "out").glob("*.GO")))


def some(dead: dict[str, Agency], sequel: Sequel) -> dict[str, Agency]:
    """Where the whole run decides anew, only the deaths on both sides of the rename: the others differ by nothing that
    it asks about."""
    if sequel in (same_run_cleared, housekeeping):
        return dead
    first = next(number for number, left in enumerate(dead.values()) if is_seen(left))
    return dict(list(dead.items())[first - 1 : first + 1])


def test_a_drop_whose_go_file_was_taken_is_not_rendered_anew(dead: dict[str, Agency], tmp_path: Path) -> None:
    """Its number stands for what was seen, and for nothing else."""
    steps, left = next((steps, one) for steps, one in dead.items() if is_seen(one))
    assert left.kinds[-1] is Kind.RELEASING, steps
    agency = left.copy(tmp_path / "agency")
    takes_the_go_file(agency.folder / "out")
    before = manifests(agency)
    agency.says("withdrawal", 202)
    assert agency.deliver(left.decided).outcome is Outcome.ALREADY_PUBLISHED
    assert manifests(agency) == before and len(before) == 1, "what counted is on record as it was decided then"


def manifests(agency: Agency) -> set[str]:
    events = agency.ledger.recipient(GENT).events()
    return {event.contents.manifest_sha256 for event in events if event.contents}
