"""What a recipient returns: taken in once, on record before its receipt, and nothing there delays anything."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, LedgerUnavailable
from pipeline.followup import way_back
from pipeline.followup.folder_remarks import RemarkReason
from pipeline.followup.returned_content import MOST_BYTES
from tests.support.odd_entries import remove
from tests.support.publishing import Fuse, Killed
from tests.support.returns import ReturnsWorld, put_returned, returned_stem, returns_world

NO = "geen_contact"


@pytest.fixture
def world(tmp_path: Path) -> ReturnsWorld:
    made = returns_world(tmp_path)
    made.way()
    return made


def reasons(world: ReturnsWorld) -> list[RemarkReason]:
    return [remark.reason for remark in world.take_in().remarks]


def test_a_file_is_taken_in_once_and_answered_as_long_as_it_lies_there(world: ReturnsWorld) -> None:
    stem = world.put(f"R1;{NO}", "R0;verhuisd", "R2;foute_gegevens")
    found = world.take_in()
    assert (found.files, found.noes, found.remarks) == (1, 1, ())
    assert world.said == [(NO, "R1"), ("verhuisd", "R0"), ("foute_gegevens", "R2")]
    assert world.names() == [f"{stem}.GO", f"{stem}.OK", f"{stem}.csv"]
    (world.way_back / f"{stem}.OK").unlink()
    assert world.take_in().files == 0 and world.names(".OK"), "its receipt is made again from the ledger"
    world.agrees()
    (world.way_back / f"{stem}.csv").unlink()
    (world.way_back / f"{stem}.GO").unlink()
    assert world.take_in().files == 0 and world.names() == []


def test_only_the_references_of_this_recipients_drops_are_known(world: ReturnsWorld) -> None:
    with pytest.raises(DeliveryRefused):
        world.deliver(1, rows=5, final_check=stopped)  # R3 and R4 were never in a drop that counted
    stem = world.put(f"R1;{NO}", f"R3;{NO}", "X;verhuisd", "R0;weg")
    assert world.take_in().noes == 1
    assert world.said == [(NO, "R1")]
    assert "Niet verwerkt: rij 2, 3, 4.\r\n" in (world.way_back / f"{stem}.FOUT").read_bytes().decode()


def stopped() -> None:
    raise DeliveryRefused("not allowed")


def test_nothing_counts_without_its_go_file_nor_under_another_recipients_name(world: ReturnsWorld) -> None:
    stem = world.put(f"R1;{NO}")
    (world.way_back / f"{stem}.GO").unlink()
    put_returned(world.way_back, [f"R0;{NO}"], kbo="0212237186")
    (world.way_back / "Mevrouw Peeters.docx").touch()
    found = world.take_in()
    assert (found.files, world.said, world.names(".OK")) == (0, [], [])
    (remark,) = found.remarks
    assert (remark.reason, remark.count) == (RemarkReason.RETURN_OTHERS, 3) and "Peeters" not in remark.text


def test_the_same_file_again_changes_nothing_and_another_content_is_taken_in_too(world: ReturnsWorld) -> None:
    world.put(f"R1;{NO}", "X;verhuisd")
    world.take_in()
    world.put(f"R1;{NO}", "X;verhuisd")
    assert world.take_in().files == 0 and len(world.said) == 1
    stem = world.put(f"R0;{NO}")
    assert reasons(world) == [RemarkReason.RETURN_SAME_NAME]
    assert world.said == [(NO, "R1"), (NO, "R0")]
    assert world.names(".FOUT") == [] and world.names(".OK") == [f"{stem}.OK"], "the receipt is of what lies there"
    world.agrees()


def test_very_many_noes_within_a_day_are_taken_in_and_told(tmp_path: Path) -> None:
    world = returns_world(tmp_path, rows=14)
    world.put(*(f"R{number};{NO}" for number in range(7)))
    assert world.take_in().remarks == (), "half is not more than half"
    world.put(f"R7;{NO}", number=2)
    found = world.take_in()
    assert [remark.reason for remark in found.remarks] == [RemarkReason.RETURN_OVER_SHARE] and found.noes == 1
    assert reasons(world) == [RemarkReason.RETURN_OVER_SHARE], "as long as it lies there"
    world.wait(2)
    world.put(f"R8;{NO}", number=3)
    assert len(world.take_in().remarks) == 1, "the day is over"


def odd(path: Path, what: str) -> None:
    match what:
        case "link":
            path.symlink_to("/etc/passwd")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "large":
            with path.open("wb") as stream:
                stream.truncate(10 * 1024 * MOST_BYTES)
        case "unreadable":
            path.touch()
            path.chmod(0)


ODD = {
    ("csv", "link"): RemarkReason.RETURN_NO_FILE,
    ("csv", "folder"): RemarkReason.RETURN_NO_FILE,
    ("csv", "pipe"): RemarkReason.RETURN_NO_FILE,
    ("csv", "large"): RemarkReason.RETURN_TOO_LARGE,
    ("csv", "unreadable"): RemarkReason.RETURN_UNREADABLE,
    ("GO", "link"): RemarkReason.RETURN_NO_FILE,
    ("GO", "folder"): RemarkReason.RETURN_NO_FILE,
    ("OK", "folder"): RemarkReason.RETURN_RECEIPT,
}


@pytest.mark.parametrize(("ending", "what"), ODD)
def test_what_is_no_file_to_read_is_a_remark_and_the_next_file_is_taken_in(
    world: ReturnsWorld, ending: str, what: str
) -> None:
    stem = world.put(f"R0;{NO}")
    path = world.way_back / f"{stem}.{ending}"
    path.unlink(missing_ok=True)
    odd(path, what)
    world.put(f"R1;{NO}", number=2)
    assert reasons(world) == [ODD[ending, what]]
    assert (NO, "R1") in world.said and f"{returned_stem(2)}.OK" in world.names()
    remove(path)


def test_thousands_of_files_wait_and_what_is_new_comes_first(
    world: ReturnsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way_back, "MOST_FILES", 2)
    for number in range(1, 6):
        world.put(f"R{number % 3};{NO}", number=number)
    assert [(one.reason, one.count) for one in world.take_in().remarks] == [(RemarkReason.RETURN_WAITING, 3)]
    assert [world.take_in().files for _ in range(3)] == [2, 1, 0]
    monkeypatch.setattr(way_back, "MOST_SECONDS", 1)
    world.put(f"R0;{NO}", number=6)
    assert world.take_in().remarks[0].reason is RemarkReason.RETURN_WAITING, "its time is over"


def test_a_folder_that_is_not_there_is_a_remark(world: ReturnsWorld) -> None:
    def refused(step: str) -> None:
        if step == "connect":
            raise DeliveryRefused("gent@host:22 has no folder /in at entering the folder")

    assert [remark.reason for remark in world.take_in(refused).remarks] == [RemarkReason.RETURN_TROUBLE]


def test_a_key_that_is_not_kept_takes_nothing_in_and_is_told(world: ReturnsWorld) -> None:
    from pipeline.core.errors import SettingsError

    def refused(step: str) -> None:
        if step == "record returned":
            raise SettingsError("ledger key, used then, is no longer kept")

    world.put(f"R0;{NO}")
    assert [remark.reason for remark in world.take_in(refused).remarks] == [RemarkReason.RETURN_TROUBLE]
    assert world.names(".OK") == []


def test_killed_anywhere_it_is_on_record_once_and_no_receipt_is_before_it(tmp_path: Path) -> None:
    for at in range(1, 100):
        world = returns_world(tmp_path / str(at))
        stem = world.put(f"R1;{NO}", "X;verhuisd")
        fuse = Fuse(at)
        with suppress(Killed):
            world.take_in(fuse)
        world.agrees()
        if len(fuse.seen) < at:
            break
        world.take_in()
        assert world.said == [(NO, "R1")] and world.names() == [f"{stem}.FOUT", f"{stem}.GO", f"{stem}.csv"], fuse.seen
        world.agrees()
    assert at > 10


def test_without_a_ledger_nothing_is_taken_in(world: ReturnsWorld) -> None:
    world.put(f"R1;{NO}")

    def gone(step: str) -> None:
        if step == "record returned":
            raise LedgerUnavailable("the ledger cannot be written")

    with pytest.raises(LedgerUnavailable):
        world.take_in(gone)
    assert world.names(".OK") == []
