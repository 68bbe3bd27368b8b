"""The chain on real databases: it holds for what was appended, and whatever else is done to the ledger shows.

Tampering is done as the database's superuser, with triggers and foreign keys off.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.core.errors import LedgerUnavailable, SettingsError
from pipeline.core.model import GENESIS, Head
from pipeline.ledger import chain
from pipeline.ledger.db import chain as ledger_chain
from pipeline.ledger.db.chain import append, read_link
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.tables import CHAINED, REDACTED, answer, drop_number, link
from pipeline.ledger.events import Event, Kind
from tests.support.worlds.books import AALST, GENT, START, Book, contents, disclosure

PAGES = 5
"""SQLAlchemy inserts a thousand lines at a time."""

MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def book(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    return new_book(database, request, tmp_path)


def new_book(database: str, request: pytest.FixtureRequest, folder: Path) -> Book:
    if database == "sqlite":
        return Book(f"sqlite:///{folder / 'ledger.sqlite'}", folder / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), folder / "anchors")


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Book]:
    """One filled book of each kind of database, to be copied."""

    @cache
    def fill(database: str) -> Book:
        return new_book(database, request, tmp_path_factory.mktemp(database)).fill()

    return fill


@pytest.fixture
def full(database: str, filled: Callable[[str], Book], tmp_path: Path) -> Book:
    return filled(database).copy(tmp_path)


@contextmanager
def counted_statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Each statement that goes to the database meanwhile, once for all rows that go with it."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


# What is appended


def test_an_empty_chain_holds(book: Book) -> None:
    assert book.ledger.head() == Head(0, GENESIS)
    assert book.problems() == []


def test_each_event_is_one_link_and_its_lines_stand_in_it(book: Book) -> None:
    book.drop(1, 1, 2, 3)
    with ledger_snapshot(book.ledger.engine) as connection:
        links = [read_link(row) for row in connection.execute(sa.select(link).order_by(link.c.n))]
    counts = [{table: share.lines for table, share in each.shares.items()} for each in links]
    assert counts == [{"publication_event": 1, "disclosure": 3}, {"publication_event": 1}, {"publication_event": 1}]
    assert book.rows("select link, count(*) from disclosure group by link") == [(1, 3)]
    assert book.ledger.head() == Head(3, links[-1].head)
    assert book.ledger.head(2) == Head(2, links[1].head)


def test_the_chain_of_everything_holds(full: Book) -> None:
    found = full.verify()
    assert found.problems == ()
    assert (found.links, found.redacted, len(found.anchors)) == (14, 0, 3)
    assert found.lines == sum(full.rows(f"select count(*) from {table}")[0][0] for table in CHAINED)


def test_withdrawals_found_together_are_one_link(book: Book) -> None:
    book.drop(1, 1, 2)
    book.withdraw(1, 1)
    assert book.ledger.head().n == 4
    with pytest.raises(AssertionError):
        book.withdraw(1, 1)
    assert book.ledger.head().n == 4, "nothing new, no link"


def test_what_is_refused_leaves_no_link(book: Book) -> None:
    book.drop(1, 1)
    before = book.ledger.head()
    with pytest.raises(Exception, match="cannot follow"):
        book.drop(1, 2)
    assert book.ledger.head() == before
    assert book.rows("select count(*) from link") == [(3,)]


def test_a_table_outside_the_chain_is_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="not in the chain"), book.ledger.engine.begin() as connection:
        append(connection, START, {drop_number: [{"kbo": GENT}]})


@pytest.mark.parametrize("name", ["approver_ID", "link", "salt"])
def test_a_value_of_no_column_is_refused(book: Book, name: str) -> None:
    """A misspelt column that may be empty would be NULL on record for ever."""
    given = {"run_id": "r", "night": MONDAY, "at": START, "decision": "approved", "reason": "", "held": "[]"}
    with pytest.raises(ValueError, match=f"no column {name}"), book.ledger.engine.begin() as connection:
        append(connection, START, {answer: [given | {name: "anna"}]})
    assert book.ledger.head() == Head()


def test_an_instant_without_zone_is_refused(book: Book) -> None:
    row = {"run_id": "r", "night": MONDAY, "at": START, "decision": "let_go", "reason": "", "held": "[]"}
    with pytest.raises(ValueError, match="time zone"), book.ledger.engine.begin() as connection:
        append(connection, START.replace(tzinfo=None), {answer: [row]})
    assert book.ledger.head() == Head()


def test_writers_at_once_make_one_chain(book: Book) -> None:
    def write(number: int) -> None:
        kbo = (GENT, AALST)[number % 2] if number < 2 else f"{number:010}"
        with open_ledger(book.uri).delivering(kbo) as log:
            for kind in (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED):
                event = Event(kbo, MONDAY, "run", kind, START, contents(kbo, 1))
                log.record(event, [disclosure(parent, kbo) for parent in range(20)] if kind is Kind.INTENT else ())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    book.anchor()
    assert book.ledger.head().n == 24
    assert book.problems() == []


def test_five_thousand_lines_take_no_more_statements_than_one(book: Book) -> None:
    """How long they take is in bench/ledger.py."""
    sent = []
    for night, size in enumerate((1, 5000)):
        event = Event(GENT, MONDAY + timedelta(days=night), "run", Kind.INTENT, START, contents(GENT, night + 1))
        with counted_statements(book.ledger.engine) as statements, book.ledger.delivering(GENT) as log:
            log.record(event, [disclosure(parent) for parent in range(size)])
        sent.append(statements)
    assert book.rows("select count(*) from disclosure") == [(5001,)]
    assert len(sent[1]) <= len(sent[0]) + PAGES, sent[1]


# What cannot be written


def test_without_a_link_nothing_is_appended(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain fails after the lines were made: all of the transaction goes."""
    book.drop(1, 1)
    monkeypatch.setattr(ledger_chain, "_row", lambda made: {"n": made.n})
    with pytest.raises(LedgerUnavailable):
        book.drop(2, 2)
    assert len(book.ledger.recipient(GENT).events()) == 3
    assert book.rows("select count(*) from disclosure") == [(1,)]


