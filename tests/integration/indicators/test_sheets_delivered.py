"""A sheet on its way: with the drop of the night, once a recipient, the same bytes whatever happens."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.core.model import Head, Publication, Release
from pipeline.core.staging import private_folder
from pipeline.delivery import verify
from pipeline.delivery.deliver import withdraw
from pipeline.delivery.host_audit import host_problems
from pipeline.followup.pickup import process_pickups
from pipeline.followup.replace import replace_recalled
from pipeline.indicators.edition_file import ReleasedSheet
from pipeline.indicators.ledger import read_sheets, record_edition
from tests.support.deliveries import TODAY, Agency, Step
from tests.support.drops import Whole, whole_drops
from tests.support.publishing import Fuse, Killed, LocalFolder
from tests.support.worlds.sheets import BRUGGE, GENT, on_record


@dataclass
class Seen:
    """What Gent saw of every sheet, at each step, in drops that counted: `bytes` by name, `with_` which drops."""

    folder: Path
    bytes: dict[str, set[bytes]] = field(default_factory=dict)
    with_: dict[str, list[str]] = field(default_factory=dict)

    def look(self, _step: str = "") -> None:
        for go in self.folder.glob("*.GO"):
            for path in self.folder.glob(f"{go.stem}.indicatoren-*"):
                name = path.name.split(".")[1]
                self.bytes.setdefault(name, set()).add(path.read_bytes())
                if go.stem not in self.with_.setdefault(name, []):
                    self.with_[name].append(go.stem)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Gent's first sheet is frozen, and so is another recipient's; decided on."""
    agency = Agency(tmp_path_factory.mktemp("agency"))
    record_edition(agency.ledger.engine, [on_record(kbo=BRUGGE, children=500), on_record()], ())
    return agency


@pytest.fixture(scope="module")
def decided(made: Agency) -> Release:
    """Once for all tests, and for the nights that follow: what may go is looked at anew."""
    return made.decide()


@pytest.fixture(scope="module")
def sent(made: Agency, decided: Release, tmp_path_factory: pytest.TempPathFactory) -> tuple[Agency, Publication]:
    """After the first night, and what came of it."""
    agency = made.copy(tmp_path_factory.mktemp("sent") / "copy")
    return agency, agency.deliver(decided)


