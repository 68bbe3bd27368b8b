"""What a recipient is told of its folder: each kind of damage by its own name, and nothing else by it."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main
from pipeline.delivery import verify
from pipeline.delivery.verify import FINE, NOT_READY, TIDIED, WRONG, VerifyReport
from tests.golden.example import AWKWARD, GOLDEN, ORDER, example
from tests.support.received import fetch, manifest_of, manifest_sha256, one_a_night, replace_csv, sign, stem, tamper
from tests.support.signing import SIGNING_KEY, allowed_signers

PERSONAL = sorted({value for person in AWKWARD for value in person.values() if value and len(value) > 4})
NOTICE = "INTREKKING_OPGROEIEN_0212214125_20260616_000001"


def told(report: VerifyReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.wrong]


def csv(folder: Path, sequence: int) -> Path:
    return folder / f"{stem(sequence)}.csv"


def go(folder: Path, sequence: int) -> Path:
    return folder / f"{stem(sequence)}.GO"


def lines(folder: Path, sequence: int) -> list[bytes]:
    return csv(folder, sequence).read_bytes().splitlines(keepends=True)


def flip(path: Path, at: int = -3) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def move(folder: Path, old: str, new: str) -> None:
    for path in [path for path in folder.iterdir() if path.name.startswith(old)]:
        path.rename(folder / path.name.replace(old, new))


def an_older_one_as_the_newest(folder: Path) -> None:
    """The drop of number 41, in every name and number made 44."""
    before = {"night": ORDER.night + timedelta(2), "decided_at": ORDER.decided_at - timedelta(1)}
    one_a_night(folder, 44, manifest_sha256(folder, 43), ("csv",), **before)


def a_second_with_the_same_number(folder: Path) -> None:
    one_a_night(folder, 43, manifest_sha256(folder, 42), ("csv",), night=ORDER.night + timedelta(3))


def rerendered(folder: Path, sequence: int, **order: Any) -> None:
    one_a_night(folder, sequence, manifest_sha256(folder, sequence - 1), ("csv",), **order)


# Between quotes: what is done to the folder with the drops 41, 42 and 43; 42 holds nobody. Then what is named.
DAMAGE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a byte flipped": (lambda f: flip(csv(f, 43)), "hash", f"{stem(43)}.csv"),
    "a byte flipped in an older one": (lambda f: flip(csv(f, 41)), "hash", f"{stem(41)}.csv"),
    "half-fetched": (lambda f: csv(f, 43).write_bytes(csv(f, 43).read_bytes()[:500]), "size", f"{stem(43)}.csv"),
    "something added": (lambda f: csv(f, 43).open("ab").write(b"\r\n"), "size", f"{stem(43)}.csv"),
    "empty": (lambda f: csv(f, 43).write_bytes(b""), "size", f"{stem(43)}.csv"),
    "half-fetched by WinSCP": (
        lambda f: csv(f, 43).rename(f / f"{stem(43)}.csv.filepart"), "half", f"{stem(43)}.csv"),
    "a file missing": (lambda f: csv(f, 43).unlink(), "missing", f"{stem(43)}.csv"),
    "a manifest missing": (
        lambda f: manifest_of(f, 43).unlink(), "manifest-missing", f"{stem(43)}.datapackage.json"),
    "a file renamed": (lambda f: csv(f, 43).rename(f / "lijst.csv"), "renamed", f"{stem(43)}.csv"),
    "a drop renamed": (lambda f: move(f, stem(43), stem(44)), "renamed", f"{stem(44)}.datapackage.json"),
    "a GO file with something in it": (lambda f: go(f, 43).write_text("x"), "go", f"{stem(43)}.GO"),
    "a row less": (
        lambda f: replace_csv(f, 43, b"".join(lines(f, 43)[:-1])), "rows", f"{stem(43)}.csv"),
    "a row twice": (
        lambda f: replace_csv(f, 43, b"".join([*lines(f, 43), lines(f, 43)[-1]])), "rows", f"{stem(43)}.csv"),
    "a column more": (
        lambda f: replace_csv(f, 43, csv(f, 43).read_bytes().replace(b"\r\n", b";x\r\n")), "columns",
        f"{stem(43)}.csv"),
    "columns exchanged": (
        lambda f: replace_csv(f, 43, csv(f, 43).read_bytes().replace(b"voornaam;achternaam", b"achternaam;voornaam")),
        "columns", f"{stem(43)}.csv"),
    "no header": (lambda f: replace_csv(f, 43, b"".join(lines(f, 43)[1:])), "columns", f"{stem(43)}.csv"),
    "a cell too many": (
        lambda f: replace_csv(f, 43, csv(f, 43).read_bytes()[:-2] + b";x\r\n"), "columns", f"{stem(43)}.csv"),
    "a quote that never ends": (
        lambda f: replace_csv(f, 43, csv(f, 43).read_bytes() + b'"'), "columns", f"{stem(43)}.csv"),
    "no UTF-8": (lambda f: replace_csv(f, 43, csv(f, 43).read_bytes() + b"\xff"), "columns", f"{stem(43)}.csv"),
    "the manifest's rows": (lambda f: tamper(f, 43, lambda p: p.update(rows=11)), "rows", f"{stem(43)}.csv"),
    "the manifest's number": (
        lambda f: tamper(f, 43, lambda p: p.update(sequence=44)), "manifest", f"{stem(43)}.datapackage.json"),
    "the manifest's night": (
        lambda f: tamper(f, 43, lambda p: p.update(night="2026-06-17")), "manifest", f"{stem(43)}.datapackage.json"),
    "the manifest's retention, of an older one": (
        lambda f: tamper(f, 42, lambda p: p.update(retention_days=9999)), "chain", stem(43)),
    "the manifest's protocols, of an older one": (
        lambda f: tamper(f, 42, lambda p: p["protocols"].append("P-2099-001")), "chain", stem(43)),
    "the manifest's chain": (
        lambda f: tamper(f, 43, lambda p: p.update(previous_manifest_sha256="a" * 64)), "chain", stem(43)),
    "the manifest's chain, begun anew": (
        lambda f: tamper(f, 43, lambda p: p.update(previous_manifest_sha256=None)), "chain", stem(43)),
    "a manifest called a test": (
        lambda f: tamper(f, 43, lambda p: p.update(test=True)), "manifest", f"{stem(43)}.datapackage.json"),
    "a manifest that names a file elsewhere": (
        lambda f: tamper(f, 43, lambda p: p["resources"][0].update(path="../../etc/passwd")), "manifest",
        f"{stem(43)}.datapackage.json"),
    "a manifest that names a file twice": (
        lambda f: tamper(f, 43, lambda p: p["resources"].append(p["resources"][0])), "manifest",
        f"{stem(43)}.datapackage.json"),
    "a manifest that names nothing": (
        lambda f: tamper(f, 43, lambda p: p.update(resources=[])), "manifest", f"{stem(43)}.datapackage.json"),
    "a manifest cut off": (
        lambda f: manifest_of(f, 43).write_bytes(manifest_of(f, 43).read_bytes()[:900]), "manifest",
        f"{stem(43)}.datapackage.json"),
    "a manifest that is none": (
        lambda f: manifest_of(f, 43).write_text("[]"), "manifest", f"{stem(43)}.datapackage.json"),
    "a manifest nested without end": (
        lambda f: manifest_of(f, 43).write_text("[" * 100_000), "manifest", f"{stem(43)}.datapackage.json"),
    "a gap": (lambda f: [path.unlink() for path in f.glob(f"{stem(42)}*")], "gap", stem(43)),
    "a drop twice": (a_second_with_the_same_number, "twice", stem(43, 18)),
    "an older one after a newer one": (an_older_one_as_the_newest, "older", stem(44)),
    "an older night after a newer one": (
        lambda f: rerendered(f, 44, night=ORDER.night - timedelta(5)), "older", stem(44, 10)),
    "a foreign file": (lambda f: (f / "notities.docx").write_bytes(b"x"), "foreign", "notities.docx"),
    "a file too many in a drop": (
        lambda f: (f / f"{stem(43)}.xlsx").write_bytes(b"x"), "foreign", f"{stem(43)}.xlsx"),
    "a copy": (
        lambda f: shutil.copy(csv(f, 43), f / f"{stem(43)} (1).csv"), "foreign", f"{stem(43)} (1).csv"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fetch(tmp_path / "leveringen", previous="0" * 64)


def test_what_is_whole_is_in_order(folder: Path) -> None:
    (folder / f"{stem(43)}.ACK").touch()
    report = verify.verify_folder(folder)
    assert report.ok and told(report) == [] and report.remarks == ()
    assert [(drop.stem, drop.state) for drop in report.drops] == [(stem(n), FINE) for n in (41, 42, 43)]
    unchecked = "Heel en volledig, maar herkomst niet nagekeken: 3 leveringen en 0 intrekkingsberichten."
    assert verify.report_sentence(report).startswith(unchecked) and report.exit_code == 4


@pytest.mark.parametrize(("name", "sequence", "rows"), [("awkward", 42, 10), ("nothing", 43, 0)])
def test_the_golden_drops_verify_clean(tmp_path: Path, name: str, sequence: int, rows: int) -> None:
    folder = tmp_path / "leveringen"
    folder.mkdir()
    for suffix in ("csv", "datapackage.json", "datapackage.json.sig"):
        shutil.copy(GOLDEN / f"{name}.{suffix}", folder / f"{stem(sequence, 15)}.{suffix}")
    (folder / f"{stem(sequence, 15)}.GO").touch()
    report = verify.verify_folder(folder, verify.origin_check(folder, allowed_signers(tmp_path, SIGNING_KEY)))
    assert report.exit_code == 0 and [drop.manifest.rows for drop in report.drops if drop.manifest] == [rows]


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_named_and_nothing_else(folder: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    do, code, about = DAMAGE[damage]
    do(folder)
    report = verify.verify_folder(folder)
    assert not report.ok
    assert told(report) == [(code, about)] and report.waiting == 0
    assert main(["verify", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert f"- {about} " in shown and shown.splitlines()[-1].startswith("NIET gebruiken")
    assert [value for value in PERSONAL if value in shown] == []


def test_a_folder_with_another_recipient_s_drop(folder: Path) -> None:
    other = stem(43).replace("0212214125", "0212237387")
    move(folder, stem(43), other)
    both = ("recipients", "0212214125, 0212237387")
    assert told(verify.verify_folder(folder)) == [("renamed", f"{other}.datapackage.json"), both]


WITHOUT_GO = [(), ("csv",), ("datapackage.json",)]


@pytest.mark.parametrize("more", WITHOUT_GO)
def test_a_drop_without_its_go_file_is_not_ready(folder: Path, more: tuple[str, ...]) -> None:
    for suffix in ("GO", *more):
        (folder / f"{stem(43)}.{suffix}").unlink()
    report = verify.verify_folder(folder)
    assert told(report) == [] and report.waiting == 1 and not report.ok
    assert [drop.state for drop in report.drops] == [FINE, FINE, NOT_READY]
    assert "1 nog niet klaar" in verify.report_sentence(report)


def test_what_was_tidied_up_still_holds_the_chain(folder: Path) -> None:
    """Old lists go, their manifests stay: nothing personal is in those."""
    csv(folder, 41).unlink()
    csv(folder, 42).unlink()
    report = verify.verify_folder(folder)
    assert report.ok and [drop.state for drop in report.drops] == [TIDIED, TIDIED, FINE]


def test_of_what_is_half_tidied_up_the_rest_is_missing(tmp_path: Path) -> None:
    folder = fetch(tmp_path / "in", 41, 42, previous="0" * 64, formats=("csv", "xlsx"))
    csv(folder, 41).unlink()
    assert told(verify.verify_folder(folder)) == [("missing", f"{stem(41)}.csv")]


def test_a_number_that_never_counted_is_no_gap(tmp_path: Path) -> None:
    """A night that was begun and given up leaves its number unused; the chain shows that nothing is missing."""
    report = verify.verify_folder(fetch(tmp_path / "in", 41, 44, previous="0" * 64))
    assert report.ok
    (remark,) = report.remarks
    assert (remark.code, remark.about) == ("unused", stem(44)) and "volgnummer 42 tot en met 43" in remark.says


def test_a_drop_that_replaces_another_is_of_the_same_night(tmp_path: Path) -> None:
    folder = fetch(tmp_path / "in", 42, previous="0" * 64)
    later = ORDER.decided_at + timedelta(hours=9)
    one_a_night(folder, 43, manifest_sha256(folder, 42), ("csv",), night=ORDER.night, decided_at=later)
    assert verify.verify_folder(folder).ok


@pytest.mark.parametrize(("nights", "lacks_a_night"), [(0, False), (1, False), (2, True)])
def test_a_drop_that_was_replaced_before_it_was_fetched_is_missed_only_with_its_night(
    tmp_path: Path, nights: int, lacks_a_night: bool
) -> None:
    """41 is here; 42 was recalled and replaced by 43, of the night after 41's, before anybody fetched it."""
    folder = fetch(tmp_path / "in", 41, previous="0" * 64)
    night = ORDER.night + timedelta(nights - 1)
    one_a_night(folder, 43, "1" * 64, ("csv",), night=night)
    report = verify.verify_folder(folder)
    assert [code for code, _ in told(report)] == (["gap"] if lacks_a_night else [])
    assert [each.code for each in report.remarks] == ([] if lacks_a_night else ["replaced"])