def test_a_chain_whose_end_is_gone_appends_no_line_twice(full: Book) -> None:
    """A link number that is taken is refused by the schema, whoever lost count."""
    with pytest.raises(Exception, match=r"(?i)unique|append-only"), full.ledger.engine.begin() as connection:
        connection.execute(sa.insert(link).values(n=1, at=START, shares={}, head_sha256="0" * 64))


# Whatever is done to it shows


def other(value: object) -> str:
    """Another value of the same kind, as SQL."""
    match value:
        case bool() | int():
            return str(value + 1)
        case bytes() | memoryview():
            return f"'{bytes(value[::-1]).hex()}'"
        case None:
            return "1"
    return f"'{value}' || 'x'"


def blob(book: Book, hexed: str) -> str:
    return f"x{hexed}" if book.uri.startswith("sqlite") else f"decode({hexed}, 'hex')"


def changes(book: Book) -> list[tuple[str, str, str]]:
    """Table, column and another value for every column of every table in the chain that has a line."""
    found = []
    for name, table in sorted(CHAINED.items()):
        for row in book.rows(f"select * from {name} order by id desc limit 1"):
            for column, value in zip([column["name"] for column in columns(book, name)], row, strict=True):
                found.append((name, column, to_sql(book, table.c[column], value)))
    return found


def columns(book: Book, table: str) -> list[dict[str, str]]:
    with ledger_snapshot(book.ledger.engine) as connection:
        return list(sa.inspect(connection).get_columns(table))


def to_sql(book: Book, column: sa.Column[object], value: object) -> str:
    sqlite = book.uri.startswith("sqlite")
    match column.type:
        case sa.LargeBinary():
            return blob(book, other(value if value is not None else b"ab"))
        case sa.Boolean():
            return f"not {column.name}"
        case sa.Integer() | sa.BigInteger():
            return other(value)
        case sa.Date():
            return "'2001-01-01'"
        case sa.JSON():
            return """'{"x": "y"}'"""
        case sa.String() | sa.Text():
            return f"'{'x' if value is None else str(value)[:-1] + '~'}'"
    return "'2001-01-01 00:00:00.000000+00:00'" if sqlite else "timestamptz '2001-01-01 00:00:00+00'"


