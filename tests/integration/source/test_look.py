"""Append-only at every look, on both databases: what the last accepted night or a believed look knew of is there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import FeedError, PipelineError
from pipeline.core.feeds import FEEDS
from pipeline.core.loads import KnownFeeds
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.source import kept
from pipeline.source.agency import open_agency
from pipeline.source.check import check
from pipeline.source.extract import extract
from pipeline.source.look import FOR_A_DELIVERY, look_at_agency
from pipeline.source.watermark import GROWING, known_by
from tests.support.cases import case
from tests.support.checking import judge_plainly
from tests.support.worlds.small_world import BRUGGE, GENT, execute, produce, small_world, to_postgresql
from tests.support.worlds.tables import to_sqlite

NOW = datetime.now(UTC).replace(microsecond=0)


def columns(feed: str) -> str:
    return ", ".join(FEEDS[feed].columns)


class Known:
    """An agency, and what is known of it after a night that accepted its feeds."""

    def __init__(self, uri: str, folder: Path) -> None:
        self.uri, self.folder = uri, folder
        with pytest.MonkeyPatch.context() as patch:
            judge_plainly(patch)
            snapshot = extract(uri, NOW, Settings(), folder / "snapshot")
            self.watermark = check(snapshot, Moment.of(NOW), NOW, Settings(), None, None).watermark
        loads, sums = known_by(self.watermark)
        self.feeds = KnownFeeds(loads, sums, lambda: self.watermark)
        self.truth = {feed: execute(uri, f"select {columns(feed)} from {feed}") for feed in GROWING}

    def mend(self) -> None:
        for feed in self.truth:
            self.put_back(feed)
        produce(self.uri, NOW)

    def put_back(self, feed: str) -> None:
        execute(self.uri, f"delete from {feed}")
        for row in self.truth[feed]:
            execute(self.uri, f"insert into {feed} ({columns(feed)}) values ({', '.join('?' * len(row))})", *row)

    def look(self, known: KnownFeeds | None = None) -> str | None:
        """What a delivery's look says of it; None when it is believed."""
        try:
            with (
                engine(Settings(), self.folder / "look") as run,
                look_at_agency(self.uri, FOR_A_DELIVERY, run, known or self.feeds),
            ):
                return None
        except PipelineError as error:
            assert isinstance(error, FeedError), error
            return str(error)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder, world = tmp_path_factory.mktemp(request.param), small_world({BRUGGE: 2, GENT: 3})
    if request.param == "sqlite":
        uri = f"sqlite:///{to_sqlite(world, folder / 'agency.db', produced_at=NOW)}"
    else:
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        to_postgresql(world, uri := fresh(), folder)
        produce(uri, NOW)
    return Known(uri, folder)


@pytest.fixture
def agency(made: Known) -> Iterator[Known]:
    yield made
    made.mend()


def test_the_agencys_database_makes_the_very_sums_of_the_night(agency: Known) -> None:
    assert agency.feeds.kept and set(agency.feeds.kept.sums) == set(GROWING)
    with open_agency(agency.uri) as source:
        for feed, sums in agency.feeds.kept.sums.items():
            assert source.sums_before(feed, agency.feeds.kept.before) == sums
            assert sums[0] == len(agency.truth[feed]) > 0, "each row was recorded before the load"
    assert agency.look() is None
    produce(agency.uri, NOW + timedelta(seconds=1))
    assert agency.look() is None, "of another load too"


GONE: dict[str, tuple[str, str]] = {
    "an event": ("delete from consent_event where event_id = 101", "feed consent_event: 1 of 5 rows"),
    "a home": ("delete from residence where parent_id = 202", "feed residence: 1 of 5 rows"),
    "an assessment": ("delete from indicator_assessment where child_id = 202", "feed indicator_assessment: 1 of 5"),
    "an agreement": (f"delete from agreement where kbo = '{BRUGGE}'", "feed agreement: 1 of 2 rows"),
    "a protocol": (f"delete from protocol where kbo = '{BRUGGE}'", "feed protocol: 1 of 2 rows"),
}
"""Also of a parent whom no delivery to Gent reads."""

ALTERED: dict[str, tuple[str, str]] = {
    "a kind": ("update consent_event set kind = 'withdrawal' where event_id = 101", "feed consent_event: 1 of 5"),
    "a parent": ("update consent_event set parent_id = 102 where event_id = 101", "feed consent_event: 1 of 5"),
    "a home's protection": ("update residence set confidential = true where parent_id = 101", "feed residence: 1 of 5"),
    "an assessment's child": (
        "update indicator_assessment set child_id = 102 where assessment_id = 101",
        "feed indicator_assessment: 1 of 5",
    ),
    "an agreement's end": (f"update agreement set ended_on = '2026-01-01' where kbo = '{BRUGGE}'", "feed agreement: 1"),
    "a protocol's fields": (f"update protocol set fields = 'name' where kbo = '{BRUGGE}'", "feed protocol: 1 of 2"),
}


