"""All forms or none, whole, and again."""

import os
from pathlib import Path

import pytest

from pipeline.answers.overview import write
from pipeline.answers.overview.write import overview_files, write_overview
from pipeline.core.errors import SettingsError
from tests.golden.overview_example import example

NAMES = {
    *(f"overzicht-2026-06-15.{form}" for form in ("html", "pdf", "xlsx")),
    *(f"overzicht-2026-06-15-{key}.csv" for key in ("samenvatting", "besturen", "papieren", "provincies", "teams")),
    *(f"overzicht-2026-06-15-{key}.csv" for key in ("evolutie", "toelichting")),
}


def test_every_form_is_written_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    made = write_overview(example(), folder)
    assert {path.name for path in made} == {path.name for path in folder.iterdir()} == NAMES
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == overview_files(example())


def test_the_same_overview_gives_the_same_bytes() -> None:
    assert overview_files(example()) == overview_files(example())


def test_another_run_replaces_what_lies_there_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "overzicht-2026-06-14.html").write_text("yesterday's")
    write_overview(example(remarks=()), tmp_path)
    write_overview(example(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == NAMES | {"overzicht-2026-06-14.html"}
    assert (tmp_path / "overzicht-2026-06-15-samenvatting.csv").read_bytes().count(b"Opmerking") == 2


def test_nothing_appears_when_a_form_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(overview: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(write, "overview_pdf", fails)
    with pytest.raises(ZeroDivisionError):
        write_overview(example(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_appears_when_one_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the last of them: those of before stay as they were."""
    write_overview(example(remarks=()), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if "evolutie" in self.name:
            raise OSError(28, os.strerror(28))
        return written(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Exception, match="staging is full"):
        write_overview(example(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingsError, match="is no folder that can be written to: name another with --out"):
            write_overview(example(), folder)