def test_a_change_of_any_column_of_any_table_shows(full: Book) -> None:
    full.ledger.record_answer(an_answer())
    full.keep_noes()
    full.redact(date(2027, 1, 1))
    full.anchor()
    today = date(2027, 1, 2)
    assert full.problems(today=today) == []
    seen = set()
    for table, column, value in changes(full):
        full.tamper(
            f"create table kept as select * from {table}",
            f"update {table} set {column} = {value} where id = (select max(id) from {table})",
        )
        assert full.problems(today=today), f"{table}.{column} was changed unseen"
        full.tamper(f"delete from {table}", f"insert into {table} select * from kept", "drop table kept")
        seen.add(table)
    assert full.problems(today=today) == []
    assert seen >= {
        "publication_event",
        "disclosure",
        "withdrawal",
        "answer",
        "notice_event",
        "notice_line",
        "redaction",
        "kept_no",
        "lifted_no",
    }


def an_answer():
    from pipeline.ledger.approvals import Answer, ApprovalDecision

    return Answer("run", MONDAY, START, ApprovalDecision.APPROVED, "anna", "Anna", "counted by hand", ())


@pytest.mark.parametrize(
    "column", ["at = '2001-01-01 00:00:00+00:00'", "head_sha256 = 'x' || substr(head_sha256, 2)", "n = 99"]
)
def test_a_change_of_a_link_shows(full: Book, column: str) -> None:
    full.tamper(f"update link set {column} where n = 5")
    assert [problem for problem in full.problems() if problem.link in (5, 6)]


def one(book: Book, where: str) -> tuple[str, int | None, date | None, str | None]:
    """The only problem of that kind."""
    (found,) = [problem for problem in book.problems() if problem.where == where]
    return found.says, found.link, found.night, found.kbo


def test_an_edit_is_named_by_table_link_night_and_recipient(full: Book) -> None:
    full.tamper("update disclosure set fields = '[\"name\"]' where id = 5")
    assert [problem.where for problem in full.problems()] == ["disclosure"]
    assert one(full, "disclosure") == ("of its 2 lines one or more were changed or exchanged", 4, MONDAY, AALST)


@pytest.mark.parametrize("column", ["reference = 'R9'", "consent_event = 7", "insz = null"])
def test_whom_a_line_is_about_cannot_be_exchanged(full: Book, column: str) -> None:
    full.tamper(f"update disclosure set {column} where id = 6")
    assert one(full, "disclosure") == ("1 lines: whom it is about was changed", 7, TUESDAY, GENT)


def test_two_persons_cannot_be_exchanged(full: Book) -> None:
    """Whatever says whom they are about, without the salts."""
    named = ("reference", "person", "insz", "consent_event")
    exchanged = ", ".join(f"{name} = (select {name} from kept where kept.id = 3 - disclosure.id)" for name in named)
    full.tamper(
        "create table kept as select * from disclosure where id in (1, 2)",
        "update disclosure set reference = id where id in (1, 2)",
        f"update disclosure set {exchanged} where id in (1, 2)",
        "drop table kept",
    )
    assert one(full, "disclosure")[0] == "2 lines: whom it is about was changed"


@pytest.mark.parametrize("id_", [1, 3, 7])
def test_a_deleted_line_shows(full: Book, id_: int) -> None:
    full.tamper(f"delete from disclosure where id = {id_}")
    says, *_ = one(full, "disclosure")
    assert says.endswith("were appended: deleted, or moved")


def test_every_line_of_a_table_deleted_shows(full: Book) -> None:
    full.tamper("delete from withdrawal")
    assert one(full, "withdrawal")[:2] == ("0 lines where 1 were appended: deleted, or moved", 10)


def test_a_link_deleted_with_its_lines_shows(full: Book) -> None:
    full.tamper(*(f"delete from {table} where link = 7" for table in CHAINED), "delete from link where n = 7")
    assert one(full, "link")[:2] == ("link 7 is gone", 7)


