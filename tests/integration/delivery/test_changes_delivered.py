"""What a recipient is told of each row, from night to night: against the last drop that it is known to have."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.model import Head, Release
from pipeline.core.staging import private_folder
from pipeline.delivery import verify
from pipeline.delivery.deliver import deliver, withdraw
from pipeline.delivery.host_audit import host_problems
from pipeline.delivery.references import reference
from pipeline.followup.pickup import process_pickups
from pipeline.followup.replace import replace_recalled
from pipeline.ledger.chain import commitment
from pipeline.ledger.events import Kind
from tests.support.deliveries import GENT, REFERENCES, TODAY, Agency
from tests.support.drops import Whole
from tests.support.publishing import Fuse, LocalFolder

NEW, CHANGED, SAME, GONE = "nieuw", "gewijzigd", "ongewijzigd", "verdwenen"
FIRST = {201: NEW, 202: NEW, 203: NEW}


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Agency, Release]:
    """After the first night, which nobody fetched."""
    agency = Agency(tmp_path_factory.mktemp("agency"))
    found = agency.decide()
    agency.deliver(found)
    return agency, found


@pytest.fixture
def agency(decided: tuple[Agency, Release], tmp_path: Path) -> Agency:
    return decided[0].copy(tmp_path / "copy")


@pytest.fixture
def release(decided: tuple[Agency, Release]) -> Release:
    return decided[1]


def told(drop: Whole) -> dict[int, str]:
    """By parent, as the change file of a drop says."""
    content = drop.data[f"{drop.stem}.wijzigingen.csv"].decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    parents = {reference(REFERENCES, GENT, parent): parent for parent in (201, 202, 203)}
    return {parents[each]: stand for each, stand in sorted(rows, key=lambda row: parents[row[0]])}


def fetch(agency: Agency, night: int = 0) -> None:
    """Gent takes what lies there, and housekeeping sees that."""
    for path in (agency.folder / "out").iterdir():
        path.unlink()
    look(agency, night)


def look(agency: Agency, night: int = 0) -> None:
    job = agency.job(Fuse(), night)
    with job.task() as task:
        process_pickups(task, job.host, job.recipient, dict)


def next_night(agency: Agency, release: Release, night: int) -> dict[int, str]:
    agency.deliver(release, nights=night)
    return told(agency.drop)


def calls(agency: Agency, parent: int, phone: str) -> None:
    """The parent has another telephone number."""
    agency.change(f"update parent set phone = '{phone}' where parent_id = {parent}")


def test_the_first_drop_ever_and_its_cleared_task(agency: Agency, release: Release) -> None:
    before = agency.drop
    assert told(before) == FIRST and verify.verify_folder(agency.folder / "out").ok
    agency.deliver(release)
    assert agency.drop == before
    listed, changes = before.manifest["resources"]
    assert (listed["name"], changes["name"], changes["rows"]) == ("aanmeldingen-csv", "wijzigingen-csv", 3)
    assert changes["title"] == "Wijzigingen: de eerste levering"


def test_against_the_last_drop_that_was_fetched_and_no_other(agency: Agency, release: Release) -> None:
    """The second night's list lies there unfetched: what changed in it is told again the night after."""
    first = agency.drop.stem
    fetch(agency)
    calls(agency, 202, "090000001")
    agency.says("withdrawal", 203)
    assert next_night(agency, release, 1) == {201: SAME, 202: CHANGED, 203: GONE}
    assert verify.verify_folder(agency.folder / "out").ok
    calls(agency, 201, "090000002")
    assert next_night(agency, release, 2) == {201: CHANGED, 202: CHANGED, 203: GONE}
    assert agency.drop.manifest["resources"][1]["title"] == f"Wijzigingen: sinds {first}"
    fetch(agency, 2)
    assert next_night(agency, release, 3) == {201: SAME, 202: SAME}