@pytest.fixture(scope="module")
def looked_after(sent: tuple[Agency, Publication], tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Gent fetched what the first night brought, and housekeeping came by."""
    agency = sent[0].copy(tmp_path_factory.mktemp("fetched") / "copy")
    assert fetch(agency) == ["indicatoren-2025-1"]
    housekeeping(agency)
    return agency


@pytest.fixture
def new_agency(made: Agency, decided: Release, tmp_path: Path) -> Agency:
    """Before the first night."""
    return made.copy(tmp_path / "copy")


@pytest.fixture
def agency(sent: tuple[Agency, Publication], tmp_path: Path) -> Agency:
    """After the first night."""
    return sent[0].copy(tmp_path / "copy")


@pytest.fixture
def agency_after_fetching(looked_after: Agency, tmp_path: Path) -> Agency:
    return looked_after.copy(tmp_path / "copy")


def sheets_of(drop: Whole) -> list[str]:
    return sorted(name.split(".")[1] for name in drop.data if "indicatoren" in name)


def fetch(agency: Agency) -> list[str]:
    """Gent takes what lies there, the GO file last; the sheets it found. Then housekeeping comes by."""
    drop = agency.drop
    for name in (*drop.data, f"{drop.stem}.datapackage.json", f"{drop.stem}.GO"):
        (agency.folder / "out" / name).unlink()
    return sheets_of(drop)


def correct(agency: Agency, edition: int = 2) -> ReleasedSheet:
    """A person released another edition."""
    corrected = on_record(edition, children=1100)
    record_edition(agency.ledger.engine, [corrected], read_sheets(agency.ledger.engine))
    return corrected


def test_it_goes_with_the_drop_of_the_night(agency: Agency, sent: tuple[Agency, Publication]) -> None:
    published = sent[1]
    drop = agency.drop
    assert sheets_of(drop) == ["indicatoren-2025-1"] and published.rows == 3
    assert drop.data[f"{drop.stem}.indicatoren-2025-1.csv"] == on_record().content
    listed, _, sheet = drop.manifest["resources"]
    assert (listed["name"], sheet["name"]) == ("aanmeldingen-csv", "indicatoren-2025-1-csv")
    assert (drop.manifest["rows"], sheet["rows"]) == (3, 2)
    assert "onderdrukt" in sheet["description"] and sheet["title"] == "Indicatorenfiche 2025, editie 1"
    assert b";500;" not in drop.data[f"{drop.stem}.indicatoren-2025-1.csv"], "never another recipient's"


def test_the_recipients_verifier_finds_it_in_order(agency: Agency) -> None:
    out = agency.folder / "out"
    assert verify.verify_folder(out).ok
    (sheet,) = out.glob("*.indicatoren-2025-1.csv")
    sheet.write_bytes(sheet.read_bytes().replace(b"1000", b"1001"))
    assert [(found.code, found.about) for found in verify.verify_folder(out).wrong] == [("hash", sheet.name)]


def test_the_ledger_finds_it_on_the_host_as_it_was_put_there(agency: Agency) -> None:
    folder = LocalFolder(agency.folder / "out", Fuse())
    records = agency.ledger.recipient(GENT)
    assert list(host_problems(records, TODAY, folder)) == []
    (sheet,) = folder.path.glob("*.indicatoren-2025-1.csv")
    sheet.write_bytes(b"x")
    assert [found.says for found in host_problems(records, TODAY, folder)] == [
        f"{sheet.name} is not what was put there"
    ]


def housekeeping(agency: Agency, night: int = 0) -> None:
    """Comes by, and puts on record what became of the drop."""
    job = agency.job(Fuse(), night)
    with job.task() as task:
        process_pickups(task, job.host, job.recipient, dict)


def test_who_fetched_it_gets_it_no_more(agency_after_fetching: Agency, decided: Release) -> None:
    agency = agency_after_fetching
    assert [next_night(agency, decided, night) for night in (1, 2)] == [[], []]


def test_one_that_was_fetched_unseen_goes_once_more_and_then_no_more(agency: Agency, decided: Release) -> None:
    """Nobody came by between the pick-up and the next night: better twice the same than never."""
    fetch(agency)
    assert [next_night(agency, decided, night) for night in (1, 2)] == [["indicatoren-2025-1"], []]


def test_who_acknowledged_it_does_not_get_it_again(agency: Agency, decided: Release) -> None:
    (agency.folder / "out" / f"{agency.drop.stem}.ACK").touch()
    housekeeping(agency)
    assert next_night(agency, decided, 1) == []


def test_one_that_nobody_fetched_goes_with_the_successor_the_same(agency: Agency, decided: Release) -> None:
    first = agency.drop
    for night in (1, 2):
        assert next_night(agency, decided, night) == ["indicatoren-2025-1"]
        drop = agency.drop
        assert drop.stem != first.stem
        assert drop.data[f"{drop.stem}.indicatoren-2025-1.csv"] == on_record().content


def test_a_task_that_is_cleared_sends_nothing_twice(agency: Agency, decided: Release) -> None:
    before = agency.drop
    agency.deliver(decided)
    assert agency.drop == before


def test_a_correction_goes_with_the_next_drop_beside_no_other(agency_after_fetching: Agency, decided: Release) -> None:
    agency = agency_after_fetching
    corrected = correct(agency)
    assert next_night(agency, decided, 1) == ["indicatoren-2025-2"]
    drop = agency.drop
    assert drop.data[f"{drop.stem}.indicatoren-2025-2.csv"] == corrected.content


def test_who_fetched_nothing_gets_both_editions(agency: Agency, decided: Release) -> None:
    correct(agency)
    assert next_night(agency, decided, 1) == ["indicatoren-2025-1", "indicatoren-2025-2"]


def test_what_replaces_a_drop_that_was_recalled_has_it_too(agency: Agency, tmp_path: Path) -> None:
    agency.says("withdrawal", 202)
    job = agency.job(Fuse())
    with job.ledger.delivering(GENT) as pages:
        assert withdraw(job, pages, job.decide_now(tmp_path / "look")) == 1
    housekeeping(agency)
    assert whole_drops(agency.folder / "out") == []
    assert replace_recalled(job, Head(), private_folder(tmp_path / "replacement"))
    drop = agency.drop
    assert drop.data[f"{drop.stem}.indicatoren-2025-1.csv"] == on_record().content and agency.parents == [201, 203]


def test_a_correction_that_comes_while_a_drop_is_begun_goes_with_it(new_agency: Agency, decided: Release) -> None:
    with pytest.raises(Killed):
        new_agency.deliver(decided, Fuse(8))
    correct(new_agency)
    new_agency.finish(decided)
    assert sheets_of(new_agency.drop) == ["indicatoren-2025-1", "indicatoren-2025-2"]


def test_who_is_covered_no_more_gets_none(new_agency: Agency, decided: Release) -> None:
    new_agency.change(f"update agreement set ended_on = '2026-06-14' where kbo = '{GENT}'")
    new_agency.deliver(decided)
    assert whole_drops(new_agency.folder / "out") == []


def test_a_night_without_a_sheet_is_as_before(tmp_path: Path) -> None:
    agency = Agency(tmp_path)
    agency.deliver(agency.decide())
    listed, changes = agency.drop.manifest["resources"]
    assert (listed["name"], changes["name"]) == ("aanmeldingen-csv", "wijzigingen-csv")


EVERY = 13
"""Steps from one kill to the next: what happens at each is held in tests/unit/delivery/test_publish_crash.py."""


def test_killed_at_its_steps_it_is_one_sheet_with_the_same_bytes(
    agency: Agency, decided: Release, tmp_path: Path
) -> None:
    """Of a night whose drop follows one with the sheet that nobody fetched."""
    agency.copy(tmp_path / "whole").deliver(decided, whole := Fuse(), 1)
    assert len(whole.seen) > 40
    for at in range(1, len(whole.seen) + 1, EVERY):
        killed_at(at, agency.copy(tmp_path / f"{at}"), decided)


def killed_at(at: int, agency: Agency, decided: Release) -> None:
    seen = Seen(agency.folder / "out")
    with pytest.raises(Killed):
        agency.deliver(decided, _both(seen.look, Fuse(at)), 1)
    agency.finish(decided, seen.look, 1)
    seen.look()
    assert seen.bytes == {"indicatoren-2025-1": {on_record().content}}, at
    assert len(seen.with_["indicatoren-2025-1"]) == 2, "the one before, and its successor"
    assert sheets_of(agency.drop) == ["indicatoren-2025-1"]


def _both(*steps: Step) -> Step:
    def step(what: str) -> None:
        for each in steps:
            each(what)

    return step


def next_night(agency: Agency, decided: Release, night: int) -> list[str]:
    """What the drop of that night brought."""
    agency.deliver(decided, nights=night)
    return sheets_of(agency.drop)