def test_the_very_first_has_none_before_it(tmp_path: Path) -> None:
    assert verify.verify_folder(fetch(tmp_path / "first", 28)).ok
    one = tmp_path / "one"
    one.mkdir()
    one_a_night(one, 1, "0" * 64, ("csv",), night=ORDER.night)
    assert [code for code, _ in told(verify.verify_folder(one))] == ["manifest"]


def test_other_formats_are_checked_too(tmp_path: Path) -> None:
    folder = fetch(tmp_path / "in", 43, previous="0" * 64, formats=("csv", "xlsx", "parquet"))
    assert verify.verify_folder(folder).ok
    flip(folder / f"{stem(43)}.xlsx", 50)
    assert told(verify.verify_folder(folder)) == [("hash", f"{stem(43)}.xlsx")]


def test_an_empty_folder_and_one_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 3
    assert capsys.readouterr().out == "Er is geen levering en geen intrekkingsbericht in deze map.\n"
    assert main(["verify", str(tmp_path / "nergens")]) == 2
    assert "kan niet gelezen worden" in capsys.readouterr().err


def notice(folder: Path, *references: str, name: str = NOTICE) -> Path:
    text = "\r\n".join(["referentie;datum", *(f"{each};2026-06-16" for each in references), ""])
    (folder / f"{name}.csv").write_bytes(text.encode("utf-8-sig"))
    (folder / f"{name}.GO").touch()
    return folder / f"{name}.csv"


