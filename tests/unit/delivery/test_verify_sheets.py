"""An indicator sheet in a recipient's folder: held to its own rows, and kept when the list of its drop goes."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.delivery import verify
from pipeline.delivery.verify import FINE, TIDIED, WRONG, VerifyReport
from tests.support.received import fetch, manifest_sha256, one_a_night, stem, tamper
from tests.support.worlds.sheets import on_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drops 41 and 42; 42 brought a sheet, in two formats."""
    made = fetch(tmp_path / "in", 41, previous="0" * 64)
    one_a_night(made, 42, manifest_sha256(made, 41), ("csv", "xlsx"), sheets=[on_record()])
    return made


def told(report: VerifyReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.wrong]


def sheet(folder: Path, end: str = "csv") -> Path:
    return folder / f"{stem(42)}.indicatoren-2025-1.{end}"


def rewritten(folder: Path, content: bytes, change: Callable[[dict[str, Any]], object] = dict) -> None:
    """Other bytes, and a manifest that says so."""
    sheet(folder).write_bytes(content)

    def told_(package: dict[str, Any]) -> None:
        resource = next(one for one in package["resources"] if one["path"] == sheet(folder).name)
        resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        change(resource)

    tamper(folder, 42, told_)


def test_it_is_in_order_with_its_drop(folder: Path) -> None:
    report = verify.verify_folder(folder)
    assert report.ok and [drop.state for drop in report.drops] == [FINE, FINE]
    assert [drop.manifest.rows for drop in report.drops if drop.manifest] == [10, 0 if 42 % 3 == 0 else 10]


@pytest.mark.parametrize("end", ["csv", "xlsx"])
def test_a_byte_of_it_that_changed_is_named(folder: Path, end: str) -> None:
    content = bytearray(sheet(folder, end).read_bytes())
    content[-40] ^= 1
    sheet(folder, end).write_bytes(content)
    assert told(verify.verify_folder(folder)) == [("hash", sheet(folder, end).name)]


def test_of_the_newest_drop_it_must_be_there(folder: Path) -> None:
    sheet(folder).unlink()
    assert told(verify.verify_folder(folder)) == [("missing", sheet(folder).name)]


def test_its_rows_are_its_own(folder: Path) -> None:
    lines = sheet(folder).read_bytes().splitlines(keepends=True)
    rewritten(folder, b"".join(lines[:-1]))
    assert told(verify.verify_folder(folder)) == [("rows", sheet(folder).name)]


@pytest.mark.parametrize("rows", [None, -1, "2", True])
def test_a_manifest_that_does_not_say_how_many_is_none_of_ours(folder: Path, rows: object) -> None:
    rewritten(folder, sheet(folder).read_bytes(), lambda resource: resource.update(rows=rows))
    assert ("manifest", f"{stem(42)}.datapackage.json") in told(verify.verify_folder(folder))


def test_a_manifest_with_sheets_alone_is_none_of_ours(folder: Path) -> None:
    tamper(folder, 42, lambda p: p.update(resources=[one for one in p["resources"] if "indicatoren" in one["name"]]))
    assert ("manifest", f"{stem(42)}.datapackage.json") in told(verify.verify_folder(folder))


def later(folder: Path) -> None:
    one_a_night(folder, 43, manifest_sha256(folder, 42), ("csv",))


def test_it_stays_when_the_list_of_its_drop_goes(folder: Path) -> None:
    later(folder)
    for end in ("csv", "xlsx"):
        (folder / f"{stem(42)}.{end}").unlink()
    report = verify.verify_folder(folder)
    assert report.ok and [drop.state for drop in report.drops] == [FINE, TIDIED, FINE]


def test_or_goes_with_it(folder: Path) -> None:
    later(folder)
    for path in [*folder.glob(f"{stem(42)}*.csv"), *folder.glob(f"{stem(42)}*.xlsx")]:
        path.unlink()
    assert verify.verify_folder(folder).ok


def test_one_that_stayed_is_still_held_to_its_hash(folder: Path) -> None:
    later(folder)
    for end in ("csv", "xlsx"):
        (folder / f"{stem(42)}.{end}").unlink()
    sheet(folder).write_bytes(sheet(folder).read_bytes().replace(b"1000", b"1001"))
    report = verify.verify_folder(folder)
    assert told(report) == [("hash", sheet(folder).name)] and report.drops[1].state == WRONG


def test_a_notice_is_compared_with_the_list_and_not_with_the_sheet(folder: Path) -> None:
    later(folder)
    reference = (folder / f"{stem(41)}.csv").read_bytes().splitlines()[1].split(b";")[0].decode()
    notice = folder / "INTREKKING_OPGROEIEN_0212214125_20260720_000001.csv"
    notice.write_bytes(f"referentie;datum\r\n{reference};2026-07-20\r\n44021;2026-07-20\r\n".encode("utf-8-sig"))
    notice.with_suffix(".GO").touch()
    (folder / f"{stem(43)}.GO").unlink()
    found = verify.apply_check(folder, verify.verify_folder(folder), notice)
    assert found.still_listed == ()
