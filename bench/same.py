"""Whether the programs told every recipient the same, cell by cell, and decided alike on every parent."""

import csv
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.documents.cells import safe

Told = dict[str, Counter[tuple[str, ...]]]
Decisions = dict[int, tuple[str | None, ...]]
HEADERS = (
    "voornaam", "achternaam", "straatnaam", "huisnummer", "busnummer", "postcode", "gemeentenaam", "telefoon", "e-mail",
)  # fmt: skip


def told(drops: Path, neutralise: bool) -> Told:
    """The rows that each recipient gets, by KBO, however often each; a recipient without rows is left out.

    References hang on a key of the run's own, so rows are compared by all the rest. The bare
    query leaves cells that a spreadsheet would take for a formula: with `neutralise` that is made up for.
    """
    rows = {_kbo(folder): _rows(folder, neutralise) for folder in sorted(drops.iterdir())}
    return {kbo: counted for kbo, counted in rows.items() if counted}


def decided(decisions: Path) -> Decisions:
    """Outcome, recipient, reason and allowed fields by parent."""
    table = pq.read_table(decisions)
    parents, *rest = (table[name].to_pylist() for name in ("parent_id", "outcome", "kbo", "reason", "fields"))
    return dict(zip(parents, zip(*rest, strict=True), strict=True))


def _kbo(folder: Path) -> str:
    return re.sub("^kbo=", "", folder.name)


def _rows(folder: Path, neutralise: bool) -> Counter[tuple[str, ...]]:
    found: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found += csv.DictReader(stream, delimiter=";")
    columns = [[row[header] for row in found] for header in HEADERS]
    if neutralise:
        columns = [safe(pa.chunked_array([column], pa.string())).to_pylist() for column in columns]
    return Counter(zip(*columns, strict=True))
