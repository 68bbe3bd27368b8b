"""A ledger from before places were on record is brought along, and goes on as the same chain; on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from pipeline.core.errors import LedgerConflict
from pipeline.ledger.db import engine as ledger_engine
from pipeline.ledger.db.installations import claim
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import Event, Kind
from pipeline.ledger.owner import Installation
from tests.support.worlds.books import GENT, START, Book, contents

PLACE = DropPlace("i1", "drop_host", "SHA256:a", "ocmw-gent", "/out")


TRIGGERS = "select name, sql from sqlite_master where type = 'trigger'"


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def first_release(folder: Path) -> tuple[dict[str, set[str]], dict[str, str]]:
    """The tables of the first release, with their columns, and SQLite's triggers."""
    engine = sa.create_engine(f"sqlite:///{folder / 'first.sqlite'}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(ledger_engine.__file__).with_name("migrations")))
        command.upgrade(config, "0007")
        schema = sa.inspect(connection)
        tables = {table: {one["name"] for one in schema.get_columns(table)} for table in schema.get_table_names()}
        return tables, triggers(connection)


def triggers(connection: sa.Connection) -> dict[str, str]:
    return {name: text for name, text in connection.execute(sa.text(TRIGGERS))}


def bring_back(book: Book, schema: dict[str, set[str]], guards: dict[str, str]) -> None:
    """The ledger as it was before whatever came after that schema; SQLite's triggers name columns that go."""
    with book.ledger.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for trigger, text in triggers(connection).items():
                if trigger in guards and text != guards[trigger]:
                    connection.execute(sa.text(f"drop trigger {trigger}"))
                    connection.execute(sa.text(guards[trigger]))
        now, also = sa.inspect(connection), " cascade" if connection.dialect.name == "postgresql" else ""
        for table in sorted(set(now.get_table_names()) - {*schema, "sqlite_sequence"}):
            connection.execute(sa.text(f"drop table {table}{also}"))
        for table, columns in schema.items():
            for column in sorted({one["name"] for one in now.get_columns(table)} - columns):
                connection.execute(sa.text(f"alter table {table} drop column {column}"))
        connection.execute(sa.text("update ledger_version set version_num = '0007'"))
    book.ledger.engine.dispose()


def test_a_ledger_from_before_goes_on_as_the_same_chain(book: Book, tmp_path: Path) -> None:
    book.drop(1, 1, 2)
    book.withdraw(1, 1)
    book.tell()
    book.anchor()
    head = book.ledger.head()
    bring_back(book, *first_release(tmp_path))
    book.ledger = open_ledger(book.uri)
    assert book.ledger.head() == head and book.problems() == []
    night = date(2026, 6, 20)
    with book.ledger.delivering(GENT) as log:
        assert {drop.contents.place for drop in log.delivery_state(night).drops} == {None}
        here = replace(contents(GENT, 20), place=PLACE)
        log.record(Event(GENT, night, "run 20", Kind.INTENT, book.clock(), here))
        with pytest.raises(LedgerConflict, match="cannot follow"):
            elsewhere = replace(here, place=replace(PLACE, folder="/in"))
            log.record(Event(GENT, night, "run 20", Kind.RELEASING, book.clock(), elsewhere))
        assert log.delivery_state(night).drops[-1].contents.place == PLACE
    book.anchor()
    assert book.problems() == []


def test_a_place_that_is_changed_in_the_database_shows(book: Book) -> None:
    night = date(2026, 6, 20)
    with book.ledger.delivering(GENT) as log:
        here = replace(contents(GENT, 1), place=PLACE)
        log.record(Event(GENT, night, "run", Kind.INTENT, book.clock(), here))
    book.anchor()
    with book.ledger.engine.begin() as connection:
        off = "drop trigger publication_event_no_update"
        on = " on publication_event" if connection.dialect.name == "postgresql" else ""
        connection.execute(sa.text(off + on))
        moved = '{"account": "mine"}'
        connection.execute(sa.text("update publication_event set place = :place").bindparams(place=moved))
    assert [problem.where for problem in book.problems()] == ["publication_event"]


def test_the_first_installation_that_claims_a_ledger_has_it(book: Book) -> None:
    first, second = (Installation(name, "machine", START, "run", "first") for name in ("i1", "i2"))
    assert [claim(book.ledger.engine, one) for one in (first, second, first)] == [first] * 3
    assert book.ledger.head().n == 1
