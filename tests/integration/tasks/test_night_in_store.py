"""A night whose tasks share no disk: staging, Data Docs, overviews and anchors in object stores."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.airflow.served import StoreEditions, docs_page
from pipeline.answers.overview.store_editions import purge_overviews_in
from pipeline.cli.main import main
from pipeline.core.errors import RunAtWork, StoreRefused, StoreTransient, TerminalError
from pipeline.core.object_store import ObjectStore
from pipeline.core.run import RunContext
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import at_work, beginning
from pipeline.tasks.authorities_overview import renew_overview
from pipeline.tasks.retention import apply_retention
from tests.support.night import House, lay, run_night
from tests.support.servers.object_stores import S3Server, house_in_store, moto_server
from tests.support.servers.services import or_left_out
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

pytestmark = pytest.mark.in_order


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with or_left_out(moto_server(tmp_path_factory.mktemp("moto") / "log")) as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, server: S3Server) -> Iterator[House]:
    with lay(tmp_path_factory.mktemp("store") / "house", small_world({BRUGGE: 1, GENT: 2})) as house:
        house.environment |= house_in_store(server, server.make_bucket(), house.path / "scratch")
        house.environment |= server.variable("anchors_store")
        house.environment |= {"GEGEVENSDELING_ANCHORS": f"s3://{server.make_bucket()}/anchors"}
        yield house


def on(house: House, machine: str, run: str = "night") -> RunContext:
    """The run as a task on that machine has it."""
    night = house.night(run)
    return replace(night, settings=replace(night.settings, scratch=str(house.path / machine)))


def store_of(house: House, setting: str = "staging") -> ObjectStore:
    store = house.night().store(setting)
    assert store is not None
    return store


def test_a_night_on_four_machines(house: House) -> None:
    checked = tasks.check_night(on(house, "b"), tasks.extract_night(on(house, "a")))
    released = tasks.release_night(on(house, "c"), checked)
    assert {one.key.split("/")[1] for one in store_of(house).entries("night/")} == {
        "at-work", "checked.json", "release", "snapshot", "watermark",
    }  # fmt: skip
    done = [tasks.deliver_night(on(house, machine), released.staged_release, kbo)
            for machine, kbo in zip("ad", released.recipients, strict=True)]  # fmt: skip
    summary = tasks.close_night(on(house, "b"), released.staged_release, done)
    assert summary.failed == {} and summary.rows == 3 and summary.version and summary.anchored
    left = [one.key.split("/")[1:] for one in store_of(house).entries("night/")]
    assert sorted({tuple(each[:1]) for each in left}) == [("at-work",), ("release",)], "outcomes without values"
    assert not any(key[-1].endswith(".parquet") for key in left)
    for machine in "abcd":
        left_here = list((house.path / machine).rglob("*"))
        assert all(path.stat().st_size == 0 for path in left_here) and len(left_here) <= 1, "a lock for the final check"
    assert not list(house.home.anchors.iterdir()), "nor is there any anchor in the folder of before"


def test_the_pages_are_shown_out_of_the_store(house: House) -> None:
    settings = house.night().settings
    renew_overview(house.night("overview"))
    with pytest.MonkeyPatch.context() as patch:
        house.enter(patch)
        patch.setattr("pipeline.airflow.served.connection", house.connections)
        page = docs_page(settings, "night", "checks.html", {})
        newest = StoreEditions(settings).newest()
        assert page.status_code == 200 and b"Every dataset check passed" in page.body
        assert newest and b"answer" in newest.summary and {"headline.json"} < set(newest.files)
        pdf = next(name for name in newest.files if name.endswith(".pdf"))
        found = StoreEditions(settings).file(newest.name, pdf)
        assert isinstance(found, bytes) and found.startswith(b"%PDF")
        for overview, name in ((newest.name, "../x"), ("../night", pdf), (newest.name, "none.pdf")):
            assert StoreEditions(settings).file(overview, name) is None
    purge_overviews_in(store_of(house, "overviews"), datetime.now(UTC) + timedelta(days=1))
    assert store_of(house, "overviews").entries(), "the newest stays"


def test_the_ledger_agrees_with_anchors_in_a_store(house: House) -> None:
    with pytest.MonkeyPatch.context() as patch:
        house.enter(patch)
        assert main(["ledger", "verify"]) == 0


def test_anchors_in_several_places_stop_a_night_and_show(house: House, server: S3Server) -> None:
    """A second place, as it was before the last night: its own story is whole."""
    assert run_night(house.night("again")).errors == {}
    here, name = store_of(house, "anchors"), f"s3://{server.make_bucket()}/anchors"
    other = house.night(anchors=name)
    elsewhere = other.store("anchors")
    assert elsewhere is not None
    keys = [one.key for one in here.entries()]
    first = min(key for key in keys if key != "installation.json")
    for key in ("installation.json", first):
        elsewhere.create(key, here.get(key))
    with pytest.raises(TerminalError, match=r"was anchored, and s3://bucket-\w+/anchors does not have it"):
        tasks.extract_night(other)
    with pytest.MonkeyPatch.context() as patch:
        house.enter(patch)
        patch.setenv("GEGEVENSDELING_ANCHORS", name)
        assert main(["ledger", "verify"]) == 1


def test_two_nights_do_not_go_side_by_side(house: House) -> None:
    with at_work(on(house, "a", "first")), pytest.raises(RunAtWork, match="run first is at work in s3://"):
        tasks.extract_night(on(house, "b", "second"))
    with pytest.raises(RunAtWork), beginning(on(house, "b", "second")):
        raise AssertionError("between two tasks of the first")


def test_a_run_that_died_is_purged_when_its_time_is_over(house: House) -> None:
    later = replace(house.night("hour"), clock=lambda: datetime.now(UTC) + timedelta(days=2))
    for key in ("at-work/task-1", "snapshot/x/parent.parquet"):
        store_of(house).put(f"killed/{key}", b"rows")
    apply_retention(house.night("hour"))
    assert store_of(house).entries("killed/snapshot/"), "it may go on yet"
    apply_retention(later)
    assert store_of(house).entries("killed/snapshot/") == [] and store_of(house).entries("killed/")
    apply_retention(replace(later, clock=lambda: datetime.now(UTC) + timedelta(days=20)))
    assert store_of(house).entries() == []


def test_another_build_delivers_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    night = house.night("upgraded")
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    monkeypatch.setattr(tasks, "package_version", lambda: "9.9+other")
    with pytest.raises(TerminalError, match=r"released by version .+, and here runs 9\.9\+other: give every machine"):
        tasks.deliver_night(night, released.staged_release, released.recipients[0])


def test_a_bucket_with_versions_is_refused_before_anything_is_read(house: House, server: S3Server) -> None:
    bucket = server.make_bucket(versions=True)
    with pytest.raises(StoreRefused, match="has versions or object lock"):
        tasks.extract_night(house.night("kept", staging=f"s3://{bucket}/staging"))
    assert b"snapshot" not in server.ask("GET", f"/{bucket}?list-type=2")


def test_a_store_that_cannot_be_reached_is_said_by_every_step(house: House) -> None:
    house.environment |= S3Server(1).variable("staging_store")
    run = run_night(house.night("unreachable", store_timeout_seconds=0.2))
    assert isinstance(run.errors["before"], StoreTransient) and isinstance(run.errors["close"], StoreTransient)
    assert "does not answer" in str(run.errors["before"])
