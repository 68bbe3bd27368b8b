"""Answers kept in the ledger, on both databases: chained, never changed, and given only as they were kept."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import sqlalchemy as sa

from pipeline.answers.overview.kept import (
    LARGEST,
    KeptOverview,
    keep_overview,
    next_number,
    pack_files,
    read_kept,
    read_kept_files,
    unpack_files,
)
from pipeline.core.errors import LedgerConflict, LedgerRefused, SettingsError
from tests.support.worlds.books import START, Book

FILES = {"overzicht.html": b"<p>286</p>", "overzicht.csv": b"Bestuur;Stand\r\n"}
PACKED = pack_files(FILES)
KEPT = KeptOverview(1, date(2026, 6, 15), START, START, "anna", "vraag 84", sha256(PACKED).hexdigest())


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def test_an_answer_is_kept_once_under_its_number_and_in_the_chain(book: Book) -> None:
    engine = book.ledger.engine
    assert next_number(engine) == 1
    keep_overview(engine, KEPT, PACKED)
    assert read_kept(engine) == (KEPT,) and read_kept_files(engine, 1) == FILES
    with pytest.raises(LedgerConflict, match="answer 1 was kept by another meanwhile"):
        keep_overview(engine, KEPT, PACKED)
    book.anchor()
    assert next_number(engine) == 2 and book.problems() == []
    for statement in ("update kept_overview set reason = ''", "delete from kept_overview"):
        with pytest.raises(sa.exc.DatabaseError), engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_other_files_than_those_on_record_are_not_given(book: Book) -> None:
    keep_overview(book.ledger.engine, replace(KEPT, sha256="00" * 32), PACKED)
    with pytest.raises(LedgerRefused, match="the files of answer 1 are not those on record"):
        read_kept_files(book.ledger.engine, 1)
    with pytest.raises(SettingsError, match="no answer has number 2"):
        read_kept_files(book.ledger.engine, 2)


def test_what_is_packed_is_the_same_each_time_and_bounded() -> None:
    assert pack_files(dict(reversed(FILES.items()))) == PACKED and unpack_files(PACKED) == FILES
    with pytest.raises(SettingsError, match="more than 16,000,000 bytes"):
        pack_files({"a": bytes(LARGEST), "b": b"1"})


def test_what_another_packed_is_not_unpacked() -> None:
    packed = {name: pack_files({name: b"1"}) for name in ("../a", "/a", "a/b", "", "..")}
    assert {name: unpack_files(found) for name, found in packed.items()} == dict.fromkeys(packed)
    too_large = io.BytesIO()
    with ZipFile(too_large, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(LARGEST + 1))
    bad = PACKED.replace(b"PK\x01\x02", b"PK\x01\x03"), PACKED[:-30], b"", too_large.getvalue()
    assert [unpack_files(found) for found in bad] == [None] * 4
