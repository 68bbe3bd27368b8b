"""What a recipient returned, followed for the agency and the named person: the nightly list, and the commands."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.delivery.references import reference, reference_key
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.persons import ledger_key_of
from pipeline.ledger.returns import ReturnKind
from tests.support.night import House, lay, run_night
from tests.support.returned_noes import file_name, returned
from tests.support.worlds.small_world import BRUGGE, GENT, execute, person, small_world

SAID = {201: ReturnKind.NO_CONTACT, 202: ReturnKind.NO_CONTACT, 203: ReturnKind.MOVED}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with lay(tmp_path / "house", small_world({BRUGGE: 1, GENT: 3})) as laid:
        for name, value in laid.environment.items():
            monkeypatch.setenv(name, value)
        assert not run_night(laid.night("night")).errors
        yield laid


def rows(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row) for row in csv.reader(file, delimiter=";")]


def test_the_agency_gets_the_list_and_a_named_person_undoes_it(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key, at = reference_key(house.connections), datetime.now(UTC)
    said = {reference(key, GENT, parent): kind for parent, kind in SAID.items()}
    engine = open_ledger(house.ledger).engine
    assert returned(engine, GENT, at, said, lambda id_: ledger_key_of(house.connections, id_), over_share=True)
    name = file_name(GENT, at)

    # The night: the list by the agency's own numbers, on record.
    night = house.night("next", at + timedelta(days=1))
    second = run_night(night)
    assert not second.errors and second.summary.noes.said_to_recipient == 2
    page = (night.docs / "teruggekomen.html").read_text("utf-8")
    assert page.index(f"aandeel: {name}") < page.index("Op "), "what must be done stands on top"
    head, *lines = rows(night.docs / "teruggekomen.csv")
    assert head == ("parent_id", "soort", "ontvanger", "teruggekomen", "opgeheven")
    assert [line[:3] for line in lines] == [
        ("201", "geen_contact", GENT), ("202", "geen_contact", GENT), ("203", "verhuisd", GENT)
    ]  # fmt: skip
    assert {line[4] for line in lines} == {"nee"}
    assert not any(person(201)[column] in page for column in ("last_name", "insz", "email"))
    asked = "select reason from look_up where what = 'returned'"
    assert execute(house.ledger, asked) == [("nightly list for the registry",)]

    # The commands.
    assert main(["returns"]) == 1
    assert "over the share: call, or undo" in " ".join(capsys.readouterr().out.split())
    lift = ["returns", "lift", "--parent", "201", "--reason", "DPO-9", "--yes", "--recipient"]
    assert main([*lift, BRUGGE]) == 1, "it returned nothing"
    assert main([*lift, GENT]) == 0
    assert main(["returns", "parents", "--out", str(tmp_path / "list"), "--reason", "DPO-9"]) == 0
    assert [line[4] for line in rows(tmp_path / "list" / "teruggekomen.csv")[1:]] == ["ja", "nee", "nee"]
    assert main(["returns", "undo", "a file.csv", "--reason", "DPO-9", "--yes"]) == 1
    assert main(["returns", "undo", name, "--reason", "DPO-9", "--yes"]) == 0
    assert main(["returns"]) == 0, "undone, it is not to be looked at any more"
    lifted = execute(house.ledger, "select kbo, reason from lifted_no")
    assert lifted == [(GENT, "DPO-9")] * 2
    third = run_night(house.night("third", at + timedelta(days=2)))
    assert third.summary.noes.said_to_recipient == 0 and third.summary.released == 4
