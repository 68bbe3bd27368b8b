"""Every feed with `read_sql`, typed by the contract, staged as Parquet with its SHA-256."""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.core.feeds import FEEDS, Feed

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Read:
    """The frames by feed, and how many values could not be read, by feed and column."""

    frames: Frames
    unparsable: dict[str, dict[str, int]]


def read(agency: Path, folder: Path) -> Read:
    """All feeds in one transaction; what does not parse becomes missing, and is counted."""
    folder.mkdir(parents=True)
    frames, unparsable, hashes = {}, {}, {}
    with sqlite3.connect(f"file:{agency}?mode=ro", uri=True, isolation_level=None) as connection:
        connection.execute("begin")
        for name, feed in FEEDS.items():
            raw = pd.read_sql(f"select {', '.join(feed.columns)} from {name}", connection)
            frames[name] = pd.DataFrame({column: _typed(raw[column], kind) for column, kind in feed.columns.items()})
            unparsable[name] = _unparsable(raw, frames[name], feed)
            path = folder / f"{name}.parquet"
            frames[name].to_parquet(path, index=False)
            hashes[name] = sha256(path)
    (folder / "sha256.json").write_text(json.dumps(hashes), "utf-8")
    return Read(frames, unparsable)


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _typed(values: pd.Series, kind: str) -> pd.Series:
    match kind:
        case "date":
            return pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
        case "timestamptz":
            return pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
        case "bigint":
            return pd.to_numeric(values, errors="coerce").astype("Int64")
        case "boolean":
            return values.where(values.isin([0, 1])).astype("boolean")
        case _:
            return values.astype("str")


def _unparsable(raw: pd.DataFrame, typed: pd.DataFrame, feed: Feed) -> dict[str, int]:
    missing, lost = typed.isna(), typed.isna() & raw.notna()
    return {name: int((lost if name in feed.nullable else missing)[name].sum()) for name in feed.columns}
