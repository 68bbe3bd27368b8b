"""`--since`: what is in order is compared, anything else ends in a sentence; what it writes disturbs nothing."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.cli.main import main
from pipeline.delivery import verify
from pipeline.delivery.verify import VerifyReport
from tests.golden.example import AWKWARD, FULL, example
from tests.support import verify_before_signatures
from tests.support.docs import commands_of
from tests.support.received import fetch, manifest_of, manifest_sha256, one_a_night, replace_csv, sign, stem, tamper
from tests.support.signing import SIGNING_KEY, allowed_signers

OLD, NEW = stem(41), stem(42)
NAME = f"{NEW}_sinds_{OLD}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drops 41 and 42, signed: of four parents one has another telephone, and three are gone."""
    made = fetch(tmp_path / "leveringen", 41, previous="0" * 64)
    people = [FULL | {"phone": "090000001"}, *AWKWARD[1:7]]
    drop = example(made, people, "csv", "xlsx", previous_manifest_sha256=manifest_sha256(made, 41))
    (made / drop.go_name).touch()
    return sign(made)


def compared(folder: Path, since: str = OLD, drop: str | None = None) -> VerifyReport:
    return verify.compare_drops(folder, verify.verify_folder(folder), since, drop)


def why(report: VerifyReport) -> str:
    """The sentence in place of a comparison."""
    assert report.comparison is None and report.exit_code == verify.EXIT_WRONG
    return next(f"{one.about} {one.says}" for one in report.findings if one.code == "since")


