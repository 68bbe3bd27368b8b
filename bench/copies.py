"""A world several times as large: every family again under ids of its own; the recipients stay as they are."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.core.engine import Engine
from pipeline.core.feeds import CONTROL, FEEDS, UNPARSABLE
from pipeline.core.model import Snapshot
from pipeline.core.staging import local, private_folder, staged

STEP = 1_000_000_000
"""Between the ids of one copy and those of the next."""
IDS = {"family_id", "parent_id", "child_id", "assessment_id", "event_id"}
COPIED = [name for name, feed in FEEDS.items() if IDS & set(feed.columns)]
_BODY = f"((parent_id % {STEP} + copy * 16000057) % 1000000000)"
_INSZ = f"case when copy = 0 or insz is null then insz else printf('%09d%02d', {_BODY}, 97 - {_BODY} % 97) end"
"""A valid number of somebody else, in SQLite and DuckDB alike."""


def copy_agency(world: Path, copies: int, path: Path) -> None:
    """The agency's SQLite file `world`, so many times as large."""
    part = path.with_suffix(".part")
    shutil.copyfile(world, part)
    others = " union all ".join(f"select {copy} as copy" for copy in range(1, copies))
    with closing(sqlite3.connect(part)) as agency:
        agency.execute("pragma journal_mode = off")
        for feed in COPIED:
            names = [row[1] for row in agency.execute(f"pragma table_info({feed})")]
            rows = agency.execute(f"insert into {feed} select {_columns(names)} from {feed}, ({others})").rowcount
            agency.execute("update feed_control set row_count = row_count + ? where feed = ?", [rows, feed])
        agency.commit()
    part.replace(path)


def copy_snapshot(snapshot: Snapshot, copies: int, folder: Path, run: Engine) -> Snapshot:
    """Staged feeds, so many times as large, in `folder`."""
    private_folder(folder)
    files = {}

    def put(feed: str, query: str) -> None:
        path = folder / f"{feed}.parquet"
        (rows,) = run.connection.execute(
            f"copy ({query}) to '{path}' (format parquet, parquet_version v2)"
        ).fetchone() or (0,)
        files[feed] = staged(path, int(rows))

    for feed in FEEDS:
        if feed != CONTROL.name:
            put(feed, _copied(feed, local(snapshot.feeds[feed]), copies))
    counts = " ".join(f"when '{feed}' then {file.rows}" for feed, file in files.items())
    put(CONTROL.name, f"select * replace (case feed {counts} else row_count end as row_count) "
        f"from '{local(snapshot.feeds[CONTROL.name])}'")  # fmt: skip
    return Snapshot(snapshot.read_at, files)


def _copied(feed: str, file: Path, copies: int) -> str:
    if feed not in COPIED:
        return f"from '{file}'"
    columns = _columns([*FEEDS[feed].columns, UNPARSABLE])
    return f"select {columns} from '{file}', (select unnest(range({copies})) as copy)"


def _columns(names: list[str]) -> str:
    shifted = {name: f"{name} + copy * {STEP} as {name}" for name in IDS} | {"insz": f"{_INSZ} as insz"}
    return ", ".join(shifted.get(name, name) for name in names)
