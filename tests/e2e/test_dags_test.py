"""`airflow dags test nightly_delivery`: exit codes, the words of a failure, and a process that is killed."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.model import Kbo, Reason
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import OVER, end_run
from tests.e2e.scheduler import wait_for
from tests.support.checking import judge_plainly, judge_plainly_here
from tests.support.drops import whole_drops
from tests.support.night import House, lay
from tests.support.servers.listeners import Listeners, judge_plainly_and_measure, listeners
from tests.support.servers.mail_server import mail_server
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, MECHELEN, execute, produce, small_world

WithAirflow = Callable[[House], House]

SHARED = ["begin", "final-check"]
"""Locks in staging, of all nights."""


def test_a_stale_feed_stops_the_night_and_a_killed_one_is_run_again_and_nothing_is_doubled(
    tmp_path: Path, with_airflow: WithAirflow
) -> None:
    recipients = (BRUGGE, LEUVEN, MECHELEN, GENT)
    made = small_world(dict.fromkeys(recipients, 2))
    with mail_server(tmp_path) as mail, lay(tmp_path / "house", made) as house:
        with_airflow(house)
        house.environment |= mail.alerting(operations="oncall@agency.example.org")
        produce(house.agency, datetime.now(UTC) - timedelta(days=2))
        log = house.path / "stale.log"
        assert house.dags_test(log, first=judge_plainly_here) != 0
        said = log.read_text()
        assert "feeds" in said and "parent" in said and "ask the agency" in said and "then run this again" in said
        assert "FeedError" in said
        assert [list(house.out(kbo).iterdir()) for kbo in recipients] == [[]] * len(recipients)
        assert unchanged(house)
        assert sorted(path.name for path in rest_in_staging(house)) == ["at-work", "begin"], "a mark and a lock"
        (mark,) = house.home.staging.glob("*/at-work")
        assert mark.read_text().splitlines()[1:] == [OVER]
        ((to, subject, text),) = mail.took()
        assert to == "oncall@agency.example.org", "one mail of all that is wrong"
        assert subject == "Gegevensdeling: nacht mislukt, 13 tabellen niet op tijd geladen"
        assert "/dags/nightly_delivery/runs/manual__" in text and "wis de run vanaf extract" in text

        produce(house.agency, datetime.now(UTC))
        process = house.start_dags_test(house.path / "killed.log", first=judge_plainly_here)
        wait_for("the second drop", lambda: len(list(house.home.hosts.glob("*/out/*.GO"))) >= 2, pause=0.02)
        process.kill()
        assert process.exitcode == -signal.SIGKILL
        counted = {kbo: house.footprint(kbo) for kbo in recipients if list(house.out(kbo).glob("*.GO"))}
        assert 2 <= len(counted) < len(recipients), "it was killed half-way"

        of_the_dead = {path for path in rest_in_staging(house) if path.name not in SHARED}
        for path in house.home.staging.glob("*/at-work"):
            os.utime(path, (0, 0))  # a while later: it may have died between two of its tasks
        with listeners() as seen:
            again = house.path / "again.log"
            assert house.dags_test(again, first=judge_plainly_and_measure, **seen.environment) == 0
            assert_measured(seen.gauges(), recipients)
            assert_traced(seen, recipients)
        for kbo in recipients:
            (drop,) = whole_drops(house.out(kbo))
            assert drop.manifest["sequence"] == 1 and drop.manifest["rows"] == 2
            assert house.footprint(kbo) == counted.get(kbo, house.footprint(kbo)), "what counted stays as it was"
        assert sorted(kbo for kbo, kind in house.ledger_lines() if kind == "published") == sorted(recipients)
        ((_, subject, _),) = mail.took()
        assert subject == "Gegevensdeling: hersteld: nacht mislukt, 13 tabellen niet op tijd geladen"
        left = sorted(path.name for path in rest_in_staging(house) - of_the_dead)
        assert left == ["at-work", *SHARED, "release.json"], "only counts, papers and locks outlive a whole night"


def test_a_held_night_ends_red_since_there_is_nobody_to_ask(
    tmp_path: Path, with_airflow: WithAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_plainly(monkeypatch)  # the night before, which is run without Airflow
    with lay(tmp_path / "house", small_world({BRUGGE: 1, GENT: 2})) as house:
        with_airflow(house)
        before = house.night("before", datetime.now(UTC) - timedelta(days=1))
        tasks.release_night(before, tasks.check_night(before, tasks.extract_night(before)))
        end_run(before)
        house.change("delete from parent where parent_id = ?", 201)
        log = house.path / "held.log"
        assert house.dags_test(log, first=judge_plainly_here, GEGEVENSDELING_MIN_ROWS_FOR_SHARES="1") != 0
        said = log.read_text()
        assert "parents went from 3 to 2" in said and "has nobody to ask" in said
        assert [list(house.out(kbo).iterdir()) for kbo in (BRUGGE, GENT)] == [[], []]


def assert_measured(gauges: dict[str, float], recipients: tuple[Kbo, ...]) -> None:
    """Drops, rows, withheld by reason, seconds, ages; of a recipient by its KBO."""
    assert (gauges["night.published"], gauges["recipients"], gauges["recipients_failed"]) == (1, 4, 0)
    assert gauges["drops.published"] + gauges["drops.already_published"] == len(recipients)
    assert (gauges["population"], gauges["released"]) == (8, 8)
    assert {name for name in gauges if name.startswith("withheld.")} == {f"withheld.{reason}" for reason in Reason}
    assert {f"recipient.{kbo}.failed" for kbo in recipients} <= gauges.keys()
    assert gauges["night.seconds"] > 0 and 0 <= gauges["night.age_seconds"] < 60
    assert len([name for name in gauges if name.startswith("feed.")]) == len(FEEDS) - 1
    known = {"night", "recipients", "recipients_failed", "rows", "rows_lost_to_final_check", "population", "released",
             "withdrawals", "final_check_ms", "withheld", "drops", "recipient", "recipients_without_drop", "feed",
             "notices"}  # fmt: skip
    assert {name.split(".")[0] for name in gauges} <= known, "each is in docs/monitoring.md"


def assert_traced(seen: Listeners, recipients: tuple[Kbo, ...]) -> None:
    """The feeds in and the drops out, with columns and counts; no run's conf, no user, no value."""
    (start, sent), (end, _) = seen.events
    assert (start["eventType"], end["eventType"], sent["Authorization"]) == ("START", "COMPLETE", "Bearer s3cret")
    assert start["run"] == end["run"] == {"runId": end["run"]["runId"], "facets": {}} and end["job"]["facets"] == {}
    feeds = {one["name"].rpartition(".")[2]: one for one in end["inputs"]}
    assert feeds.keys() == FEEDS.keys() - {CONTROL.name}
    parent = feeds["parent"]
    assert parent["namespace"] == "sqlite" and parent["inputFacets"]["inputStatistics"]["rowCount"] == 8
    columns = [column["name"] for column in parent["facets"]["schema"]["fields"]]
    assert columns == list(FEEDS["parent"].columns)
    assert {one["name"] for one in end["outputs"]} == {f"levering.{kbo}" for kbo in recipients}
    text = str([event for event, _ in seen.events])
    assert not any(secret in text for secret in ("'conf'", "manual__", "dag_test", "kanari", "Kanari", "user"))


def unchanged(house: House) -> bool:
    """Whether the ledger is as if nothing had been tried."""
    tables = ("publication_event", "drop_number", "accepted_night", "night_summary")
    return [execute(house.ledger, f"select count(*) from {table}") for table in tables] == [[(0,)]] * 4


def rest_in_staging(house: House) -> set[Path]:
    return {path for path in house.home.staging.rglob("*") if path.is_file()}
