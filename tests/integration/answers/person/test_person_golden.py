"""The whole answer to one parent who moved and then withdrew, word for word: tests/golden/inzage.txt.

After a change that is meant: run this file with GOLDEN=write, and read the difference.
"""

import os
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from pipeline.answers.lookup import NO_REASON, Lookup, LookupKind
from pipeline.answers.person.ledger import append_lookup
from pipeline.core.documents.html_pdf import document_html, document_pdf
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import person_hashes
from tests.e2e.search import canaries, search
from tests.support.answers import ASKED_AT, BRUGGE, GENT, Desk, tables, texts
from tests.support.worlds.small_world import person, small_world
from tests.support.worlds.tables import World, instant, to_sqlite, world
from tests.unit.core.test_documents import squeezed

GOLDEN = Path(__file__).parents[3] / "golden" / "inzage.txt"
HERS, HIS = 201, 202


def moved_and_withdrew() -> World:
    """Parents 201 and 202 of one family in Gent, which moved to Brugge on 4 June; 201 consented there, and withdrew."""
    made = small_world({BRUGGE: 1, GENT: 2}, date(2026, 7, 1))
    made["parent"][2]["family_id"] = HERS
    made["family"][1]["local_team_id"] = f"T{BRUGGE}"
    for parent in (HERS, HIS):
        street, at = f"Kanariestraat {parent} & hoek", {"valid_from": "2026-06-04", "recorded_at": "2026-06-04 08:00"}
        made["residence"] += rows("residence", parent_id=parent, nis_code="31005", street=street, **at)
    for event, kind, at in ((901, "grant", "2026-06-04 18:00"), (902, "withdrawal", "2026-06-06 20:15")):
        terms: dict[str, Any] = {} if kind == "grant" else {"text_version": None, "fields": None}
        said = {"event_id": event, "parent_id": HERS, "kbo": BRUGGE, "kind": kind, "occurred_at": at, "recorded_at": at}
        made["consent_event"] += rows("consent_event", **said, **terms)
    return made


def rows(feed: str, **values: Any) -> list[dict[str, Any]]:
    return world({feed: [values]})[feed]


def desk_of(tmp_path: Path) -> Desk:
    made = moved_and_withdrew()
    agency = to_sqlite(made, tmp_path / "agency.db", ASKED_AT)
    desk = Desk(tmp_path, f"sqlite:///{agency}", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    hers, his = (HERS, person(HERS)["insz"]), (HIS, person(HIS)["insz"])
    fields = ("address", "email", "name", "phone")
    for day, last in ((1, Kind.FETCHED), (2, Kind.PUBLISHED), (3, Kind.INTENT), (4, Kind.FETCHED)):
        line, _ = desk.deliver(GENT, date(2026, 6, day), [hers, his], fields, last)
    desk.withdraw(GENT, line, "elsewhere", date(2026, 6, 5))
    desk.tell(GENT, date(2026, 6, 5))
    desk.rotate("second")
    (line,) = desk.deliver(BRUGGE, date(2026, 6, 5), [hers], ("address", "name"), Kind.RELEASING, event=901)
    (line,) = desk.deliver(BRUGGE, date(2026, 6, 6), [hers], ("address", "name"), Kind.PUBLISHED, event=901)
    desk.withdraw(BRUGGE, line, "withdrawn", date(2026, 6, 7))
    desk.decide(made, datetime(2026, 7, 1, 1, 30, tzinfo=UTC))
    explained = person_hashes(desk.key, [HERS])[0]
    asked = Lookup(instant("2026-06-08 12:00"), "els", LookupKind.EXPLAIN, NO_REASON, explained, key_id=desk.key.id)
    append_lookup(desk.ledger.engine, asked)
    return desk


def test_the_whole_answer_word_for_word(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    document = desk.report(insz=person(HERS)["insz"])
    said = "\n".join(texts(document)) + "\n"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(said)
    assert said == GOLDEN.read_text()
    paper = document_pdf(document, ASKED_AT)
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    for row in (row for rows in tables(document).values() for row in rows):
        assert all(squeezed(cell) in squeezed(printed) for cell in row), "the PDF has every figure of the page"
    for content in (said.encode(), document_html(document).encode(), printed.encode()):
        assert search(content, canaries([101, HERS, HIS])) == set()
    again = desk.report(insz=person(HERS)["insz"])
    assert (document_html(again), document_pdf(again, ASKED_AT)) == (document_html(document), paper)


def test_the_other_parent_gets_an_answer_of_its_own(tmp_path: Path) -> None:
    document = desk_of(tmp_path).report(insz=person(HIS)["insz"])
    assert [row[0] for row in tables(document)["Elke levering"]] == ["01/06/2026", "02/06/2026", "04/06/2026"]
    assert not {"Intrekkingen", "Vóór deze opzoeking"} & tables(document).keys()
    assert [row[2] for row in tables(document)["Zoals nu geregistreerd"]] == ["OCMW Gent (KBO 0212.214.125)"]
