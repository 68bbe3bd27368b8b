"""A data breach: everybody who was in what leaked, told or not, by the agency's ids; and nobody else."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.answers.breach import collect
from pipeline.answers.breach.collect import collect_breach, find_drop
from pipeline.answers.breach.facts import BreachFacts, BreachQuestion
from pipeline.answers.breach.report import affected_csv, breach_report
from pipeline.answers.person.ledger import read_person_withdrawals
from pipeline.cli.main import main
from pipeline.core.documents.html_pdf import document_html
from pipeline.core.errors import SettingsError
from pipeline.core.loads import AgencySource
from pipeline.core.local_time import BRUSSELS
from pipeline.core.settings import Settings
from pipeline.delivery.references import ReferenceKey
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import ledger_key_of
from pipeline.source.extract import extract
from tests.e2e.search import canaries, found_under
from tests.support.answers import AGENCY, ASKED_AT, BRUGGE, GENT, Desk, tables, texts
from tests.support.worlds.small_world import person, small_world
from tests.support.worlds.tables import to_sqlite

ANN, BEN, CAS, DIRK, EVA = 101, 102, 103, 104, 105
JUNE = tuple(date(2026, 6, day) for day in range(1, 10))


def insz(parent: int) -> str:
    return str(person(parent)["insz"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Gent had Ann and Ben (1 June), Ben and Cas (2 June, never counted), Ann and Cas (3 June, another ledger key);
    Brugge had Dirk. Ann was withdrawn and acknowledged, Eva is in the agency's tables alone; Cas is there no more."""
    made = small_world({GENT: 5})
    made["parent"] = [row for row in made["parent"] if row["parent_id"] != CAS]
    agency = to_sqlite(made, tmp_path / "agency.db", datetime.now(UTC))
    found = Desk(tmp_path, f"sqlite:///{agency}", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    found.deliver(GENT, JUNE[0], [(ANN, insz(ANN)), (BEN, insz(BEN))], fields=("name", "phone"))
    found.deliver(GENT, JUNE[1], [(BEN, insz(BEN)), (CAS, insz(CAS))], last=Kind.INTENT)
    found.rotate("second")
    ann, _ = found.deliver(GENT, JUNE[2], [(ANN, insz(ANN)), (CAS, insz(CAS))], last=Kind.FETCHED)
    found.deliver(BRUGGE, JUNE[2], [(DIRK, insz(DIRK))])
    found.withdraw(GENT, ann, "withdrawn", JUNE[3])
    found.tell(GENT, JUNE[4])
    return found


def leaked(desk: Desk, first: date = JUNE[0], last: date = JUNE[8], stem: str | None = None) -> BreachFacts:
    question = BreachQuestion(GENT, first, last, stem, ASKED_AT, datetime(2026, 6, 30, 8, tzinfo=UTC))
    known = AgencySource(desk.agency, desk.ledger).known().loads_alone
    snapshot = extract(desk.agency, datetime.now(UTC), Settings(), desk.folder / "snapshot", known)
    return collect_breach(question, desk.ledger, snapshot, partial(ledger_key_of, desk.connections))


def test_everybody_who_was_in_it_is_there_once_under_whatever_key_and_nobody_else(desk: Desk) -> None:
    found = leaked(desk)
    assert [(one.parent_id, one.first, one.last, one.drops) for one in found.parents] == [
        (ANN, JUNE[0], JUNE[2], 2), (BEN, JUNE[0], JUNE[0], 1), (None, JUNE[2], JUNE[2], 1)
    ]  # fmt: skip
    assert [(drop.night, drop.parents, drop.redacted) for drop in found.drops] == [(JUNE[0], 2, 0), (JUNE[2], 2, 0)]
    assert found.fields == ("address", "name", "phone")
    assert found.drops[0].delivery.fetched is None and found.drops[1].delivery.fetched is not None


def test_one_drop_alone_by_the_name_of_its_files(desk: Desk) -> None:
    assert find_drop(desk.ledger, "S1") in ((GENT, JUNE[0]), (BRUGGE, JUNE[2]))
    assert [one.parent_id for one in leaked(desk, JUNE[0], JUNE[0], "S1").parents] == [ANN, BEN]
    assert leaked(desk, JUNE[1], JUNE[1]).parents == (), "it never counted, and nobody can have it"
    with pytest.raises(SettingsError, match="has no drop of that name"):
        find_drop(desk.ledger, "S9")


def test_who_may_still_be_used_and_who_was_told(desk: Desk) -> None:
    found = leaked(desk)
    assert found.standing == {"usable": 2, "not_told": 0, "told": 0, "acknowledged": 1}
    rows = list(csv.DictReader(io.StringIO(affected_csv(found).decode("utf-8-sig")), delimiter=";"))
    assert [row["parent_id"] for row in rows] == [str(ANN), str(BEN), ""]
    assert rows[0]["bevestigd"] and not rows[1]["ingetrokken"] and rows[0]["gegevens"] == "naam, adres, telefoon"


def test_who_is_gone_is_there_once_whichever_key_was_rotated(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference key too: Cas has two references under one key of the ledger, and one of them under two."""
    monkeypatch.setattr("tests.support.answers.REFERENCES", ReferenceKey("other", bytes(32)))
    desk.deliver(GENT, JUNE[5], [(CAS, insz(CAS))])
    desk.rotate("third")
    desk.deliver(GENT, JUNE[6], [(CAS, insz(CAS))])
    gone = [one for one in leaked(desk).parents if one.parent_id is None]
    assert [(one.first, one.last, one.drops) for one in gone] == [(JUNE[2], JUNE[6], 3)]


def test_no_statement_has_more_values_than_a_database_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = leaked(desk)
    asked = []

    def read(*given: Any) -> list[Any]:
        asked.append(len(given[2]))
        return read_person_withdrawals(*given)

    monkeypatch.setattr(collect, "_AT_ONCE", 2)
    monkeypatch.setattr(collect, "read_person_withdrawals", read)
    assert leaked(desk) == whole and asked == [2, 1]


@pytest.mark.parametrize(
    "noticed", [datetime(2026, 10, 24, 10, tzinfo=BRUSSELS), datetime(2026, 10, 24, 8, tzinfo=UTC)]
)
def test_the_authority_is_told_within_72_hours_that_passed(desk: Desk, noticed: datetime) -> None:
    """In the night to 25 October Brussels sets its clocks back."""
    found = leaked(desk)
    asked = replace(found, question=replace(found.question, noticed_at=noticed))
    assert {"24 oktober 2026 om 10.00 uur", "27 oktober 2026 om 9.00 uur"} <= set(said(asked))


def test_a_line_past_its_retention_is_counted_and_names_nobody(desk: Desk) -> None:
    with desk.ledger.engine.begin() as connection:
        emptied = "reference = null, person = null, insz = null, consent_event = null, cells = null, salt = null"
        connection.execute(sa.text(f"update disclosure set {emptied} where kbo = :kbo and sequence = 1"), {"kbo": GENT})
    found = leaked(desk)
    assert [(drop.parents, drop.redacted) for drop in found.drops] == [(0, 2), (2, 0)]
    assert any("2 regels waarvan de bewaartermijn voorbij is" in text for text in said(found))


def said(found: BreachFacts) -> list[str]:
    return texts(breach_report(found, AGENCY, Settings(), "I-1"))


def test_the_report_says_what_article_33_asks_and_names_nobody(desk: Desk) -> None:
    document = breach_report(leaked(desk), AGENCY, Settings(), "I-1")
    page = document_html(document)
    assert "3 ouders, in 4 regels." in texts(document) and "3 juli 2026 om 10.00 uur" in texts(document)
    assert (
        len(tables(document)["Leveringen"]) == 2
        and len(tables(document)["Ouders naar wat de ontvanger mag en weet"]) == 4
    )
    red = re.findall(r'<dt>([^<]*)</dt><dd class="missing">', page)
    assert red == ["Functionaris voor gegevensbescherming", "Hoe het gebeurde", "Wat gedaan is"]
    assert not any(str(one.parent_id) in page or one.reference in page for one in leaked(desk).parents)


def test_without_the_ledgers_key_of_then_nobody_is_left_out_in_silence(desk: Desk) -> None:
    desk.keys.pop()
    with pytest.raises(SettingsError, match="ledger key first, used then"):
        leaked(desk)


def test_the_command_writes_report_and_list_for_their_owner_and_puts_the_look_up_on_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    asked = ["breach", "--out", str(tmp_path / "out"), "--reason", "I-1"]
    nights = ["--from", "2026-06-03", "--to", "2026-06-03"]
    assert main([*asked, "--recipient", BRUGGE, *nights, "--noticed", "2026-06-30"]) == 0
    assert "1 parents in 1 drops" in capsys.readouterr().out
    files = sorted((tmp_path / "out").iterdir())
    assert [path.suffix for path in files] == [".csv", ".html", ".pdf"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert found_under(tmp_path / "out", canaries([ANN, BEN, DIRK])) == {}
    with desk.ledger.engine.begin() as connection:
        assert connection.execute(sa.text("select what, reason from look_up")).fetchall() == [("breach", "I-1")]
    for wrong in (
        ["--recipient", GENT],
        ["--drop", "S1", "--from", "2026-06-01"],
        ["--recipient", GENT, "--from", "2026-06-02", "--to", "2026-06-01"],
    ):
        assert main([*asked, *wrong]) == 1
