"""Nobody's no gets lost between nights: an agency restored from its backup, over SFTP and on both databases."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main
from pipeline.core.errors import DeliveryRefused, DeliveryTransient, FeedError, TerminalError
from pipeline.core.model import Kbo, Outcome, Publication
from pipeline.core.run import RunContext
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import housekeeping
from pipeline.tasks import nightly_delivery as tasks
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.noes import LOST
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, execute, person, small_world

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Brugge has parent 101, Gent 201 to 204."""
    databases: dict[str, Any] = {}
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        databases = {"agency": fresh(), "ledger": fresh()}
    with lay(tmp_path / "house", small_world({BRUGGE: 1, GENT: 4}), **databases) as laid:
        yield laid


def says_no(house: House, parent: int, kbo: str) -> int:
    number, at = execute(house.agency, "select max(event_id) from consent_event")[0][0] + 1, datetime.now(UTC)
    house.change(
        "insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at)"
        " values (?, ?, ?, 'withdrawal', ?, ?)",
        number, parent, kbo, at.isoformat(sep=" "), at.isoformat(sep=" "),
    )  # fmt: skip
    return int(number)


def restore(house: House, lost: int) -> None:
    """The backup of before that event is back, and the agency's load has run again: another event took its number."""
    at = datetime.now(UTC).isoformat(sep=" ")
    house.change(
        "update consent_event set parent_id = 101, kbo = ?, kind = 'grant', text_version = 'v1', fields = 'name,email',"
        " occurred_at = ?, recorded_at = ? where event_id = ?",
        BRUGGE, at, at, lost,
    )  # fmt: skip


def follow_up(house: House, run: str, at: datetime) -> None:
    """An hour of housekeeping; raises what the first recipient's task does."""
    hour = house.night(run, at)
    for kbo in housekeeping.recipients_to_follow_up(hour):
        housekeeping.follow_up_recipient(hour, kbo)


def ends_red(night: RunContext, released: tasks.StagedRelease, delivered: Publication) -> None:
    with pytest.raises(TerminalError, match=rf"1 of 2 deliveries failed: OCMW Brugge \({BRUGGE}\) got nothing"):
        tasks.close_night(night, released.staged_release, [delivered])


def in_drop(house: House, kbo: Kbo) -> list[int]:
    (drop,) = whole_drops(house.out(kbo))
    return [id_ for id_ in (101, 201, 202, 203, 204) if person(id_)["last_name"] in drop.text]


def typed(house: House, monkeypatch: pytest.MonkeyPatch, *command: str) -> int:
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    return main(command)