def test_a_row_that_is_gone_stops_every_look(agency: Known) -> None:
    """Whatever its control row says, and when rows come in its place."""
    for name, (statement, says) in GONE.items():
        with case(name):
            execute(agency.uri, statement)
            produce(agency.uri, NOW)
            found = agency.look()
            assert found and "rows where" in found and says.split(":")[0] in found and "only grow" in found
            without = replace(agency.feeds, loads=agency.feeds.loads_alone.loads)
            again = agency.look(without)
            assert again and says in again and "gone or altered" in again, "by the watermark alone"
        agency.mend()


def test_a_row_that_gave_way_to_another_is_gone(agency: Known) -> None:
    """As in a registry that is restored from its backup, and goes on: there are as many rows."""
    execute(agency.uri, "delete from consent_event where event_id = 101")
    columns = "parent_id, kbo, kind, text_version, fields, valid_until, occurred_at"
    at = (NOW + timedelta(seconds=2)).isoformat(sep=" ")
    execute(
        agency.uri,
        f"insert into consent_event (event_id, {columns}, recorded_at) "
        f"select 999, {columns}, ? from consent_event where event_id = 102",
        at,
    )
    produce(agency.uri, NOW + timedelta(seconds=2))
    found = agency.look()
    assert found and "feed consent_event: 1 of 5 rows of the last accepted night gone or altered" in found


def test_a_row_that_was_altered_is_gone(agency: Known) -> None:
    for name, (statement, says) in ALTERED.items():
        with case(name):
            execute(agency.uri, statement)
            produce(agency.uri, NOW + timedelta(seconds=3))
            found = agency.look()
            assert found and says in found and "gone or altered" in found
        agency.mend()


LEFT_TO_THE_NIGHT = {
    ("residence", name) for name in ("street", "house_number", "box_number", "postal_code")
}  # fmt: skip
"""Which decide nothing."""
OTHERWISE = {
    "varchar": "coalesce({0}, '') || 'x'",
    "bigint": "coalesce({0}, 0) + 1000",
    "boolean": "not coalesce({0}, false)",
    "date": "cast('2020-02-02' as date)",
    "timestamptz": "cast('2020-02-02 10:00:00+00:00' as timestamptz)",
}
IN_SQLITE = {"date": "'2020-02-02'", "timestamptz": "'2020-02-02 10:00:00+00:00'"}


def test_the_sums_see_another_value_in_any_column_but_the_words_of_an_address(agency: Known) -> None:
    """The keys among them: a row under another key is gone."""
    assert agency.feeds.kept
    values = OTHERWISE | (IN_SQLITE if agency.uri.startswith("sqlite") else {})
    unseen = set()
    for feed, sums in agency.feeds.kept.sums.items():
        key, some = FEEDS[feed].key[0], agency.truth[feed][-1][0]
        for name, kind in FEEDS[feed].columns.items():
            execute(agency.uri, f"update {feed} set {name} = {values[kind].format(name)} where {key} = ?", some)
            with open_agency(agency.uri) as source:
                if source.sums_before(feed, agency.feeds.kept.before) == sums:
                    unseen.add((feed, name))
            agency.put_back(feed)
    assert unseen == LEFT_TO_THE_NIGHT


def test_what_came_since_stops_no_look_nor_does_a_row_written_into_the_past(agency: Known) -> None:
    """The next night refuses the latter; to a look it is a row more, and takes nothing away."""
    columns = "parent_id, kbo, kind, text_version, fields, valid_until, occurred_at"
    for number, at in enumerate((NOW, NOW - timedelta(days=3)), 900):
        execute(
            agency.uri,
            f"insert into consent_event (event_id, {columns}, recorded_at) "
            f"select {number}, {columns}, ? from consent_event where event_id = 102",
            at.isoformat(sep=" "),
        )
        produce(agency.uri, NOW + timedelta(seconds=number))
        assert agency.look() is None


def test_where_nothing_changed_since_a_believed_look_no_row_is_read(
    agency: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_: object) -> bool:
        raise AssertionError("the sums were asked for")

    monkeypatch.setattr(kept, "_differs", unread)
    assert agency.look() is None
    produce(agency.uri, NOW + timedelta(seconds=1))
    with pytest.raises(AssertionError):
        agency.look()