def test_a_person_reads_how_many_and_which_and_finds_the_same_in_a_csv(folder: Path, tmp_path: Path) -> None:
    shutil.copy(verify.__file__, tmp_path)
    allowed_signers(tmp_path, SIGNING_KEY)
    (line,) = commands_of("wijzigingen.md", "changes")
    environment = os.environ | {"oude": f"{OLD}.csv"}
    ran = subprocess.run(["bash", "-ec", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (verify.EXIT_FINE, "")
    assert f"{NEW} tegenover {OLD}: 0 nieuw, 1 gewijzigd, 3 verdwenen, 6 ongewijzigd." in ran.stdout
    assert ran.stdout.endswith("Alles in orde: 2 leveringen en 0 intrekkingsberichten.\n")
    path = folder / verify.COMPARISONS / f"{NAME}.csv"
    header, *rows = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";")
    (changed,) = [row for row in rows if row[1] == "gewijzigd"]
    assert header == ["referentie", "stand", "kolommen"] and len(rows) == 10 and changed[2] == "telefoon"
    assert f"- gewijzigd: {changed[0]} (telefoon)\n" in ran.stdout
    assert not [text for text in (ran.stdout, path.read_text("utf-8")) if "Voorbeeld" in text or "0900" in text]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_agencys_own_command_writes_a_workbook_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", str(folder), NEW, "--since", OLD]) == verify.EXIT_UNCHECKED
    place = folder / verify.COMPARISONS
    assert str(place / f"{NAME}.xlsx") in capsys.readouterr().out
    (sheet,) = openpyxl.load_workbook(place / f"{NAME}.xlsx")
    rows = csv.reader(io.StringIO((place / f"{NAME}.csv").read_text("utf-8-sig"), newline=""), delimiter=";")
    assert [[cell or "" for cell in row] for row in sheet.values] == list(rows)
    assert main(["changes", str(folder), OLD, "--since", NEW]) == verify.EXIT_WRONG
    assert main(["changes", str(folder / "nergens"), NEW, "--since", OLD]) == verify.EXIT_IMPOSSIBLE


def test_what_it_wrote_makes_nothing_foreign_to_any_version(folder: Path) -> None:
    main(["changes", str(folder), NEW, "--since", OLD])
    assert verify.verify_folder(folder).ok
    for path in folder.glob("*.sig"):
        path.unlink()
    assert verify_before_signatures.verify_folder(folder).ok


def remove(*ends: str) -> Callable[[Path], object]:
    return lambda folder: [(folder / f"{OLD}.{end}").unlink() for end in ends]


def listed(content: str) -> Callable[[Path], object]:
    """Another list in 41, as the manifest says."""
    header, *rows = content.split("|")
    lines = "\r\n".join([header, *rows, ""])

    def act(folder: Path) -> None:
        replace_csv(folder, 41, lines.encode("utf-8-sig"))
        tamper(folder, 41, lambda package: package.update(rows=len(rows)))
        fields = [{"name": name} for name in header.split(";")]
        tamper(folder, 41, lambda package: package["resources"][0]["schema"].update(fields=fields))
        tamper(folder, 42, lambda package: package.update(previous_manifest_sha256=manifest_sha256(folder, 41)))

    return act


def in_manifest(sequence: int, **changes: Any) -> Callable[[Path], object]:
    return lambda folder: tamper(folder, sequence, lambda package: package.update(changes))


def encrypted(folder: Path) -> None:
    """As if 41 had been encrypted, and nobody decrypted it."""
    (folder / f"{OLD}.csv").rename(folder / f"{OLD}.csv.pgp")

    def told(package: dict[str, Any]) -> None:
        (resource,) = package["resources"]
        clear = {name: resource[name] for name in ("path", "bytes", "hash")}
        resource |= {"path": f"{OLD}.csv.pgp", "decrypted": clear}

    tamper(folder, 41, told)
    tamper(folder, 42, lambda package: package.update(previous_manifest_sha256=manifest_sha256(folder, 41)))


A, B = "A" * 32, "B" * 32
WHY_NOT: dict[str, tuple[Callable[[Path], object], str]] = {
    "damaged": (lambda folder: (folder / f"{OLD}.csv").write_bytes(b""), "die levering is NIET in orde"),
    "not there": (lambda folder: [path.unlink() for path in folder.glob(f"{OLD}*")], "staat niet in deze map"),
    "without GO file": (remove("GO"), "die levering is nog niet klaar"),
    "tidied": (remove("csv"), "de lijst ervan is opgeruimd"),
    "not decrypted": (encrypted, f"ontsleutel eerst {OLD}.csv in deze map"),
    "another drop than 42 names": (in_manifest(41, run="x"), f"{NEW} is niet vergeleken: die levering is NIET in orde"),
    "other references": (in_manifest(42, reference_key_id="new"), "alle referenties zijn sindsdien vervangen"),
    "a reference twice": (listed(f"referentie;naam|{A};x|{B};x|{A};y"), f"{A} staat er twee keer in"),
    "a reference that is none": (listed(f"referentie;naam|{A};x|=1+1;x"), "rij 2 is er geen zoals wij ze maken"),
    "no reference first": (listed(f"naam;referentie|{A};x"), "het heeft andere kolommen"),
    "a column twice": (listed(f"referentie;a;a|{A};x;y"), "het heeft andere kolommen"),
    "a column that is a formula": (listed(f"referentie;=1+1|{A};x"), "het heeft andere kolommen"),
    "no column at all": (listed(f"referentie|{A}"), "het heeft andere kolommen"),
}


@pytest.mark.parametrize(("change", "says"), WHY_NOT.values(), ids=WHY_NOT.keys())
def test_what_is_not_compared_is_said_in_a_sentence(folder: Path, change: Callable[[Path], object], says: str) -> None:
    change(folder)
    assert says in why(compared(folder))


def test_a_list_of_more_bytes_than_it_reads_is_in_order_and_is_not_compared(folder: Path) -> None:
    long = "|".join(f"{number:0>32}".translate(str.maketrans("0123456789", "ABCDEFGHIJ")) + ";" + "x" * 500
                    for number in range(18_000))  # fmt: skip
    listed(f"referentie;naam|{long}")(folder)
    assert verify.verify_folder(folder).ok
    assert f"of is groter dan {verify.MOST_COMPARED} bytes" in why(compared(folder))


def test_the_same_drop_twice_an_older_one_and_a_test(folder: Path) -> None:
    assert "twee keer dezelfde levering" in why(compared(folder, NEW))
    assert f"ze is nieuwer dan {OLD}: wissel ze om" in why(compared(folder, NEW, OLD))
    test = example(folder, AWKWARD, sequence=0, test=True, previous_manifest_sha256=None)
    (folder / test.go_name).touch()
    assert "test met verzonnen personen" in why(compared(folder, test.stem))


def test_a_drop_for_another_recipient(folder: Path) -> None:
    foreign = NEW.replace("0212214125", "0212180069")
    for path in [*folder.glob(f"{NEW}*")]:
        path.rename(folder / path.name.replace(NEW, foreign))
    path = folder / f"{foreign}.datapackage.json"
    path.write_text(path.read_text().replace("0212214125", "0212180069"))
    assert f"ze is voor een andere ontvanger dan {foreign}" in why(compared(folder, OLD, foreign))
    report = verify.as_expected(verify.verify_folder(folder), "0212214125", None, verify.date.today())
    assert "NIET in orde" in why(verify.compare_drops(folder, report, OLD, foreign))


def test_nothing_is_compared_with_a_drop_that_is_not_proven_ours(folder: Path, tmp_path: Path) -> None:
    manifest_of(folder, 41).with_suffix(".json.sig").unlink()
    report = verify.verify_folder(folder, verify.origin_check(folder, allowed_signers(tmp_path, SIGNING_KEY)))
    assert "NIET in orde" in why(verify.compare_drops(folder, report, OLD))


def test_a_name_that_is_none_of_ours_steers_no_terminal(folder: Path) -> None:
    assert why(compared(folder, "\x1b[2J../x")).endswith("die levering staat niet in deze map")
    assert "\x1b" not in verify.report_text(compared(folder, "\x1b[2J"))


def test_a_link_where_it_would_write_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elders"
    outside.mkdir()
    (folder / verify.COMPARISONS).symlink_to(outside)
    assert main(["verify", str(folder), "--since", OLD]) == verify.EXIT_IMPOSSIBLE and not [*outside.iterdir()]
    (folder / verify.COMPARISONS).unlink()
    (folder / verify.COMPARISONS).mkdir()
    (outside / "x").write_text("whole")
    (folder / verify.COMPARISONS / f"{NAME}.csv").symlink_to(outside / "x")
    assert main(["verify", str(folder), "--since", OLD]) == verify.EXIT_UNCHECKED
    assert (outside / "x").read_text() == "whole" and not (folder / verify.COMPARISONS / f"{NAME}.csv").is_symlink()


def test_a_column_that_only_one_of_both_has_is_an_empty_one_in_the_other(folder: Path) -> None:
    listed(f"referentie;naam;oud|{A};x;|{B};x;y")(folder)
    one_a_night(folder, 43, manifest_sha256(folder, 42), ("csv",))
    replace_csv(folder, 43, f"referentie;naam;nieuw\r\n{A};x;\r\n{B};x;\r\n".encode("utf-8-sig"))
    fields = [{"name": name} for name in ("referentie", "naam", "nieuw")]
    tamper(folder, 43, lambda package: package.update(rows=2))
    tamper(folder, 43, lambda package: package["resources"][0]["schema"].update(fields=fields))
    found = compared(folder).comparison
    assert found and [(row.stand, row.columns) for row in found.rows] == [("ongewijzigd", ()), ("gewijzigd", ("oud",))]
