"""Pages are their owner's alone, but in a folder that an administrator gave to a group of readers."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.answers.overview.editions import new_overview
from pipeline.core.page_folder import page_folder, writing_page


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.fixture(autouse=True, params=[0o000, 0o077])
def lax_or_strict(request: pytest.FixtureRequest):
    """Whatever umask the tasks run with."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("root", "folder", "page"),
    [(0o2750, 0o2750, 0o640), (0o2770, 0o2750, 0o640), (0o755, 0o700, 0o600), (0o2700, 0o700, 0o600)],
)
def test_what_is_made_is_as_open_as_the_folder_above_it_was_made_to_be(
    tmp_path: Path, root: int, folder: int, page: int
) -> None:
    (docs := tmp_path / "docs").mkdir()
    docs.chmod(root)
    with writing_page(page_folder(docs / "run") / "checks.html") as part:
        assert mode(part) == 0o600, "until it is whole"
        part.write_text("page")
    with new_overview(docs, datetime(2026, 6, 15, tzinfo=UTC)) as made:
        (made / "overview.html").write_text("overview")
        (made / "overview.html").chmod(0o600)
    (overview,) = docs.glob("2026*/overview.html")
    made_folders = (docs / "run", overview.parent)
    assert [mode(path) & 0o5777 for path in made_folders] == [folder & 0o5777] * 2
    assert [mode(path) for path in (docs / "run" / "checks.html", overview)] == [page] * 2
    assert mode(docs) == root, "an administrator's own choice"


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (there := tmp_path / "run").mkdir()
    there.chmod(0o775)
    assert page_folder(there) == there and mode(there) == 0o775
