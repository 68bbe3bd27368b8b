"""A PostgreSQL agency made several times as large: each family so many times, under other numbers, of other persons."""

from contextlib import closing

import psycopg2

_NUMBERS = {
    "family": ("family_id",),
    "parent": ("parent_id", "family_id"),
    "residence": ("parent_id",),
    "child": ("child_id", "family_id"),
    "child_on_31_december": ("child_id",),
    "indicator_assessment": ("assessment_id", "child_id"),
    "consent_event": ("event_id", "parent_id"),
}
_KEYS = {"residence": "parent_id, valid_from, recorded_at", "child_on_31_december": "child_id, year"}
_BORN = "lpad(((left(insz, 9)::bigint + time * 1000003) % 1000000000)::text, 9, '0')"
_INSZ = (
    f"case when insz ~ '^[0-9]{{11}}$' and time > 0 "
    f"then {_BORN} || lpad((97 - {_BORN}::bigint % 97)::text, 2, '0') else insz end"
)


def larger(uri: str, times: int) -> None:
    """Replaces its tables of persons; each copy has its own numbers, and an INSZ that is right."""
    with closing(psycopg2.connect(uri)) as connection, connection.cursor() as cursor:
        for table, numbers in _NUMBERS.items():
            cursor.execute(f"select * from {table} limit 0")
            columns = ", ".join(_copied(name, numbers) for name, *_ in cursor.description or ())
            cursor.execute(
                f"create table larger as select {columns} from {table}, generate_series(0, {times - 1}) time"
            )
            cursor.execute(f"drop table {table}")
            cursor.execute(f"alter table larger rename to {table}")
            cursor.execute(f"alter table {table} add primary key ({_KEYS.get(table, numbers[0])})")
            cursor.execute(f"update feed_control set row_count = (select count(*) from {table}) where feed = '{table}'")
        connection.commit()
        cursor.execute("analyze")
        connection.commit()


def _copied(name: str, numbers: tuple[str, ...]) -> str:
    if name in numbers:
        return f"{name} + time * 100000000::bigint as {name}"
    return f"{_INSZ} as insz" if name == "insz" else name
