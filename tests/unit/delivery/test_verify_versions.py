"""Older and newer versions of verify.py and of drops bear each other, as far as the older ones were made to.

tests/support/verify_before_signatures.py is the file as recipients had it before anything was signed.
"""

import json
from pathlib import Path

import pytest

from pipeline.delivery import verify
from tests.golden.example import CHANGES
from tests.support import verify_before_signatures
from tests.support.docs import PAGES
from tests.support.received import fetch, manifest_sha256, one_a_night, sha256_of_manifest, sign, stem, tamper, tell
from tests.support.signing import SIGNING_KEY, allowed_signers
from tests.support.worlds.sheets import on_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two drops, the last with a sheet, and two notices; all signed."""
    made = fetch(tmp_path / "leveringen", 41, previous="0" * 64)
    one_a_night(made, 42, manifest_sha256(made, 41), ("csv", "xlsx"), sheets=[on_record()])
    tell(made, 2, "B" * 32, previous=sha256_of_manifest(tell(made, 1, "A" * 32)))
    return sign(made)


def test_the_one_before_signatures_calls_what_it_does_not_know_foreign_and_nothing_else(folder: Path) -> None:
    """Of drops the signature; of notices the manifest too. All the rest it checks as it did, and the page says so."""
    report = verify_before_signatures.verify_folder(folder)
    unknown = [*folder.glob("*.sig"), *folder.glob("INTREKKING*.json")]
    assert sorted((one.code, one.about) for one in report.wrong) == sorted(("foreign", path.name) for path in unknown)
    assert {one.says for one in report.wrong} == {"hoort bij geen levering"} and len(unknown) == 6
    assert {one.state for one in (*report.drops, *report.notices)} == {verify.FINE}
    page = " ".join((PAGES / "nakijken.md").read_text("utf-8").split())
    assert "`….datapackage.json.sig hoort bij geen levering`" in page
    for path in unknown:
        path.unlink()
    assert verify_before_signatures.verify_folder(folder).ok
    (folder / f"{stem(42)}.csv").write_bytes(b"")
    wrong = verify_before_signatures.verify_folder(folder).wrong
    assert [(one.code, one.about) for one in wrong] == [("size", f"{stem(42)}.csv")]


def test_the_one_of_today_says_of_old_folders_what_the_older_one_said(folder: Path) -> None:
    """But for the origin; whatever is wrong with them."""
    for path in [*folder.glob("*.sig"), *folder.glob("INTREKKING*.json")]:
        path.unlink()
    for damage in (
        lambda: None,
        lambda: (folder / f"{stem(41)}.csv").unlink(),
        lambda: (folder / "nota.txt").touch(),
        lambda: tamper(folder, 42, lambda package: package.update(previous_manifest_sha256="f" * 64)),
        lambda: next(folder.glob("INTREKKING*1.csv")).unlink(),
        lambda: (folder / f"{stem(41)}.GO").unlink(),
    ):
        damage()
        old, new = verify_before_signatures.verify_folder(folder), verify.verify_folder(folder)
        assert [vars(one) for one in new.wrong] == [vars(one) for one in old.wrong]
        assert [one.state for one in new.all] == [one.state for one in old.all] and new.ok == old.ok


def test_what_a_newer_version_adds_is_borne(folder: Path, tmp_path: Path) -> None:
    """A key in a manifest, of a file too; and a signature of a kind that we do not know, which it tells of."""
    for path in folder.glob("*.datapackage.json"):
        package = json.loads(path.read_text()) | {"later": {"a": [1, None]}}
        package["resources"] = [one | {"later": "b"} for one in package["resources"]]
        path.write_text(json.dumps(package))
    previous = None
    for number in (1, 2):
        (path,) = folder.glob(f"INTREKKING*_{number:06}.datapackage.json")
        path.write_text(json.dumps(json.loads(path.read_text()) | {"previous_notice_sha256": previous}))
        previous = sha256_of_manifest(path.with_name(path.name.replace("datapackage.json", "csv")))
    tamper(folder, 42, lambda package: package.update(previous_manifest_sha256=manifest_sha256(folder, 41)))
    sign(folder)
    (folder / f"{stem(42)}.csv.minisig.sig").write_bytes(b"later")
    report = verify.verify_folder(folder, verify.origin_check(folder, allowed_signers(tmp_path, SIGNING_KEY)))
    assert report.exit_code == 0 and report.wrong == []
    assert [(one.code, one.about) for one in report.remarks] == [("newer", f"{stem(42)}.csv.minisig.sig")]


def test_a_change_file_that_tells_of_who_went_away_is_a_list_of_other_rows_to_the_older_one(tmp_path: Path) -> None:
    """It held each CSV but a sheet to the rows of the list, and the page says so; the one of today to its own."""
    made = fetch(tmp_path / "leveringen", 43, previous="0" * 64)
    one_a_night(made, 44, manifest_sha256(made, 43), ("csv", "xlsx"), changes=CHANGES)
    name = f"{stem(44)}.wijzigingen.csv"
    assert verify.verify_folder(made).ok
    for path in made.glob("*.sig"):
        path.unlink()
    older = verify_before_signatures.verify_folder(made)
    assert [(one.code, one.about) for one in older.wrong] == [("rows", name)]
    page = " ".join((PAGES / "wijzigingen.md").read_text("utf-8").split())
    assert "`….wijzigingen.csv heeft 12 rijen in plaats van 10`" in page
    (made / name).write_bytes((made / name).read_bytes().replace(b"nieuw", b"nieuv", 1))
    assert [(one.code, one.about) for one in verify.verify_folder(made).wrong] == [("hash", name)]


def test_the_change_file_goes_with_its_list(tmp_path: Path) -> None:
    made = fetch(tmp_path / "leveringen", 41, previous="0" * 64)
    one_a_night(made, 42, manifest_sha256(made, 41), ("csv",), changes=CHANGES)
    one_a_night(made, 43, manifest_sha256(made, 42), ("csv",))
    (made / f"{stem(42)}.csv").unlink()
    wrong = verify.verify_folder(made).wrong
    assert [(one.code, one.about) for one in wrong] == [("missing", f"{stem(42)}.csv")]
    (made / f"{stem(42)}.wijzigingen.csv").unlink()
    report = verify.verify_folder(made)
    assert report.ok and [one.state for one in report.drops] == [verify.FINE, verify.TIDIED, verify.FINE]
