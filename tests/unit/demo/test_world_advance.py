"""A world lives on: new rows only where the agency only appends, nothing vanishes, and never half a step."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.feeds import FEEDS
from pipeline.demo.world import synthesize
from pipeline.demo.world.schema import SCHEMAS
from pipeline.demo.world.store import Store
from tests.support.worlds.world_lens import AS_OF, SEED, Lens, advanced, killed, world

SCALE, DAYS = 0.02, 45  # past a New Year's Eve


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lens, Lens]]:
    """A world, and the same one DAYS later."""
    lens = world(tmp_path_factory.mktemp("world"), SCALE)
    lens.duckdb.execute("select 1")  # looked at before it lives on
    later, _ = advanced(lens, SCALE, DAYS)
    yield lens, later


def table(lens: Lens, name: str) -> set[tuple[Any, ...]]:
    columns = ", ".join(
        f"epoch_us({column})" if kind == "timestamptz" else column for column, kind in FEEDS[name].columns.items()
    )
    return set(lens.rows(f"select {columns} from {name}"))


@pytest.mark.parametrize("feed", [name for name, feed in FEEDS.items() if feed.append_only])
def test_append_only_tables_only_get_rows_recorded_since(lives: tuple[Lens, Lens], feed: str) -> None:
    before, after = lives
    assert table(before, feed) < table(after, feed)
    place = list(FEEDS[feed].columns).index("recorded_at")
    since, until = (lens.one("select min(epoch_us(produced_at)) from feed_control") for lens in lives)
    assert {since < row[place] <= until for row in table(after, feed) - table(before, feed)} == {True}


@pytest.mark.parametrize("feed", ["recipient", "recipient_municipality", "local_team", "consent_text"])
def test_registries_stay(lives: tuple[Lens, Lens], feed: str) -> None:
    before, after = lives
    assert table(before, feed) == table(after, feed)


@pytest.mark.parametrize("feed", ["family", "parent", "child", "child_on_31_december"])
def test_nobody_vanishes(lives: tuple[Lens, Lens], feed: str) -> None:
    key = ", ".join(FEEDS[feed].key)
    before, after = (set(lens.rows(f"select {key} from {feed}")) for lens in lives)
    assert before < after


@pytest.mark.parametrize("feed", list(FEEDS))
def test_keys_stay_unique(lives: tuple[Lens, Lens], feed: str) -> None:
    key = ", ".join(FEEDS[feed].key)
    assert lives[1].one(f"select count(*) from (select {key} from {feed} group by all having count(*) > 1)") == 0


@pytest.mark.parametrize("feed", [name for name in FEEDS if name != "feed_control"])
def test_the_control_rows_are_right_again(lives: tuple[Lens, Lens], feed: str) -> None:
    _, after = lives
    counted = after.one("select row_count from feed_control where feed = $feed", feed=feed)
    assert counted == after.one(f"select count(*) from {feed}")
    assert after.one("select count(distinct produced_at) from feed_control") == 1


NEW = {
    "births": "child where birth_date between $since and $until",
    "moves": "residence where valid_from between $since and $until",
    "grants": "consent_event where kind = 'grant' and recorded_at > $since and occurred_at < $until",
    "withdrawals": "consent_event where kind = 'withdrawal' and recorded_at > $since::date + 1",
    "new agreements": "agreement where valid_from between $since and $until and ended_on is null",
    "new protocols": "protocol where valid_from between $since and $until and published_url is not null",
    "ended agreements": "agreement where ended_on between $since and $until and recorded_at > $since::date + 1",
    "first visits of newborns": """indicator_assessment join child using (child_id)
        where birth_date between $since::date - 20 and $since::date - 1 and recorded_at > $since::date + 1""",
    "the passed New Year's Eve": "child_on_31_december where year = 2026",
}


@pytest.mark.parametrize("what", NEW)
def test_something_happened(lives: tuple[Lens, Lens], what: str) -> None:
    before, after = lives
    assert after.one(f"select count(*) from {NEW[what]}", since=before.as_of, until=after.as_of) > 0


def test_movers_are_followed_by_the_team_of_where_they_live(lives: tuple[Lens, Lens]) -> None:
    before, after = lives
    now, then = (dict(lens.rows("select family_id, local_team_id from family")) for lens in (after, before))
    changed = {family for family in then if now[family] != then[family]}
    moved = {
        family
        for (family,) in after.rows(
            "select distinct family_id from parent join residence using (parent_id) where recorded_at > $since",
            since=before.as_of,
        )
    }
    assert changed
    assert changed <= moved


def test_a_protected_address_stays_protected_after_a_move(lives: tuple[Lens, Lens]) -> None:
    _, after = lives
    unprotected = after.one(
        """
        select count(*) from residence as later join residence as earlier using (parent_id)
        where later.valid_from > earlier.valid_from and earlier.confidential and not later.confidential
            and later.recorded_at > $since
        """,
        since=AS_OF,
    )
    assert unprotected == 0


def test_the_population_changes_by_little(lives: tuple[Lens, Lens]) -> None:
    for feed in ("parent", "consent_event"):
        before, after = (lens.one(f"select count(*) from {feed}") for lens in lives)
        assert 1 < after / before < 1.2


def test_the_same_day_changes_nothing(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.005)
    before, state = lens.path.read_bytes(), lens.path.stat()
    summary = synthesize(lens.uri, SEED, 0.005, AS_OF, advance=True)
    assert not summary.changed
    assert lens.path.read_bytes() == before
    assert lens.path.stat().st_ino == state.st_ino


def test_advancing_is_deterministic(tmp_path: Path) -> None:
    lives = [advanced(world(tmp_path / name, 0.005), 0.005, 9)[0] for name in ("1", "2")]
    for name in SCHEMAS:
        assert table(lives[0], name) == table(lives[1], name), name


def test_a_world_does_not_go_back(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.002)
    before = lens.path.read_bytes()
    with pytest.raises(SettingsError, match="2026-11-23"):
        synthesize(lens.uri, SEED, 0.002, date(2026, 11, 22), advance=True)
    assert lens.path.read_bytes() == before


def test_without_a_world_there_is_nothing_to_advance(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="without --advance"):
        synthesize(f"sqlite:///{tmp_path}/none.db", SEED, 0.002, AS_OF, advance=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("where", "name"), [(Store, "replace_control"), (Store, "append"), (Store, "counts")])
def test_an_advance_that_dies_leaves_the_old_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    lens = world(tmp_path, 0.005)
    before = lens.path.read_bytes()
    with killed(where, name, monkeypatch), pytest.raises(KeyboardInterrupt):
        advanced(lens, 0.005, 3)
    assert lens.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["agency.db"]
    assert advanced(lens, 0.005, 3)[1].changed
