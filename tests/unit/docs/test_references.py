"""Each link, path and test that a document names exists."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support import PROJECT

FOLDERS = ("bench", "dags", "docs", "expectations", "pipeline", "requirements", "sql", "tests")
"""The folders of the project; a name in a document that begins with one of them is a path."""
DOCUMENTS = sorted(
    [
        *PROJECT.glob("*.md"),
        *PROJECT.glob("docs/**/*.md"),
        *PROJECT.glob("bench/*.md"),
        *PROJECT.glob("pipeline/*/*.md"),
    ]
)
of_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))

FILE = re.compile(r"`([\w./-]+\.(?:py|sql|md|toml|jinja|typ|csv|geojson|sh))(?:::(\w+))?`")
FOLDER = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*)`")
TEST = re.compile(r"`::(\w+)`")
NOT_HERE = re.compile(r"recipients(\.seals)?\.toml|decisions\.csv|AANMELDING_.*")
"""Files that an operator or a run makes."""


@cache
def project_files() -> tuple[str, ...]:
    """Every file of the project, with a slash before its path."""
    top = [f"/{path.name}" for path in PROJECT.iterdir() if path.is_file()]
    below = [path for folder in FOLDERS for path in (PROJECT / folder).rglob("*") if path.is_file()]
    return (*top, *(f"/{path.relative_to(PROJECT)}" for path in below))


def files_that_end_in(path: str) -> list[Path]:
    """A document may leave out the beginning of a path."""
    return [PROJECT / file[1:] for file in project_files() if file.endswith(f"/{path}")]


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_tests(document: Path) -> Iterator[tuple[str, str]]:
    """Path and name; a name alone belongs to the path before it."""
    path = ""
    for found in re.finditer(rf"{FILE.pattern}|{TEST.pattern}", document.read_text("utf-8")):
        path = found[1] or path
        if name := found[2] or found[3]:
            yield path, name


@of_each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if link.startswith(("http:", "https:")):
            continue
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@of_each_document
def test_every_path_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    missing = [path for path, _ in FILE.findall(text) if not NOT_HERE.fullmatch(path) and not files_that_end_in(path)]
    missing += [path for path in FOLDER.findall(text) if "." not in path and not list(PROJECT.glob(path.rstrip("/")))]
    assert missing == []


@of_each_document
def test_every_test_exists(document: Path) -> None:
    missing = [
        f"{path}::{name}"
        for path, name in named_tests(document)
        if not any(re.search(rf"def {name}\b", file.read_text("utf-8")) for file in files_that_end_in(path))
    ]
    assert missing == []


def test_the_index_gives_every_decision_its_title() -> None:
    index = (PROJECT / "docs" / "README.md").read_text("utf-8")
    for decision in (PROJECT / "docs" / "decisions").glob("*.md"):
        number, title = decision.read_text("utf-8").splitlines()[0].removeprefix("# ").split(" ", 1)
        assert f"| [{number}](decisions/{decision.name}) | {title} |" in index
