"""Nights as they are run, and then each parent's question: the answer has what the host was given, drop for drop."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.answers.person.collect import collect_facts
from pipeline.answers.person.facts import AccessRequest
from pipeline.answers.person.report import person_report
from pipeline.answers.texts import AgencyContact
from pipeline.core.documents.html_pdf import document_html
from pipeline.ledger.db.ledger import open_ledger
from tests.e2e.search import canaries, search
from tests.support.answers import tables, texts
from tests.support.night import House, lay, run_night
from tests.support.worlds.small_world import AALST, BRUGGE, person, small_world

PARENTS = [101, 102, 201, 202]


def test_after_three_nights_every_parent_is_told_of_every_drop(tmp_path: Path) -> None:
    with lay(tmp_path, small_world({BRUGGE: 2, AALST: 2})) as house:
        now = datetime.now(UTC)
        dropped = {parent: 0 for parent in PARENTS}
        for night in range(3):
            if night == 1:
                stamp = now.isoformat(sep=" ", timespec="seconds")
                house.change(
                    "insert into consent_event values (?, ?, ?, 'withdrawal', null, null, null, ?, ?)",
                    *(901, 102, BRUGGE, stamp, stamp),
                )
            if night == 2:
                house.change("update parent set deceased_on = '2020-01-01' where parent_id = ?", 202)
            ran = run_night(house.night(f"night-{night}", at=now + timedelta(days=night)))
            assert ran.errors == {}
            for parent in PARENTS:
                dropped[parent] += any(person(parent)["first_name"] in row for row in names_before(house))
        assert dropped == {101: 3, 102: 1, 201: 3, 202: 2}
        for parent in PARENTS:
            must_be_told(house, parent, dropped[parent])


def names_before(house: House) -> list[str]:
    """Every cell of every drop that lies before a recipient."""
    files = [path for kbo in (BRUGGE, AALST) for path in house.out(kbo).glob("AANMELDING*[0-9].csv")]
    return [
        cell for path in files for row in csv.reader(path.open(encoding="utf-8-sig"), delimiter=";") for cell in row
    ]


def must_be_told(house: House, parent: int, drops: int) -> None:
    at = datetime.now(UTC) + timedelta(days=3)
    question = AccessRequest(insz=person(parent)["insz"], parent_id=None, at=at, who="dpo", reason="INZ-1")
    folder = house.path / f"ask-{parent}"
    found = collect_facts(
        question, house.agency, open_ledger(house.ledger), house.connections, house.night().settings, folder
    )
    document = person_report(found, AgencyContact("A", ("B",)))
    assert len(tables(document)["Elke levering"]) == drops
    assert search(document_html(document).encode(), canaries(PARENTS)) == set()
    causes = [row[3] for row in tables(document).get("Intrekkingen", ())]
    assert causes == {102: ["toestemming ingetrokken"], 202: ["overleden"]}.get(parent, [])
    decided = next(text for text in texts(document) if text.startswith("Bij de beslissing van"))
    assert ("vrijgegeven aan" in decided) == (not causes)
