"""The queries of sql/source/kept/ in the words of the agency's own database. Pure.

The night makes the same sums in DuckDB (sql/source/look/numbers.sql). Where the two would differ for the same row, a
look only reads that feed whole: what stops a look is a row that is gone.
"""

import re

from pipeline.core.feeds import EARLIEST_DAY, LATEST_DAY
from pipeline.core.package_data import SQL

_NUMBER = re.compile(r"(second_of|day_of|number_of|code_of)\((\w+)(?:, (\d+))?\)")


_BEFORE = "where second_of(recorded_at) < $before"
"""How each of those queries ends."""


def sums_query(feed: str, *, is_sqlite: bool) -> str:
    """With the instant, in seconds since 1970, as its one parameter."""
    return _in_words_of(_text("kept", feed), is_sqlite).replace("$before", "$1")


def noes_query(*, is_sqlite: bool) -> str:
    """The same numbers of every event that is no grant, whenever recorded."""
    return _in_words_of(_text("kept", "consent_event").replace(_BEFORE, _text("shown", "noes")), is_sqlite)


def _text(folder: str, name: str) -> str:
    return (SQL / "source" / folder / f"{name}.sql").read_text("utf-8")


def _in_words_of(text: str, is_sqlite: bool) -> str:
    expression = _in_sqlite if is_sqlite else _in_postgresql
    return _NUMBER.sub(lambda found: expression(*found.groups()), text)


def _in_sqlite(number: str, column: str, most: str) -> str:
    match number:
        case "second_of":
            return f"cast(strftime('%s', {column}) as bigint)"
        case "day_of":
            return f"cast(julianday({column}) - 2440587.5 as bigint)"
        case "number_of":
            digits = f"{column} not glob '*[^0-9]*' and length({column}) between 1 and 15"
            return f"case when {digits} then cast({column} as bigint) else 0 end + length({column})"
    return _code(column, most, "coalesce(unicode({}), 0)")


def _in_postgresql(number: str, column: str, most: str) -> str:
    """PostgreSQL knows infinite days and instants, which have no number."""
    match number:
        case "second_of":
            first, last = f"timestamptz '{EARLIEST_DAY} 00:00:00+00'", f"timestamptz '{LATEST_DAY} 23:59:59+00'"
            value = f"cast(floor(extract(epoch from {column})) as bigint)"
        case "day_of":
            first, last, value = f"date '{EARLIEST_DAY}'", f"date '{LATEST_DAY}'", f"({column} - date '1970-01-01')"
        case "number_of":
            text = f"cast({column} as text)"
            return f"case when {text} ~ '^[0-9]{{1,15}}$' then cast({text} as bigint) else 0 end + length({text})"
        case _:
            return _code(f"cast({column} as text)", most, "ascii({})")
    return f"case when {column} between {first} and {last} then {value} end"


def _code(text: str, most: str, letter: str) -> str:
    letters = (f"{place} * {letter.format(f'substr({text}, {place}, 1)')}" for place in range(1, int(most) + 1))
    return f"(1031 * length({text}) + {' + '.join(letters)})"
