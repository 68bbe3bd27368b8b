"""Withdrawal notices in a recipient's folder: each is what its manifest says, and none is missing between others."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.delivery import verify
from pipeline.delivery.verify import FINE, NOT_READY, WRONG, VerifyReport
from tests.golden.example import GOLDEN, NOTICE_ORDER
from tests.support.received import sha256_of_manifest, tell
from tests.support.signing import SIGNING_KEY, allowed_signers

ONE, TWO, THREE = (
    "INTREKKING_OPGROEIEN_0212214125_20260701_000001",
    "INTREKKING_OPGROEIEN_0212214125_20260702_000002",
    "INTREKKING_OPGROEIEN_0212214125_20260703_000003_HERHAALT_000001",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The notices 1 to 3; the last says again what the first said."""
    first = tell(tmp_path, 1, "A", "B")
    second = tell(tmp_path, 2, "C", previous=sha256_of_manifest(first))
    tell(tmp_path, 3, "A", "B", repeats=1, previous=sha256_of_manifest(second))
    return tmp_path


def told(report: VerifyReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.wrong]


def test_they_are_in_order_with_their_number_and_their_references(folder: Path) -> None:
    report = verify.verify_folder(folder)
    assert (told(report), report.remarks) == ([], ())
    assert [(one.state, one.references) for one in report.notices] == [(FINE, 2), (FINE, 1), (FINE, 2)]
    second = next(line for line in verify.report_table(report).splitlines() if line.startswith(TWO))
    assert second.split()[1:6] == ["02/07/2026", "2", "1", "in", "orde"]


def test_the_golden_notice_verifies_clean(tmp_path: Path) -> None:
    folder = tmp_path / "leveringen"
    folder.mkdir()
    for end in ("csv", "datapackage.json", "datapackage.json.sig"):
        shutil.copy(GOLDEN / f"notice.{end}", folder / f"{NOTICE_ORDER.stem}.{end}")
    (folder / f"{NOTICE_ORDER.stem}.GO").touch()
    report = verify.verify_folder(folder, verify.origin_check(folder, allowed_signers(tmp_path, SIGNING_KEY)))
    (manifest,) = (one.manifest for one in report.notices)
    assert report.exit_code == 0 and manifest and (manifest.sequence, manifest.repeats, manifest.rows) == (8, 7, 2)


def change(folder: Path, name: str, /, **changes: Any) -> None:
    path = folder / f"{name}.datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def exchange(folder: Path, end: str) -> None:
    """The files of two notices with that end, each under the name of the other."""
    one, two = (folder / f"{name}{end}" for name in (ONE, TWO))
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def remove(folder: Path, name: str) -> None:
    for path in folder.glob(f"{name}*"):
        path.unlink()


def renamed(folder: Path, old: str, new: str) -> None:
    for path in sorted(folder.glob(f"{old}*")):
        path.rename(folder / path.name.replace(old, new))


DAMAGE: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "the list altered": (
        lambda f: (f / f"{TWO}.csv").write_bytes((f / f"{TWO}.csv").read_bytes().replace(b"C", b"D")),
        [("hash", f"{TWO}.csv")]),
    "the list cut off": (
        lambda f: (f / f"{TWO}.csv").write_bytes((f / f"{TWO}.csv").read_bytes()[:20]), [("size", f"{TWO}.csv")]),
    "the list missing": (lambda f: (f / f"{TWO}.csv").unlink(), [("missing", f"{TWO}.csv")]),
    "the list half fetched": (
        lambda f: (f / f"{TWO}.csv").rename(f / f"{TWO}.csv.part"), [("half", f"{TWO}.csv")]),
    "the manifest missing": (
        lambda f: (f / f"{TWO}.datapackage.json").unlink(),
        [("manifest-missing", f"{TWO}.datapackage.json"), ("gap", THREE)]),
    "a GO file with something in it": (lambda f: (f / f"{TWO}.GO").write_text("x"), [("go", f"{TWO}.GO")]),
    "the rows of its manifest": (lambda f: change(f, THREE, rows=3), [("rows", f"{THREE}.csv"), ("repeats", THREE)]),
    "an older manifest changed": (lambda f: change(f, ONE, run="another"), [("chain", TWO)]),
    "the chain begun anew": (lambda f: change(f, TWO, previous_notice_sha256=None), [("chain", TWO), ("chain", THREE)]),
    "the last's number": (lambda f: change(f, THREE, number=4), [("manifest", f"{THREE}.datapackage.json")]),
    "the last's night": (lambda f: change(f, THREE, night="2026-07-04"), [("manifest", f"{THREE}.datapackage.json")]),
    "written before the one before it": (
        lambda f: change(f, THREE, written_at="2026-07-01T00:00:00+00:00"), [("older", THREE)]),
    "repeats what comes later": (lambda f: change(f, THREE, repeats=4), [("manifest", f"{THREE}.datapackage.json")]),
    "repeats something else": (
        lambda f: tell(f, 3, "A", "X", repeats=1, previous=sha256_of_manifest(f / f"{TWO}.csv")), [("repeats", THREE)]),
    "renamed": (
        lambda f: renamed(f, THREE, THREE.replace("0703_000003", "0704_000004")),
        [("renamed", f"{THREE.replace('0703_000003', '0704_000004')}.datapackage.json")]),
    "two lists exchanged": (
        lambda f: exchange(f, ".csv"), [("size", f"{ONE}.csv"), ("size", f"{TWO}.csv")]),
    "two exchanged whole": (
        lambda f: [exchange(f, ".csv"), exchange(f, ".datapackage.json")],
        [("renamed", f"{ONE}.datapackage.json"), ("renamed", f"{TWO}.datapackage.json")]),
    "one taken out": (lambda f: remove(f, TWO), [("gap", THREE)]),
    "the same number twice": (
        lambda f: tell(f, 3, "Z", previous=sha256_of_manifest(f / f"{TWO}.csv")), [("twice", THREE)]),
    "a copy": (
        lambda f: shutil.copy(f / f"{TWO}.csv", f / f"{TWO} (1).csv"), [("foreign", f"{TWO} (1).csv")]),
    "a file too many": (lambda f: (f / f"{TWO}.xlsx").touch(), [("foreign", f"{TWO}.xlsx")]),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_named_and_nothing_else(folder: Path, damage: str) -> None:
    do, named = DAMAGE[damage]
    do(folder)
    report = verify.verify_folder(folder)
    assert told(report) == named and report.exit_code == 1


