"""A decision that is made again is the same one only while nothing that it is a function of has changed."""

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.feeds import FEEDS
from pipeline.core.loads import AgencySource, FeedLoad, KnownFeeds
from pipeline.core.model import Kbo, Reason
from pipeline.core.settings import Settings
from pipeline.gate.again import Decisions, again
from pipeline.gate.current import Clocks, CurrentDecision, Question, decide_now
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from pipeline.source.look import NOT_FOR_A_DELIVERY
from tests.support.cases import case
from tests.support.deliveries import KEY, START, TODAY
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, execute, small_world
from tests.support.worlds.tables import to_sqlite

EMPTY = SuppressionList(KEPT_NO.empty_table(), LIFTED_NO.empty_table(), (KEY,))
LATER = START + timedelta(seconds=2)
MIDNIGHT = datetime(2026, 6, 15, 22, tzinfo=UTC)
"""In Brussels."""
SECOND = timedelta(seconds=1)


@dataclass
class Memory:
    """What the ledger knows of the feeds."""

    loads: dict[str, FeedLoad] = field(default_factory=dict)

    def known_feeds(self) -> KnownFeeds:
        return KnownFeeds(dict(self.loads))

    def believe_loads(self, loads: dict[str, FeedLoad]) -> None:
        self.loads |= loads


def clocks(at: datetime) -> Clocks:
    return Clocks(lambda: at, lambda: at.timestamp())


@dataclass
class Asked:
    """A decision on one agency, and the same question again."""

    question: Question
    made: CurrentDecision

    def again(self, at: datetime = LATER, question: Question | None = None) -> CurrentDecision | None:
        return again(self.made, question or self.question, clocks(at))