def test_a_link_deleted_without_its_lines_shows(full: Book) -> None:
    full.tamper("delete from link where n = 7")
    assert one(full, "link")[0] == "link 7 is gone"
    assert one(full, "disclosure") == ("2 lines stand in a link that is not there", 7, TUESDAY, GENT)


@pytest.mark.parametrize("a, b", [(1, 2), (2, 5), (3, 7)], ids=["in a link", "of two recipients", "of two nights"])
def test_two_lines_exchanged_show(full: Book, a: int, b: int) -> None:
    full.tamper(*exchange("disclosure", "id", a, b))
    assert {problem.where for problem in full.problems()} == {"disclosure"}


def exchange(table: str, column: str, a: int, b: int) -> list[str]:
    steps = [(a, -1), (b, a), (-1, b)]
    return [f"update {table} set {column} = {new} where {column} = {old}" for old, new in steps]


def test_two_links_exchanged_show(full: Book) -> None:
    full.tamper(*exchange("link", "n", 5, 8))
    found = {problem.link for problem in full.problems() if problem.where == "link"}
    assert {5, 8} <= found


def test_two_links_exchanged_with_all_their_lines_show(full: Book) -> None:
    full.tamper(*exchange("link", "n", 5, 8), *exchange("publication_event", "link", 5, 8))
    assert {5, 8} <= {problem.link for problem in full.problems() if problem.where == "link"}


def test_a_line_moved_to_another_link_shows(full: Book) -> None:
    full.tamper("update disclosure set link = 7 where id = 3")
    assert {problem.link for problem in full.problems()} == {1, 7}


COPIED = "select {} from publication_event where id = 1"


def copied(book: Book, **changed: object) -> str:
    names = [column["name"] for column in columns(book, "publication_event")]
    values = [str(changed.get(name, name)) for name in names]
    return f"insert into publication_event ({', '.join(names)}) {COPIED.format(', '.join(values))}"


def test_an_inserted_line_shows(full: Book) -> None:
    full.tamper(copied(full, id=1000))
    assert one(full, "publication_event")[:2] == ("2 lines where 1 were appended: inserted, or moved", 1)


def test_a_line_of_a_link_that_is_not_there_shows(full: Book) -> None:
    full.tamper(copied(full, id=1000, link=1000))
    assert one(full, "publication_event")[:2] == ("1 lines stand in a link that is not there", 1000)


def test_a_line_without_link_shows(full: Book) -> None:
    allow = ["alter table publication_event alter column link drop not null"]
    if full.uri.startswith("sqlite"):
        text = "replace(sql, 'link INTEGER NOT NULL', 'link INTEGER')"
        changed = f"update sqlite_master set sql = {text} where name = 'publication_event'"
        allow = ["pragma writable_schema = on", changed, "pragma writable_schema = reset"]
        reopened(full, *allow)
        allow = []
    full.tamper(*allow, copied(full, id=1000, link="null"))
    assert one(full, "publication_event")[0] == "1 lines stand in no link"


