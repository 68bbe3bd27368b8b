"""One CSV and one manifest a recipient."""

import base64
import hmac
import json
from collections.abc import Hashable
from pathlib import Path

import pandas as pd

from bench.plain.feeds import sha256
from bench.plain.gate import Decided
from bench.plain.reference import is_blank
from pipeline.delivery.columns import COLUMNS, REFERENCE

ADDRESS = ["street", "house_number", "box_number", "postal_code", "municipality"]
HEADERS = {column.source: column.header for column in COLUMNS}
FORMULA = r"^(?:[\t\r\n]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])"
NOT_ON_ONE_LINE = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"


def write(decided: Decided, now: pd.Timestamp, secret: bytes, folder: Path) -> None:
    rows = _allowed(decided.parents[decided.parents["outcome"] == "released"])
    rows[REFERENCE] = [
        _reference(secret, kbo, parent) for kbo, parent in zip(rows["kbo"], rows["parent_id"], strict=True)
    ]
    for column in HEADERS:
        rows[column] = _safe(rows[column])
    rows = rows.rename(columns=HEADERS).sort_values(["achternaam", "voornaam", "referentie"])
    by_kbo = dict(list(rows.groupby("kbo")))
    for papers in decided.covered.to_dict("records"):
        _write(by_kbo.get(papers["kbo"], rows[:0])[list(HEADERS.values())], papers, now, folder / papers["kbo"])


def _allowed(rows: pd.DataFrame) -> pd.DataFrame:
    """What may be told and nothing else."""
    rows = rows.copy()
    rows.loc[~(rows["has_address"] & rows["fields"].str.contains("address")), ADDRESS] = None
    for name in ("phone", "email"):
        rows.loc[~rows["fields"].str.contains(name) | is_blank(rows[name]), name] = None
    return rows


def _reference(secret: bytes, kbo: str, parent: int) -> str:
    return base64.b32encode(hmac.digest(secret, f"{kbo}:{parent}".encode(), "sha256")[:20]).decode()


def _safe(texts: pd.Series) -> pd.Series:
    """No cell that a spreadsheet takes for a formula, or that takes more than one line."""
    is_formula = texts.str.match(FORMULA).fillna(False).astype(bool)
    return texts.where(~is_formula, "'" + texts).str.replace(NOT_ON_ONE_LINE, " ", regex=True)


def _write(drop: pd.DataFrame, papers: dict[Hashable, object], now: pd.Timestamp, folder: Path) -> None:
    folder.mkdir(parents=True)
    path = folder / "drop.csv"
    drop.to_csv(path, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    manifest = papers | {
        "decided_at": now.isoformat(),
        "path": path.name,
        "rows": len(drop),
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        "fields": list(drop.columns),
    }
    (folder / "datapackage.json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True), "utf-8"
    )