def listed(folder: Path, sequence: int) -> list[str]:
    return [line.split(b";")[0].decode() for line in lines(folder, sequence)[1:]]


def test_a_notice_is_listed_with_how_many_references(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notice(folder, "A" * 32, "B" * 32)
    report = verify.verify_folder(folder)
    assert report.ok and [(each.stem, each.references) for each in report.notices] == [(NOTICE, 2)]
    assert main(["verify", str(folder)]) == 4
    shown = capsys.readouterr().out
    assert f"{NOTICE}" in shown and "A" * 32 not in shown


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_text("naam;datum\r\nx;y\r\n"), "notice"),
        (lambda path: path.write_bytes(b""), "notice"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "notice"),
        (lambda path: path.write_text("referentie;datum\r\nx\r\n"), "notice"),
        (lambda path: path.write_text("referentie;datum\r\nx;gisteren\r\n"), "notice"),
    ],
)
def test_a_notice_that_is_damaged(folder: Path, spoil: Callable[[Path], object], code: str) -> None:
    path = notice(folder, "A" * 32)
    spoil(path)
    assert told(verify.verify_folder(folder)) == [(code, path.name)]


def test_a_notice_without_go_is_not_ready(folder: Path) -> None:
    notice(folder, "A" * 32).with_suffix(".GO").unlink()
    report = verify.verify_folder(folder)
    assert (told(report), report.waiting, report.notices[0].state) == ([], 1, NOT_READY)


