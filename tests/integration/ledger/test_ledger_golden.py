"""The chain over every kind of line has the same head as ever: how lines are made may change, not what is hashed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from pipeline.answers.overview.kept import KeptOverview, keep_overview
from pipeline.core.model import Head, HeldRule
from pipeline.indicators.ledger import record_edition
from pipeline.ledger.approvals import Answer, ApprovalDecision
from pipeline.ledger.db import chain as ledger_chain
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.installations import record_installation
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.db.tables import CHAINED, look_up
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import Event, Kind
from pipeline.ledger.interventions import Intervention, InterventionAct
from pipeline.ledger.notice_series import NoticeResend
from pipeline.ledger.notices import Notice, NoticeEvent, Step
from pipeline.ledger.owner import Installation
from pipeline.ledger.restoration import Restoration
from pipeline.ledger.signing_keys import KeyAct
from tests.support.signing import key_act, signing_key
from tests.support.worlds.books import AALST, GENT, START, Book, contents
from tests.support.worlds.sheets import on_record

LONG_AFTER = date(2027, 1, 1)
WITH_KEPT = "97b1bd2566afa5bc6e4230dba64f24a5ad1d86404bf0a01336f67327af03120d"
WITH_RETURNS = "db89621fb7e0665969be1ffb58a03f2dee7a2af91b5aea984a5800a21d413a2c"
WITH_SIZES = "bf4af86a1d7159e17dd78e015c0603a46f088c36abbf0210ec7e0ce020cbb087"
WITH_SIGNATURES = "e4bff997ad2ee367a1e450e2169edb9fc19eda6ee4c70bf537ce28eafa943805"
WITH_NOES = "dc3a724ac2b1f6a82516fafa8c6583efa4f1eaf7a326419723ce620808a95eb0"
WITH_PLACES = "7db4b4102fa13e0dc07b95d6b2a6753afad5d4dfcd05b7b26171fcfc1fde4b02"
WITH_REPEATS = "b233cf50575b61ac97850f14255ed0515d68919acddb2b590a164e02db09744e"
GOLDEN = "eab2a02c95f41abb340fb65f810998757ab654994827a8046e045662593d1eb3"


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return Book(fresh(), tmp_path / "anchors")


def test_the_chain_of_every_kind_of_line_has_the_same_head_as_ever(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    salts = count(1)
    monkeypatch.setattr(ledger_chain.secrets, "token_bytes", lambda size: next(salts).to_bytes(size, "big"))
    book.fill()
    night = date(2026, 6, 2)
    with book.ledger.delivering(GENT) as log:
        log.record(Event(GENT, night, "run 2", Kind.READ, book.clock(), contents(GENT, 2)))
    with book.ledger.delivering(AALST) as log:
        log.record(Event(AALST, night, "run 2", Kind.NOT_COVERED, book.clock()))
        for kind in (Kind.INTENT, Kind.RELEASING):
            log.record(Event(AALST, night, "run 2", kind, book.clock(), contents(AALST, 2)))
        log.record(Event(AALST, night, "run 2", Kind.PUBLISHED, book.clock(), contents(AALST, 2), 1234))
    held = (HeldRule("parent", "fewer", "40 % fewer", 100, 60, 0.1), HeldRule("consent", "unknown", "1", 0, 1, 0))
    book.ledger.record_answer(
        Answer("run 1", night, book.clock(), ApprovalDecision.APPROVED, "anna", "Anna", "telé", held)
    )
    book.ledger.record_answer(Answer("run 2", night, book.clock(), ApprovalDecision.UNANSWERED, None, None, "", ()))
    with book.ledger.engine.begin() as connection:
        asked = {"at": START, "who": "anna", "what": "person", "reason": "1", "person": b"p", "key_id": "key"}
        append(connection, START, {look_up: [asked]})
    record_edition(book.ledger.engine, [on_record(), on_record(2)], ())
    assert book.redact(LONG_AFTER) == (1, 1)
    assert book.ledger.head() == Head(24, GOLDEN)
    add_places(book)
    assert book.ledger.head() == Head(29, WITH_PLACES)
    repeated(book)
    assert book.ledger.head() == Head(37, WITH_REPEATS)
    book.keep_noes()
    assert book.ledger.head() == Head(39, WITH_NOES)
    signed(book)
    assert book.ledger.head() == Head(42, WITH_SIGNATURES)
    add_sizes(book)
    assert book.ledger.head() == Head(44, WITH_SIZES)
    book.give_back(1, 2)
    assert book.ledger.head() == Head(47, WITH_RETURNS)
    about = (date(2026, 6, 15), START, book.clock(), "anna", "vraag 84", sha256(b"zip").hexdigest())
    keep_overview(book.ledger.engine, KeptOverview(1, *about), b"zip")
    assert all(book.rows(f"select count(*) from {table}") != [(0,)] for table in CHAINED)
    assert book.ledger.head() == Head(48, WITH_KEPT)


def add_places(book: Book) -> None:
    """A drop and a notice with their place, an installation, and what a person recorded."""
    place, night = DropPlace("i1", "drop_host", "SHA256:a", "ocmw-aalst", "/out"), date(2026, 6, 3)
    record_installation(book.ledger.engine, Installation("i1", "machine", book.clock(), "run 1", "the first"))
    with book.ledger.delivering(AALST) as log:
        here = replace(contents(AALST, 3), place=place)
        log.record(Event(AALST, night, "run 3", Kind.INTENT, book.clock(), here))
        log.record_notice(NoticeEvent(AALST, 1, Step.INTENT, "run 3", book.clock(), "N", "N.csv", "nn", 0, place=place))
        for act, where in ((InterventionAct.SUSPEND, None), (InterventionAct.DESTROYED, place)):
            log.record_intervention(Intervention(AALST, act, book.clock(), "anna", "bon 7", where))
        assert log.delivery_state(night).drops[-1].contents.place == place
        assert [notice.place for notice in log.notices()] == [place]
    assert [(line.act, line.place) for line in book.ledger.interventions()] == [
        (InterventionAct.SUSPEND, None),
        (InterventionAct.DESTROYED, place),
    ]


def signed(book: Book) -> None:
    """A signing key is used, signs a drop, and is revoked."""
    records, key = SigningKeyRecords(book.ledger.engine), signing_key(1).fingerprint
    records.use(key_act(1, KeyAct.USE, book.clock()))
    with book.ledger.delivering(AALST) as log:
        drop = replace(contents(AALST, 4), signature_sha256="ss", signed_by=key)
        log.record(Event(AALST, date(2026, 6, 4), "run 4", Kind.INTENT, book.clock(), drop))
    records.record(key_act(1, KeyAct.REVOKE, book.clock(), START))


def add_sizes(book: Book) -> None:
    """Of a drop and of a notice: both databases give back what the chain hashed."""
    drop = contents(AALST, 5)
    drop = replace(drop, sizes=dict.fromkeys(drop.hashes, 3_000_000_000))
    notice = NoticeEvent(AALST, 2, Step.INTENT, "run 5", book.clock(), "N", "N.csv", "nn", 0, sizes={"N.csv": 0})
    with book.ledger.delivering(AALST) as log:
        log.record(Event(AALST, night := date(2026, 6, 5), "run 5", Kind.INTENT, book.clock(), drop))
        log.record_notice(notice)
        assert log.delivery_state(night).drops[-1].contents == drop
        assert [each.sizes for each in log.notices()] == [None, notice.sizes]


def repeated(book: Book) -> None:
    """A notice that is gone is asked for and said again; and a backup was put back."""
    book.withdraw(2, 2)
    book.tell(last=Step.PUBLISHED)
    with book.ledger.delivering(GENT) as log:
        first = log.notices()[-1]
        log.record_notice(replace(first, step=Step.GONE).event("run", book.clock()))
        log.record_resend(NoticeResend(GENT, first.number, first.number, book.clock(), "anna", "lost"))
        repeat = Notice(GENT, first.number + 1, Step.INTENT, "N3", "N3.csv", "nn", 1, repeats=first.number)
        log.record_notice(repeat.event("run", book.clock()))
        log.record_restoration(Restoration(GENT, book.clock(), "anna", "disk", 1003, 1003))
