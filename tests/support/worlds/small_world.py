"""The agency of a small night: five recipients that serve one municipality each, and parents that can be recognised.

Every personal value holds its parent's id (see `person`), so that a test can ask of any byte whose it is.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from tests.support import PROJECT
from tests.support.worlds.tables import World, to_sqlite, world

AALST, BRUGGE, GENT = Kbo("0212237186"), Kbo("0207832792"), Kbo("0212214125")
LEUVEN, MECHELEN = Kbo("0208236927"), Kbo("0212196111")
NAMES = {
    BRUGGE: ("OCMW Brugge", "31005"),
    LEUVEN: ("OCMW Leuven", "24062"),
    MECHELEN: ("OCMW Mechelen", "12025"),
    GENT: ("OCMW Gent", "44021"),
    AALST: ("OCMW Aalst", "41002"),
}
"""Recipients and the code of the one municipality that each serves, sorted by KBO; no merger shaped any since 2025."""

Person = dict[str, str]


def person(parent_id: int) -> Person:
    """Every personal column of a parent, each value of it recognisable and nobody else's."""
    born = f"90{parent_id // 28 % 12 + 1:02}{parent_id % 28 + 1:02}999"
    return {
        "insz": f"{born}{97 - int(born) % 97:02}",
        "first_name": f"Zoë{parent_id}kanarievoor",
        "last_name": f"Kanariën-{parent_id}achter",
        "phone": f"+32 470 7{parent_id % 10}{parent_id:04} 31"[:19],
        "email": f"kanarie{parent_id}post@example.org",
        "street": f"Kanariestraat {parent_id} & hoek",
        "house_number": f"{parent_id}kanariehuis",
        "box_number": f"{parent_id}kanariebus",
    }


OF_RESIDENCE = ("street", "house_number", "box_number")


def small_world(parents: Mapping[Kbo, int] | None = None, today: date | None = None) -> World:
    """So many parents a recipient (three for each, by default), all of them released; ids are 101, 102, ... 201, ..."""
    today = today or local_day(datetime.now(UTC))
    parents = parents or dict.fromkeys(NAMES, 3)
    homes = [(100 * i + n, kbo) for i, kbo in enumerate(sorted(parents), 1) for n in range(1, parents[kbo] + 1)]
    born = str(today - timedelta(days=300))
    return world(
        {
            "recipient": [{"kbo": kbo, "name": NAMES[kbo][0], "ovo": None} for kbo in parents],
            "recipient_municipality": [{"kbo": kbo, "nis_code": NAMES[kbo][1]} for kbo in parents],
            "local_team": [{"local_team_id": f"T{kbo}", "name": f"Team {NAMES[kbo][0]}"} for kbo in parents],
            "family": [{"family_id": id_, "local_team_id": f"T{kbo}"} for id_, kbo in homes],
            "parent": [
                {"parent_id": id_, "family_id": id_}
                | {name: value for name, value in person(id_).items() if name not in OF_RESIDENCE}
                for id_, _ in homes
            ],
            "residence": [
                {"parent_id": id_, "nis_code": NAMES[kbo][1]} | {name: person(id_)[name] for name in OF_RESIDENCE}
                for id_, kbo in homes
            ],
            "child": [{"child_id": id_, "family_id": id_, "birth_date": born} for id_, _ in homes],
            "child_on_31_december": [],
            "indicator_assessment": [
                {"assessment_id": id_, "child_id": id_, "assessed_on": born, "recorded_at": f"{born} 12:00"}
                for id_, _ in homes
            ],
            "agreement": [{"agreement_id": f"A{kbo}", "kbo": kbo, "local_team_id": f"T{kbo}"} for kbo in parents],
            "protocol": [{"protocol_id": f"P{kbo}", "kbo": kbo} for kbo in parents],
            "consent_event": [{"event_id": id_, "parent_id": id_, "kbo": kbo} for id_, kbo in homes],
        }
    )


def to_postgresql(made: World, uri: str, scratch: Path) -> None:
    """The same world in PostgreSQL, with the interface's own types and keys, by way of the one in SQLite."""
    import psycopg2

    copy = sqlite3.connect(to_sqlite(made, scratch / "copied.db", produced_at=datetime.now(UTC)))
    connection = psycopg2.connect(uri)
    with connection, connection.cursor() as cursor:
        cursor.execute((PROJECT / "pipeline" / "demo" / "world" / "schema.sql").read_text())
        for (table,) in copy.execute("select name from sqlite_master where type = 'table'").fetchall():
            columns = [name for _, name, *_ in copy.execute(f"pragma table_info({table})")]
            marks = ", ".join("%s::boolean" if name in _BOOLEANS else "%s" for name in columns)
            rows = copy.execute(f"select * from {table}").fetchall()
            texts = [[None if value is None else str(value) for value in row] for row in rows]
            cursor.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", texts)
    connection.close()
    copy.close()
    (scratch / "copied.db").unlink()


_BOOLEANS = {"confidential", "client", "income", "education", "employment", "stimulation", "housing", "health"}


def execute(uri: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """One statement on SQLite or PostgreSQL, with `?` for each value, committed; the rows it gives."""
    with transaction(uri) as run:
        return run(statement, *values)


def produce(uri: str, at: datetime) -> None:
    """The agency's load writes its control rows: right counts, produced at one instant."""
    stamp = at.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
    with transaction(uri) as run:
        for (feed,) in run("select feed from feed_control"):
            ((rows,),) = run(f"select count(*) from {feed}")
            run("update feed_control set row_count = ?, produced_at = ? where feed = ?", rows, stamp, feed)


Statement = Callable[..., list[tuple[Any, ...]]]


@contextmanager
def transaction(uri: str) -> Iterator[Statement]:
    """Runs statements with `?` for each value, and commits them."""
    if is_sqlite := urlsplit(uri).scheme == "sqlite":
        connection: Any = sqlite3.connect(urlsplit(uri).path.removeprefix("/"), timeout=30)
    else:
        import psycopg2

        connection = psycopg2.connect(uri)
    cursor = connection.cursor()

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor.execute(statement if is_sqlite else statement.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    try:
        yield run
        connection.commit()
    finally:
        connection.close()