def ask(uri: str, folder: Path, at: datetime = START) -> Asked:
    question = Question(GENT, AgencySource(uri, Memory()), EMPTY, Settings())
    return Asked(question, decide_now(question, clocks(at), folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = small_world({BRUGGE: 1, GENT: 3}, TODAY)
    return to_sqlite(world, tmp_path_factory.mktemp("whole") / "agency.db", produced_at=START - timedelta(hours=1))


@pytest.fixture
def asked(whole: Path, tmp_path: Path) -> Asked:
    shutil.copy(whole, tmp_path / "agency.db")
    return ask(f"sqlite:///{tmp_path / 'agency.db'}", tmp_path)


def is_the_same(found: CurrentDecision | None, asked: Asked, at: datetime = LATER) -> bool:
    return found == replace(asked.made, began=at.timestamp(), at=at)


def test_where_nothing_changed_it_is_the_same_as_of_now(asked: Asked) -> None:
    assert asked.made.allowed.rows.num_rows == 3
    assert is_the_same(asked.again(), asked)


def test_a_value_of_any_column_of_any_feed_that_changes_asks_anew(asked: Asked, whole: Path) -> None:
    """Of the recipient's own rows; those of others are not read."""
    path, seen = Path(asked.question.agency.uri.removeprefix("sqlite:///")), []
    for name in FEEDS.keys() - NOT_FOR_A_DELIVERY:
        for column in FEEDS[name].columns:
            shutil.copy(whole, path)
            execute(asked.question.agency.uri, f"update {name} set {column} = '9' || {column} || '9'")
            execute(asked.question.agency.uri, f"update {name} set {column} = '9' where {column} is null")
            seen.append(f"{name}.{column}") if asked.again() is not None else None
    assert seen == []
    shutil.copy(whole, path)
    assert is_the_same(asked.again(), asked), "and put back it is the same"


def test_a_row_more_or_less_of_any_feed_asks_anew_whoever_it_is_about(asked: Asked) -> None:
    uri = asked.question.agency.uri
    for name in FEEDS.keys() - NOT_FOR_A_DELIVERY:
        execute(uri, f"insert into {name} select * from {name} limit 1")
        assert asked.again() is None, name
        execute(uri, f"delete from {name} where rowid = (select max(rowid) from {name})")
        assert is_the_same(asked.again(), asked), name


def test_what_nobody_of_this_delivery_is_about_does_not_ask_anew(asked: Asked) -> None:
    execute(asked.question.agency.uri, "update parent set phone = '+32 9 111 11 11' where parent_id = 101")
    assert is_the_same(asked.again(), asked)


def test_a_no_of_anybody_is_watched(asked: Asked, whole: Path, tmp_path: Path) -> None:
    """The agency may lose it, or say anything else of it: then nothing goes out to anybody."""
    uri = asked.question.agency.uri
    execute(uri, "update consent_event set kind = 'withdrawal' where parent_id = 101")
    asked, had = ask(uri, tmp_path), Path(uri.removeprefix("sqlite:///")).read_bytes()
    assert is_the_same(asked.again(), asked)
    for column, kind in FEEDS["consent_event"].columns.items():
        other = f"'8' || substr({column}, 2)" if kind in ("date", "timestamptz") else f"'9' || coalesce({column}, '')"
        execute(uri, f"update consent_event set {column} = {other} where parent_id = 101")
        assert asked.again() is None or column == "valid_until", column
        Path(uri.removeprefix("sqlite:///")).write_bytes(had)


LIVES = "update residence set nis_code = '{}' where parent_id = {{}}"
OF_A_REASON = {
    Reason.QUARANTINED: "update parent set first_name = ' ' where parent_id = {}",
    Reason.DECEASED: f"update parent set deceased_on = '{TODAY}' where parent_id = {{}}",
    Reason.NO_RESIDENCE: LIVES.format("99999"),
    Reason.CONFIDENTIAL_ADDRESS: "update residence set confidential = 1 where parent_id = {}",
    Reason.NOT_SERVED: LIVES.format("71022"),
    Reason.NO_AGREEMENT: LIVES.format("31005"),
    Reason.NO_NEED: "update indicator_assessment set income = 0, education = 0, employment = 0, stimulation = 0,"
    " housing = 0, health = 0 where child_id = {}",
    Reason.NO_PROTOCOL: f"update family set local_team_id = 'T{LEUVEN}' where family_id = {{}}",
    Reason.NO_CONSENT: "update consent_event set parent_id = 301 where parent_id = {}",
    Reason.WITHDRAWN: "update consent_event set kind = 'withdrawal' where parent_id = {}",
    Reason.CONSENT_EXPIRED: "update consent_event set valid_until = '2026-06-14' where parent_id = {}",
    Reason.TEXT_NOT_ACCEPTED: "update consent_event set text_version = 'v0' where parent_id = {}",
    Reason.FIELDS: "update consent_event set fields = 'name' where parent_id = {}",
}
"""What withholds one parent for each of the reasons."""
BESIDE = {
    Reason.NO_PROTOCOL: LIVES.format("24062"),
    Reason.NO_CONSENT: "update parent set family_id = 301 where parent_id = {}",
}
"""And before it: who lives where a protocol ended; who has a parent beside that spoke to Gent."""


def test_all_thirteen_reasons_are_those_of_the_gate(tmp_path: Path) -> None:
    """Each that comes after the decision is seen; where all are there, what is given again is what the gate says."""
    world = small_world({BRUGGE: 1, GENT: 1 + len(Reason), LEUVEN: 1}, TODAY)
    path = to_sqlite(world, tmp_path / "agency.db", produced_at=START - timedelta(hours=1))
    uri, parents = f"sqlite:///{path}", dict(zip(Reason, range(302, 302 + len(Reason)), strict=True))
    execute(uri, f"update protocol set ended_on = '2026-01-01' where kbo = '{LEUVEN}'")
    for reason, statement in BESIDE.items():
        execute(uri, statement.format(parents[reason]))
    asked, had = ask(uri, tmp_path), path.read_bytes()
    for reason, parent in parents.items():
        with case(reason):
            execute(uri, OF_A_REASON[reason].format(parent))
            assert asked.again() is None
        path.write_bytes(had)
    for reason, parent in parents.items():
        execute(uri, OF_A_REASON[reason].format(parent))
    withheld = ask(uri, tmp_path)
    found = {row["parent_id"]: row["reason"] for row in withheld.made.decisions.to_pylist()}
    assert {parent: found[parent] for parent in parents.values()} == {id_: why for why, id_ in parents.items()}
    given, anew = withheld.again(), ask(uri, tmp_path, LATER)
    assert given and (given.decisions, given.allowed, given.new_noes) == (
        anew.made.decisions,
        anew.made.allowed,
        anew.made.new_noes,
    )


def test_another_question_is_asked_anew(asked: Asked) -> None:
    no = {name: None for name in KEPT_NO.names} | {"id": 1}
    listed = replace(EMPTY, noes=KEPT_NO.empty_table().from_pylist([no], schema=KEPT_NO))
    lifted = replace(EMPTY, lifts=LIFTED_NO.empty_table().from_pylist([{"id": 1}], schema=LIFTED_NO))
    same = asked.question
    others = [
        replace(same, kbo=Kbo(BRUGGE)),
        replace(same, listed=listed),
        replace(same, listed=lifted),
        replace(same, listed=replace(EMPTY, keys=())),
        replace(same, settings=Settings(child_age_limit_years=2)),
        replace(same, agency=AgencySource(f"{same.agency.uri}?", same.agency.memory)),
        replace(same, agency=AgencySource(same.agency.uri)),
    ]
    assert [asked.again(question=other) for other in others] == [None] * len(others)


def test_a_load_that_another_task_saw_meanwhile_asks_anew(asked: Asked) -> None:
    memory = asked.question.agency.memory
    assert isinstance(memory, Memory)
    memory.loads["parent"] = replace(memory.loads["parent"], produced_at=LATER)
    assert asked.again() is None


@pytest.mark.parametrize(
    ("at", "is_same"),
    [
        (START, True),
        (START - SECOND, False),
        (MIDNIGHT - SECOND, True),
        (MIDNIGHT, False),
        (START + timedelta(days=1), False),
    ],
)
def test_it_holds_on_its_own_day_and_not_before_itself(asked: Asked, at: datetime, is_same: bool) -> None:
    assert (asked.again(at) is not None) is is_same


TURNS = {
    "a row comes": ("update consent_event set recorded_at = ? where parent_id = 201", timedelta(0)),
    "what it says occurred": ("update consent_event set occurred_at = ? where parent_id = 201", timedelta(0)),
    "a load is stale": ("update feed_control set produced_at = ? where feed = 'parent'", timedelta(hours=-26)),
}


@pytest.mark.parametrize("what", TURNS)
def test_it_ends_when_an_instant_in_a_row_passes(whole: Path, tmp_path: Path, what: str) -> None:
    statement, apart = TURNS[what]
    shutil.copy(whole, tmp_path / "agency.db")
    uri, turn = f"sqlite:///{tmp_path / 'agency.db'}", START + 2 * SECOND
    execute(uri, statement, (turn + apart).isoformat(sep=" "))
    asked = ask(uri, tmp_path)
    assert asked.made.basis.until == turn
    assert is_the_same(asked.again(turn - SECOND / 1000), asked, turn - SECOND / 1000) and asked.again(turn) is None


def test_the_last_one_is_kept_and_given_again(asked: Asked, tmp_path: Path) -> None:
    decisions = Decisions()
    first = decisions.now(asked.question, clocks(START), tmp_path)
    second = decisions.now(asked.question, clocks(LATER), tmp_path)
    assert second.basis is first.basis and decisions.last is second and second.at == LATER
    execute(asked.question.agency.uri, "update consent_event set kind = 'withdrawal' where parent_id = 201")
    third = decisions.now(asked.question, clocks(LATER), tmp_path)
    assert third.allowed.rows.num_rows == 2 and decisions.last is third
