"""Each name in the glossary's columns "in code" and "in SQL" exists."""

import re
from functools import cache

import pytest

from tests.support import PROJECT

GLOSSARY = PROJECT / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| English")
]


@cache
def python() -> str:
    return "\n".join(path.read_text("utf-8") for path in (PROJECT / "pipeline").rglob("*.py"))


@cache
def sql() -> str:
    """The SQL, the contract of the feeds, and the ledger's tables."""
    declared = ("core/feeds.py", "ledger/db/tables.py", "demo/world/schema.sql")
    paths = [*(PROJECT / "sql").rglob("*.sql"), *(PROJECT / "pipeline" / name for name in declared)]
    return "\n".join(path.read_text("utf-8") for path in paths)


def names(column: int) -> list[str]:
    return [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[column])]


@pytest.mark.parametrize("name", names(2))
def test_every_name_in_code_exists(name: str) -> None:
    if "/" in name:
        assert (PROJECT / name).exists()
    else:
        assert re.search(rf"^\s*(class|def) {name}\b|^\s*{name}( = |: )", python(), re.MULTILINE)


@pytest.mark.parametrize("name", names(3))
def test_every_name_in_sql_exists(name: str) -> None:
    if "/" in name:
        assert (PROJECT / name).exists()
    else:
        assert all(re.search(rf"\b{part}\b", sql()) for part in name.split("."))


def test_every_row_has_five_cells() -> None:
    assert len(ROWS) > 50 and {len(row) for row in ROWS} == {5}