def test_one_that_is_missing_is_not_missed_where_another_says_the_same(folder: Path) -> None:
    tell(folder, 5, "C", repeats=2, previous="a" * 64)
    remove(folder, THREE)
    remove(folder, TWO)
    report = verify.verify_folder(folder)
    assert told(report) == [("gap", ONE.replace("0701_000001", "0705_000005_HERHAALT_000002"))], "3 and 4 lack too"
    remove(folder, "INTREKKING_OPGROEIEN_0212214125_20260705")
    tell(folder, 3, "C", repeats=2, previous="a" * 64)
    report = verify.verify_folder(folder)
    assert told(report) == [] and [one.code for one in report.remarks] == ["repeated"]


def test_a_number_that_never_counted_is_no_gap(folder: Path) -> None:
    tell(folder, 7, "E", previous=sha256_of_manifest(folder / f"{THREE}.csv"))
    (remark,) = verify.verify_folder(folder).remarks
    assert remark.code == "unused" and "volgnummer 4 tot en met 6" in remark.says


def test_the_first_with_a_manifest_follows_those_without(folder: Path) -> None:
    remove(folder, THREE)
    (folder / f"{ONE}.datapackage.json").unlink()
    (folder / f"{ONE}.datapackage.json.sig").unlink()
    change(folder, TWO, previous_notice_sha256=None)
    report = verify.verify_folder(folder)
    assert told(report) == [] and [one.references for one in report.notices] == [2, 1]


def test_an_encrypted_one_is_what_its_manifest_says_before_and_after_decrypting(folder: Path) -> None:
    last, message = tell(folder, 4, "D", previous=sha256_of_manifest(folder / f"{THREE}.csv")), b"a message"
    (clear,) = json.loads(last.with_suffix(".datapackage.json").read_text())["resources"]
    sealed = clear | {"path": f"{last.name}.pgp", "bytes": 9, "decrypted": clear}
    sealed["hash"] = f"sha256:{'0' * 64}"
    change(folder, last.stem, resources=[sealed])
    (folder / f"{last.name}.pgp").write_bytes(message)
    assert told(verify.verify_folder(folder)) == [("hash", f"{last.name}.pgp")]
    sealed["hash"] = f"sha256:{hashlib.sha256(message).hexdigest()}"
    change(folder, last.stem, resources=[sealed])
    report = verify.verify_folder(folder)
    assert told(report) == [] and report.notices[3].references == 1
    last.write_bytes(last.read_bytes().replace(b"D", b"E"))
    assert told(verify.verify_folder(folder)) == [("hash", last.name)]
    last.unlink()
    report = verify.verify_folder(folder)
    assert told(report) == [] and report.notices[3].references == 1


def test_without_go_it_is_not_ready(folder: Path) -> None:
    for end in ("GO", "csv"):
        (folder / f"{THREE}.{end}").unlink()
    report = verify.verify_folder(folder)
    assert (told(report), report.notices[2].state, report.exit_code) == ([], NOT_READY, 3)


def test_no_manifest_however_spoilt_makes_it_fall_over(folder: Path) -> None:
    original = json.loads((folder / f"{THREE}.datapackage.json").read_text())
    unheeded = {"profile", "run", "title", "description", "signing_key"}
    for key in original:
        for value in ([], {}, "x", -1, 1e400, True, ["x"], {"x": None}, [[]], "\ud800", 10**40):
            change(folder, THREE, **(original | {key: value}))
            state = verify.verify_folder(folder).notices[2].state
            assert state == (FINE if key in unheeded else WRONG), (key, value)
