"""The world's tables are the agency's, to the letter."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.core.feeds import FEEDS
from pipeline.demo.world import schema
from tests.support.worlds.world_lens import world

ORIGINAL = "0f3184eb451d67362f27a95056934452679ab14ae93b1b1e246518d7f7296ff9"
"""SHA-256 of the agency's own agency_interface.sql."""
OWN_LINES = 3


def test_the_copy_of_the_interface_is_the_original() -> None:
    lines = (Path(schema.__file__).parent / "schema.sql").read_text(encoding="utf-8").splitlines(keepends=True)
    assert hashlib.sha256("".join(lines[OWN_LINES:]).encode()).hexdigest() == ORIGINAL


def test_the_tables_are_those_that_the_pipeline_expects() -> None:
    assert {name: columns.names for name, columns in schema.SCHEMAS.items()} == {
        name: list(feed.columns) for name, feed in FEEDS.items()
    }
    assert len(schema.CREATE) == 14


FORMS = {
    "date32[day]": "{0} glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'",
    "timestamp[us, tz=UTC]": "{0} glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] "
    "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]+00:00'",
    "bool": "typeof({0}) = 'integer' and {0} in (0, 1)",
    "int64": "typeof({0}) = 'integer'",
    "int32": "typeof({0}) = 'integer'",
    "string": "typeof({0}) = 'text'",
}


def test_sqlite_holds_every_type_as_agreed(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.002)
    with closing(sqlite3.connect(lens.path)) as database:
        for name, columns in schema.SCHEMAS.items():
            for field in columns:
                form = FORMS[str(field.type)].format(field.name)
                wrong = f"select count(*) from {name} where {field.name} is not null and not ({form})"
                assert database.execute(wrong).fetchone() == (0,), f"{name}.{field.name}"


def test_primary_keys_are_declared(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.002)
    with closing(sqlite3.connect(lens.path)) as database:
        for name, feed in FEEDS.items():
            info = database.execute(f"pragma table_info({name})").fetchall()
            assert tuple(row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]) == feed.key