def test_apply_check_says_which_references_are_still_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = listed(folder, 43)
    path = notice(folder, first, "B" * 32)
    assert main(["verify", str(folder), "--apply-check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert f"- nog in de nieuwste levering: {first}\n" in shown and "B" * 32 not in shown
    assert [value for value in PERSONAL if value in shown] == []
    path = notice(folder, "B" * 32)
    assert main(["verify", str(folder), "--apply-check", str(path)]) == 4
    capsys.readouterr()
    assert main(["verify", str(folder), "--json", "--apply-check", str(path)]) == 4
    assert json.loads(capsys.readouterr().out)["still_listed"] == []


def test_who_was_released_again_after_the_notice_may_be_listed(folder: Path) -> None:
    """The drop 43 is of 16 June."""
    path = notice(folder, *listed(folder, 43))
    for day, still in (("2026-06-16", 10), ("2026-06-17", 10), ("2026-06-15", 0)):
        path.write_bytes(path.read_bytes().replace(b"2026-06-16", day.encode()))
        found = verify.apply_check(folder, verify.verify_folder(folder), path).still_listed
        assert found is not None and len(found) == still
        path = notice(folder, *listed(folder, 43))


def test_an_encrypted_notice_is_known(folder: Path) -> None:
    path = notice(folder, "A" * 32)
    path.rename(folder / f"{path.name}.pgp")
    report = verify.verify_folder(folder)
    assert report.ok and report.notices[0].references is None


def test_apply_check_does_not_say_all_is_well_of_what_it_could_not_look_at(folder: Path) -> None:
    path = notice(folder, "B" * 32)
    flip(csv(folder, 43))
    report = verify.apply_check(folder, verify.verify_folder(folder), path)
    assert ("apply-check", path.name) in told(report) and report.still_listed is None
    report = verify.apply_check(folder, verify.verify_folder(folder), folder / "nergens.csv")
    assert ("apply-check", "nergens.csv") in told(report)


def test_a_test_drop_is_known_and_stands_apart(folder: Path) -> None:
    drop = example(folder, sequence=0, test=True, previous_manifest_sha256=None, ledger_head=None)
    (folder / drop.go_name).touch()
    report = verify.verify_folder(folder)
    assert report.ok and [finding.code for finding in report.remarks] == ["test"]
    assert sum(one.test for one in report.drops) == 1
    move(folder, drop.stem, drop.stem.replace("TEST", "AANMELDING"))
    assert [code for code, _ in told(verify.verify_folder(folder))] == ["renamed"]


def test_json_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip(csv(folder, 43))
    assert main(["verify", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False and found["drops"][2]["state"] == WRONG
    assert found["drops"][2]["findings"][0]["code"] == "hash"
    assert found["drops"][0]["manifest"]["sha256"] == manifest_sha256(folder, 41)


def test_a_name_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "\x1b[2J\nweg\n.txt").touch()
    assert main(["verify", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\nweg" not in shown and "weg?.txt" in shown


def test_every_single_byte_counts(tmp_path: Path) -> None:
    """Of the list, wherever it is flipped."""
    folder = fetch(tmp_path / "in", 43, previous="0" * 64)
    for at in range(0, csv(folder, 43).stat().st_size, 97):
        flip(csv(folder, 43), at)
        assert told(verify.verify_folder(folder)) == [("hash", f"{stem(43)}.csv")]
        flip(csv(folder, 43), at)


def test_no_manifest_however_spoilt_makes_it_fall_over(tmp_path: Path) -> None:
    """Each value in turn replaced by something of another kind: it is named or it does not matter, never a crash."""
    folder = fetch(tmp_path / "in", 43, previous="0" * 64)
    original = json.loads(manifest_of(folder, 43).read_bytes())
    matters = {"resources", "recipient", "night", "sequence", "rows", "decided_at", "name"}
    for key in original:
        for value in (None, [], {}, "x", -1, 1e400, True, ["x"], {"x": None}, [[]], "\ud800"):
            manifest_of(folder, 43).write_text(json.dumps(original | {key: value}))
            assert not (verify.verify_folder(folder).ok and key in matters), (key, value)


ALONE = [sys.executable, "-I", "-S"]


def test_the_one_file_runs_by_itself(folder: Path, tmp_path: Path) -> None:
    """Handed over to who has only Python: no package of ours or of others, elsewhere on the disk."""
    alone = tmp_path / "verify.py"
    shutil.copy(verify.__file__, alone)
    allowed_signers(tmp_path, SIGNING_KEY)
    sign(folder)
    run = subprocess.run([*ALONE, str(alone), str(folder)], capture_output=True, text=True, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "") and run.stdout.endswith("intrekkingsberichten.\n")
    flip(csv(folder, 43))
    run = subprocess.run([*ALONE, str(alone), str(folder)], capture_output=True, text=True, env={"LC_ALL": "C"})
    assert run.returncode == 1 and "is veranderd" in run.stdout


def test_it_imports_the_standard_library_alone_and_is_read_by_python_3_10() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"), feature_version=(3, 10))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {str(name).partition(".")[0] for name in imported} <= sys.stdlib_module_names