def reopened(book: Book, *statements: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(book.uri.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_number_of_a_drop_that_no_event_has_shows(full: Book) -> None:
    full.tamper("update drop_number set sequence = 9 where sequence = 2")
    found = [problem for problem in full.problems() if problem.where == "drop_number"]
    assert {problem.says for problem in found} == {"number 2 is not the one taken for it", "number 9 no event has"}


# The tail, and a chain made anew


@pytest.mark.parametrize("after", [0, 3, 6, 13])
def test_a_cut_tail_contradicts_the_anchors(full: Book, after: int) -> None:
    full.cut(after)
    (found,) = [problem for problem in full.problems() if "cut off" in problem.says]
    assert found.says.startswith(f"the chain ends at link {after}, and this shows link 14")
    assert found.link == after + 1 and found.where.endswith("-14.json")


def test_a_tail_that_grew_again_contradicts_the_anchors(full: Book) -> None:
    full.cut(6)
    full.drop(2, 3)
    for sequence in (3, 4, 5):
        full.drop(sequence, 3)
    assert [(problem.where[-8:], problem.link) for problem in full.problems()] == [("-14.json", 14)]


def test_what_came_after_the_last_anchor_can_be_cut_unseen_and_shows_by_a_manifest(full: Book, tmp_path: Path) -> None:
    """So `close` anchors as well, and each recipient holds manifests."""
    full.drop(3, 3)
    path = tmp_path / "later.datapackage.json"
    path.write_text(json.dumps({"ledger_head": vars_of(full.ledger.head())}))
    full.tamper(
        f"update publication_event set manifest_sha256 = '{sha256(path.read_bytes()).hexdigest()}' where id = -1"
    )
    full.cut(14)
    assert full.problems() == []
    says = [problem.says for problem in full.problems(path)]
    assert says[0] == "the chain ends at link 14, and this shows link 17: its tail was cut off"
    assert says[1].startswith("no event has this manifest")


def vars_of(head: Head) -> dict[str, object]:
    return {"n": head.n, "sha256": head.sha256}


def test_a_manifest_that_fits_is_no_problem(book: Book, tmp_path: Path) -> None:
    head, path = book.ledger.head(), tmp_path / "m.datapackage.json"
    path.write_text(json.dumps({"ledger_head": vars_of(head)}))
    known = contents(GENT, 1)
    digest = sha256(path.read_bytes()).hexdigest()
    with book.ledger.delivering(GENT) as log:
        mine = type(known)(1, known.stem, 1, known.data, known.manifest, digest)
        log.record(Event(GENT, MONDAY, "run", Kind.INTENT, START, mine), [disclosure(1)])
    book.anchor()
    assert book.problems(path) == []


@pytest.mark.parametrize("text", ["", "{}", '{"ledger_head": "ff"}', "[]"])
def test_what_is_no_manifest_is_refused(book: Book, tmp_path: Path, text: str) -> None:
    path = tmp_path / "what.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"what\.json cannot be read as a manifest"):
        book.problems(path)


def test_a_chain_made_anew_contradicts_the_anchors(full: Book) -> None:
    """By whoever has this very code, and edits a line of the past."""
    full.tamper("update publication_event set rows = 2 where id = 1")
    made_anew(full)
    found = full.problems()
    assert {problem.says for problem in found} == {"shows another head: the chain was made anew up to here"}
    assert [problem.link for problem in found] == [6, 14]


def made_anew(book: Book) -> None:
    head = Head()
    with ledger_snapshot(book.ledger.engine) as connection:
        links = [read_link(row) for row in connection.execute(sa.select(link).order_by(link.c.n))]
        made = []
        for each in links:
            lines = {name: hashed(connection, name, each.n) for name in each.shares}
            new = chain.link(head, each.at, lines)
            head = Head(new.n, new.head)
            made.append(new)
    shares = [json.dumps({name: [share.lines, share.sha256] for name, share in each.shares.items()}) for each in made]
    book.tamper(
        *(
            f"update link set head_sha256 = '{each.head}', shares = '{text}' where n = {each.n}"
            for each, text in zip(made, shares, strict=True)
        )
    )


def hashed(connection: sa.Connection, name: str, n: int) -> list[dict[str, object]]:
    table = CHAINED[name]
    left_out = {"link", "salt", *table.info[REDACTED]}
    rows = connection.execute(sa.select(table).filter_by(link=n).order_by(table.c.id)).mappings()
    return [{key: row[key] for key in row if key not in left_out} for row in rows]


def test_an_anchor_that_a_run_was_killed_over_is_remarked_once_a_later_one_stands(book: Book) -> None:
    book.anchor()
    book.drop(1, 1)
    name = book.anchor()
    (book.anchors / name).chmod(0o600)
    (book.anchors / name).write_bytes(b"")
    assert [problem.where for problem in book.problems()] == [name], "the newest may hide a cut tail"
    book.anchor()
    book.drop(2, 1)
    book.anchor()
    assert book.problems() == []
    assert [remark.split(":")[0] for remark in book.verify().remarks] == [name]


def test_an_anchor_that_was_whole_when_the_next_was_put_is_a_problem(book: Book) -> None:
    names = [book.anchor()]
    for night in (1, 2):
        book.drop(night, 1)
        names.append(book.anchor())
    (book.anchors / names[1]).chmod(0o600)
    (book.anchors / names[1]).write_bytes(b"")
    assert names[1] in {problem.where for problem in book.problems()}
