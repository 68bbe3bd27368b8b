"""What the agency shows of one recipient as its own database writes it, to be compared with a later look. Pure.

A feed is one text, with every value of every row that a delivery reads: two texts are the same only where all those
values are. Of the noes of other people, which no row of the recipient stands on, there are a count and two sums.
"""

from pipeline.core.feeds import FEEDS, Feed
from pipeline.core.package_data import SQL
from pipeline.source.kept_sums import noes_query

SCOPES = ("families", "parents", "children")


def scope_query(*, is_sqlite: bool) -> str:
    """One row: the lists of sql/source/scope/, each as text; `$kbo` is the recipient."""
    parts = ",\n".join(f"{name} as materialized (\n{_scope_part(name)})" for name in SCOPES)
    ids = "group_concat(id, ',')" if is_sqlite else "string_agg(id::text, ',' order by id)"
    lists = ", ".join(f"(select coalesce({ids}, '') from {name}) as {name}" for name in SCOPES)
    return f"with {parts}\nselect {lists}"


def _scope_part(name: str) -> str:
    text = (SQL / "source" / "scope" / f"{name}.sql").read_text("utf-8")
    for other in SCOPES:
        text = text.replace(f"${other}", f"(select id from {other})")
    return text


def shown_query(*, is_sqlite: bool) -> str:
    """Columns feed and content, a row a feed: its rows about the families of a scope. And one for everybody's noes."""
    content = _sqlite_content if is_sqlite else _postgresql_content
    noes = noes_query(is_sqlite=is_sqlite)
    numbers = "rows || ' ' || first_sum || ' ' || second_sum"
    return "\nunion all\n".join(
        (
            *(f"select '{feed.name}' as feed, ({content(feed)}) as content" for feed in FEEDS.values()),
            f"select 'noes', {numbers} from (\n{noes}) as sums",
        )
    )


def _postgresql_content(feed: Feed) -> str:
    """A row's own text quotes what has to be, and tells NULL from an empty text; ISO dates, whatever the session's
    style. With the types of the columns, so that another type is another content."""
    values = ", ".join(
        f"to_json({name})" if kind in ("date", "timestamptz") else name for name, kind in feed.columns.items()
    )
    types = (
        "select string_agg(concat_ws(' ', attname, atttypid, atttypmod), ',' order by attnum) from pg_attribute "
        f"where attrelid = to_regclass('{feed.name}') and attnum > 0 and not attisdropped"
    )
    return (
        f'select concat(({types}), chr(10), string_agg(text, chr(10) order by text collate "C")) '
        f"from (select row({values})::text as text from {feed.name}\n{_narrowed(feed)}) as agency_row"
    )


def _sqlite_content(feed: Feed) -> str:
    """Each value has a type of its own, and any bytes."""
    values = " || ' ' || ".join(f"typeof({name}) || hex({name})" for name in feed.columns)
    rows = f"select {values} as text from {feed.name}\n{_narrowed(feed)}"
    return f"select coalesce(group_concat(text, char(10)), '') from ({rows})"


def _narrowed(feed: Feed) -> str:
    for folder in ("shown", "of_recipient"):
        narrowed = SQL / "source" / folder / f"{feed.name}.sql"
        if narrowed.exists():
            return narrowed.read_text("utf-8")
    return ""