def test_what_nobody_fetched_is_new_again_and_what_was_acknowledged_is_not(agency: Agency, release: Release) -> None:
    assert next_night(agency, release, 1) == FIRST
    (agency.folder / "out" / f"{agency.drop.stem}.ACK").touch()
    look(agency, 1)
    assert next_night(agency, release, 2) == dict.fromkeys(FIRST, SAME)


def test_who_leaves_the_change_file_has_fetched_the_drop(agency: Agency, release: Release) -> None:
    """By taking the list away, or as the host's log tells that the list alone was read."""
    drop = agency.drop
    job, size = agency.job(Fuse()), len(drop.text.encode("utf-8-sig"))
    with job.task() as task:
        process_pickups(task, job.host, job.recipient, lambda: {f"{drop.stem}.csv": frozenset({size})})
    assert agency.kinds[-1] is Kind.READ
    assert next_night(agency, release, 1) == dict.fromkeys(FIRST, SAME)
    (agency.folder / "out" / f"{agency.drop.stem}.csv").unlink()
    look(agency, 1)
    assert agency.kinds[-1] is Kind.FETCHED and not [*(agency.folder / "out").iterdir()]


def test_a_replacement_of_a_drop_that_was_recalled_after_it_was_acknowledged(agency: Agency, tmp_path: Path) -> None:
    (agency.folder / "out" / f"{agency.drop.stem}.ACK").touch()
    look(agency)
    agency.says("withdrawal", 202)
    job = agency.job(Fuse())
    with job.ledger.delivering(GENT) as log:
        assert withdraw(job, log, job.decide_now(tmp_path / "look")) == 1
    look(agency)
    assert replace_recalled(job, Head(), private_folder(tmp_path / "replacement"))
    assert told(agency.drop) == {201: SAME, 202: GONE, 203: SAME}


def test_the_workbook_has_the_same_and_the_csv_its_columns(agency: Agency, release: Release) -> None:
    fetch(agency)
    calls(agency, 202, "090000001")
    agency.says("withdrawal", 203)
    job = agency.job(Fuse(), 1)
    job = replace(job, recipient=replace(job.recipient, formats=("csv", "xlsx", "parquet"), change_file=False))
    deliver(job, release, private_folder(agency.folder / "deliver"))
    drop = agency.drop
    assert [one["format"] for one in drop.manifest["resources"]] == ["csv", "xlsx", "parquet"], "no change file"
    listed, gone = openpyxl.load_workbook(agency.folder / "out" / f"{drop.stem}.xlsx")
    header, *rows = listed.values
    stands = {row[header.index("referentie")]: row[header.index("Stand")] for row in rows}
    assert stands == {reference(REFERENCES, GENT, 201): SAME, reference(REFERENCES, GENT, 202): CHANGED}
    first = f"{TODAY:%d/%m/%Y}, nummer 1"
    assert list(gone.values) == [("referentie", "in levering van"), (reference(REFERENCES, GENT, 203), first)]
    assert "Stand" not in drop.text


def test_the_ledger_has_a_hash_of_each_row_and_commits_to_it(agency: Agency) -> None:
    with agency.ledger.engine.connect() as connection:
        lines = connection.exec_driver_sql(
            "select salt, who_sha256, reference, person, insz, consent_event, cells from disclosure"
        ).all()
    assert len({line.cells for line in lines}) == len(lines) == 3
    for line in lines:
        salt, committed, *who = line
        named = dict(zip(("reference", "person", "insz", "consent_event", "cells"), who, strict=True))
        assert commitment(salt, named) == committed != commitment(salt, named | {"cells": None})


def test_the_ledger_knows_the_change_file_on_the_host_and_takes_it_for_no_list(agency: Agency) -> None:
    folder, records = LocalFolder(agency.folder / "out", Fuse()), agency.ledger.recipient(GENT)
    assert list(host_problems(records, TODAY, folder)) == []
    (path,) = folder.path.glob("*.wijzigingen.csv")
    path.write_bytes(b"x")
    assert [found.says for found in host_problems(records, TODAY, folder)] == [f"{path.name} is not what was put there"]
