"""The tool `frictionless` accepts what we put, as it lies in the folder, and finds what is wrong with it.

Its words stand here as a recipient's colleague reads them: it knows nothing of us but the manifest.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import frictionless
import pytest
from pysequoia import Tsk

from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import render
from pipeline.followup.notice_files import render_notice
from pipeline.indicators.sheet_file import sheet_enclosure
from tests.golden.example import AWKWARD, CHANGES, KEY, NOTICE_LINES, NOTICE_ORDER, ORDER, SETTINGS, example, rows
from tests.support.docs import commands_of
from tests.support.signing import SIGNING_KEY
from tests.support.worlds.sheets import on_record

ALL = ("csv", "xlsx", "parquet")
TEST = {"test": True, "sequence": 0, "previous_manifest_sha256": None}


@pytest.fixture
def keyed(tmp_path: Path) -> RecipientSettings:
    """OCMW Gent, who has a key of its own and every format."""
    key, path = Tsk.generate("OCMW Gent <gent@example.org>").extract_certificate(), tmp_path / "gent.asc"
    path.write_bytes(bytes(key))
    return replace(SETTINGS, formats=ALL, encryption=str(path), seal=f"test:{key.fingerprint}:{'0' * 64}")


def report_on(folder: Path) -> frictionless.Report:
    (manifest,) = folder.glob("*.datapackage.json")
    return frictionless.validate(str(manifest))


def kinds(report: frictionless.Report) -> set[str]:
    return {error.type for task in report.tasks for error in task.errors} | {error.type for error in report.errors}


@pytest.mark.parametrize(
    ("people", "formats", "sheets", "order"),
    [
        (AWKWARD, ALL, [], {}),
        ([], ALL, [], {}),
        (AWKWARD, ("csv", "xlsx"), [on_record()], {}),
        (AWKWARD, ("csv", "xlsx"), [], {"changes": CHANGES}),
        (AWKWARD, ("csv", "xlsx"), [], TEST),
    ],
    ids=["a drop", "a drop of nobody", "with a sheet", "with a change file", "a test"],
)
def test_it_accepts_a_drop(tmp_path: Path, people, formats, sheets, order) -> None:
    drop = example(tmp_path, people, *formats, sheets=sheets, **order)
    report = report_on(tmp_path)
    assert report.valid, kinds(report)
    assert len(report.tasks) == len(drop.data), "each file was looked at"
    as_tables = [task.place for task in report.tasks if task.type == "table"]
    assert as_tables == [file.name for file in drop.data if not file.name.endswith(".parquet")]


def test_it_accepts_what_is_encrypted(tmp_path: Path, keyed: RecipientSettings) -> None:
    """By size and hash: it has no key."""
    render(rows(AWKWARD), ORDER, keyed, KEY, tmp_path / "drop", [sheet_enclosure(on_record(), ALL)])
    report = report_on(tmp_path / "drop")
    assert report.valid, kinds(report)
    assert [task.type for task in report.tasks] == ["file"] * 5


def test_it_accepts_a_notice(tmp_path: Path, keyed: RecipientSettings) -> None:
    for name, settings in {"clear": SETTINGS, "encrypted": keyed}.items():
        folder = tmp_path / name
        folder.mkdir()
        render_notice(NOTICE_ORDER, NOTICE_LINES, settings, SIGNING_KEY, folder)
        assert report_on(folder).valid


def of_the_first_row(change: Callable[[list[str]], list[str]]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        lines = content.decode("utf-8-sig").split("\r\n")
        lines[1] = ";".join(change(lines[1].split(";")))
        return "\r\n".join(lines).encode("utf-8-sig")

    return changed


def twice(content: bytes) -> bytes:
    return content + content.split(b"\r\n")[1] + b"\r\n"


FAULTS: list[tuple[str, str, Callable[[bytes], bytes], set[str]]] = [
    ("a name is missing", "csv", of_the_first_row(lambda row: [row[0], "", *row[2:]]), {"constraint-error"}),
    ("no reference of ours", "csv", of_the_first_row(lambda row: ["x", *row[1:]]), {"constraint-error"}),
    ("a parent twice", "csv", twice, {"unique-error", "primary-key"}),
    ("a cell is missing", "csv", of_the_first_row(lambda row: row[:-1]), {"missing-cell"}),
    ("another column", "csv", lambda content: content.replace(b"voornaam", b"roepnaam"), {"incorrect-label"}),
    ("a byte of another value", "csv", lambda content: content.replace(b"9000", b"9001", 1), {"hash-count"}),
    ("a byte too many", "parquet", lambda content: content + b"x", {"hash-count", "byte-count"}),
    ("half a workbook", "xlsx", lambda content: content[:3000], {"format-error"}),
]


@pytest.mark.parametrize(("end", "change", "found"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_it_finds_a_fault(tmp_path: Path, end: str, change: Callable[[bytes], bytes], found: set[str]) -> None:
    example(tmp_path, AWKWARD, *ALL)
    (file,) = tmp_path.glob(f"*.{end}")
    file.write_bytes(change(file.read_bytes()))
    assert found <= kinds(report_on(tmp_path))


def test_it_finds_that_a_file_is_gone(tmp_path: Path, keyed: RecipientSettings) -> None:
    render(rows(AWKWARD), ORDER, keyed, KEY, tmp_path / "drop")
    next((tmp_path / "drop").glob("*.xlsx.pgp")).unlink()
    assert kinds(report_on(tmp_path / "drop")) == {"scheme-error"}


@pytest.mark.parametrize(("spoiled", "says"), [(False, "VALID"), (True, "INVALID")], ids=["whole", "spoiled"])
def test_the_line_of_the_page_says_so(tmp_path: Path, spoiled: bool, says: str) -> None:
    drop = example(tmp_path / "leveringen")
    if spoiled:
        Path(drop.data[0].path).write_bytes(b"x")
    (line,) = commands_of("nakijken.md", "frictionless")
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "levering": drop.stem, "COLUMNS": "120"}
    ran = subprocess.run(["bash", "-ec", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == spoiled and says in ran.stdout.replace("│", " ").split(), ran.stdout + ran.stderr