def test_a_restored_agency_stops_the_night_a_cleared_delivery_and_an_hour(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A withdrawal that an hour acted on and told is gone, before any night saw it: nothing goes out to anybody until a
    named person says so."""
    now = datetime.now(UTC)
    first = house.night("first", now)
    released = tasks.release_night(first, tasks.check_night(first, tasks.extract_night(first)))
    house.refuse(BRUGGE)
    with pytest.raises((DeliveryRefused, DeliveryTransient)):
        tasks.deliver_night(first, released.staged_release, BRUGGE)
    delivered = tasks.deliver_night(first, released.staged_release, GENT)
    ends_red(first, released, delivered)
    house.accept(BRUGGE)
    lost = says_no(house, 202, GENT)
    follow_up(house, "hour", now)
    assert in_drop(house, GENT) == [201, 203, 204]
    assert len(open_ledger(house.ledger).recipient(GENT).withdrawals()) == 1

    restore(house, lost)
    before = house.footprint(GENT)
    with pytest.raises(FeedError, match=LOST):
        tasks.deliver_night(first, released.staged_release, BRUGGE)
    ends_red(first, released, delivered)  # cleared with the delivery that it comes after
    with pytest.raises(FeedError, match=LOST):
        follow_up(house, "later", now)
    run = run_night(house.night("second", now + DAY))
    assert run.publications == [] and re.search(LOST, str(run.errors["before"]))
    assert house.footprint(GENT) == before and list(house.out(BRUGGE).iterdir()) == []

    assert typed(house, monkeypatch, "withdrawals", "kept", "--reason", "DPO-7") == 1
    said = capsys.readouterr().out
    assert "gone" in said and "202" in said and GENT in said and "1 of them are gone" in said
    assert person(202)["insz"] not in said
    says_no(house, 202, GENT)  # the agency records it anew
    lifting = ("withdrawals", "lift", "--parent", "202", "--yes", "--reason")
    assert typed(house, monkeypatch, *lifting, f"of {person(202)['insz']}") == 1
    assert "INSZ" in capsys.readouterr().err and execute(house.ledger, "select count(*) from lifted_no") == [(0,)]
    assert typed(house, monkeypatch, *lifting, "DPO-7") == 0
    ((who, reason),) = execute(house.ledger, "select who, reason from lifted_no")
    assert who and reason == "DPO-7"
    assert typed(house, monkeypatch, *lifting, "DPO-7") == 1, "there is nothing left to lift"
    assert typed(house, monkeypatch, "withdrawals", "kept", "--reason", "DPO-7") == 0

    assert not run_night(house.night("second again", now + DAY)).errors
    assert in_drop(house, GENT) == [201, 203, 204] and in_drop(house, BRUGGE) == [101]


def is_same_person(house: House, parent: int, other: int) -> None:
    house.change("update parent set insz = ? where parent_id = ?", person(other)["insz"], parent)


def test_a_no_that_the_gate_counts_no_more_binds_at_a_cleared_delivery_at_night_and_at_an_hour(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 202, to everyone, until its KBO is registered; of 203, whose INSZ was that of 204 by mistake. It is counted,
    the night goes on, and every account of the decision names the list."""
    assert not run_night(house.night("first")).errors
    tomorrow = datetime.now(UTC) + DAY
    second = house.night("second", tomorrow)
    released = tasks.release_night(second, tasks.check_night(second, tasks.extract_night(second)))
    house.refuse(GENT)
    with pytest.raises((DeliveryRefused, DeliveryTransient)):
        tasks.deliver_night(second, released.staged_release, GENT)
    house.accept(GENT)
    says_no(house, 202, LEUVEN)
    is_same_person(house, 203, 204)
    says_no(house, 204, GENT)
    follow_up(house, "hour", tomorrow)
    assert in_drop(house, GENT) == [201], "no night saw these noes yet"

    house.change("insert into recipient (kbo, name, kind) values (?, 'OCMW Leuven', 'OCMW')", LEUVEN)
    house.change(
        "insert into recipient_municipality (kbo, nis_code, valid_from) values (?, '24062', '2019-01-01')", LEUVEN
    )
    is_same_person(house, 203, 203)
    delivered = [tasks.deliver_night(second, released.staged_release, kbo) for kbo in (GENT, BRUGGE)]
    assert [one.outcome for one in delivered] == [Outcome.PUBLISHED] * 2
    assert in_drop(house, GENT) == [201], "the night released 202 and 203, and the gate would now"
    tasks.close_night(second, released.staged_release, delivered)
    third = run_night(house.night("third", tomorrow + DAY))
    assert not third.errors and third.summary is not None
    assert third.summary.noes.withheld_by_list == 2 and third.summary.withheld["withdrawn"] == 3
    assert in_drop(house, GENT) == [201]
    pages = [page.read_text() for page in house.path.rglob("reconciliation.html")]
    assert sum("2 ouder(s) die alleen nog door de lijst van de bezwaren" in page for page in pages) == 1
    follow_up(house, "another hour", tomorrow + DAY)
    assert in_drop(house, GENT) == [201], "an hour brings nobody back"

    assert typed(house, monkeypatch, "explain", "--parent", "202", "--reason", "DPO-7") == 0
    assert "withheld: withdrawn, by the ledger's suppression list" in capsys.readouterr().out
    ledger = open_ledger(house.ledger)
    at = ledger.decided_instants()[0][1].isoformat()
    assert typed(house, monkeypatch, "decide", "--at", at) == 0
    assert "the ledger's suppression list" in capsys.readouterr().out
    out = str(house.path / "preview")
    assert typed(house, monkeypatch, "preview", "--out", out) == 0
    assert "202,withheld," in (house.path / "preview" / "decisions.csv").read_text()
