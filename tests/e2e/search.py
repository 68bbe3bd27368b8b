"""Where personal values went: every byte under a folder, in every form in which a value may hide."""

import base64
import gzip
import html
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from tests.support.night import House
from tests.support.worlds.small_world import person
from tests.support.worlds.tables import World

Canaries = Mapping[str, str]
"""Value to a name for it, such as "101.email"."""


_MARKS = ("kanari", "Kanari")
"""One of them is in every value but numbers."""


def canaries(parents: Iterable[int]) -> dict[str, str]:
    """Every personal value of these parents."""
    return {value: f"{id_}.{column}" for id_ in parents for column, value in person(id_).items()}


@cache
def forms(value: str) -> tuple[bytes, ...]:
    """A value as text in several encodings, escaped for URLs, HTML and JSON, in base64 at any offset, and in hex."""
    texts = {value, quote(value, safe=""), quote(value), quote_plus(value), html.escape(value), value.replace(" ", "")}
    texts |= {json.dumps(value)[1:-1], json.dumps(json.dumps(value))[3:-3], repr(value.encode())[2:-1]}
    texts |= {text.lower() for text in texts} | {text.upper() for text in texts}
    found = {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le", "utf-16-be")}
    found |= {value.encode("latin-1"), value.encode().hex().encode(), value.encode().hex().upper().encode()}
    return tuple(found | {part for text in (value.encode(), value.encode("utf-16-le")) for part in _base64(text)})


def _base64(text: bytes) -> Iterator[bytes]:
    """The characters that depend on `text` alone, wherever it begins in what was encoded; both alphabets."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + text)
        kept = encoded[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]
        yield from (kept, kept.translate(bytes.maketrans(b"+/", b"-_")))


def search(content: bytes, wanted: Canaries) -> set[str]:
    """The names of the values in these bytes, also where they are packed."""
    found = set()
    for layer in (content, *_unpacked(content)):
        marked = any(_holds(layer, mark) for mark in _MARKS)  # thousands of look-ups are saved where none is
        found |= {name for value, name in wanted.items() if (marked or _is_digits(value)) and _holds(layer, value)}
    return found


def _holds(layer: bytes, value: str) -> bool:
    return any(form in layer for form in forms(value))


def _is_digits(value: str) -> bool:
    return value.strip("+").replace(" ", "").isdigit()


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield packed.read(name)
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        yield repr(pq.ParquetFile(io.BytesIO(content)).read().to_pylist()).encode()


def found_under(folder: Path, wanted: Canaries, but: Sequence[Path] = ()) -> dict[str, set[str]]:
    """File to the values in it or in its path, for every file outside `but`; SQLite also by its cells."""
    found = {}
    for path in (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()):
        if any(path.is_relative_to(left_out) for left_out in but):
            continue
        content = path.read_bytes()
        cells = _cells(path) if content.startswith(b"SQLite format 3") else b""
        if names := search(content, wanted) | search(str(path).encode() + cells, wanted):
            found[str(path.relative_to(folder))] = names
    return found


def _cells(path: Path) -> bytes:
    """A long value is spread over pages that need not lie together."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        tables = [
            name.decode() for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        rows = [row for table in tables for row in connection.execute(f'select * from "{table}"')]
    return _joined(rows)


def cells_of(uri: str) -> bytes:
    """Every cell of every table in PostgreSQL."""
    import psycopg2

    with closing(psycopg2.connect(uri.replace("+psycopg2", ""))) as connection, connection.cursor() as cursor:
        cursor.execute("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"select * from {table}")
            rows += cursor.fetchall()
    return _joined(rows)


def _joined(rows: list[tuple[Any, ...]]) -> bytes:
    return b"\n".join(_bytes(cell) for row in rows for cell in row)


def _bytes(cell: Any) -> bytes:
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def assert_nothing_leaked(house: House, made: World, databases: Sequence[str] = ()) -> None:
    """No personal value of the world anywhere but in the agency and, each its own parents', before the recipients."""
    wanted = person_values(made)
    outside = [house.home.world, house.home.hosts]
    assert len(search(_agency(house), wanted)) == len(wanted), "the search itself finds every value in the agency"
    assert found_under(house.path, wanted, but=outside) == {}
    assert [search(cells_of(uri), wanted) for uri in databases] == [set()] * len(databases)
    served = {row["parent_id"]: row["kbo"] for row in made["consent_event"]}
    for folder in (path for path in house.home.hosts.iterdir() if path.name != "keys"):
        own = {name for name in wanted.values() if served.get(int(name.split(".")[0])) == folder.name}
        for path, names in found_under(folder, wanted).items():
            assert names <= own, f"{path} of {folder.name} holds {names - own}"
            assert not any(name.endswith(".insz") for name in names)


def person_values(made: World) -> dict[str, str]:
    """Every personal value that the world has of its parents."""
    present = {value for row in (*made["parent"], *made["residence"]) for value in row.values()}
    known = canaries(row["parent_id"] for row in made["parent"])
    wanted = {value: name for value, name in known.items() if value in present}
    assert len(wanted) > 7 * len(made["parent"])
    return wanted


def _agency(house: House) -> bytes:
    if house.agency.startswith("sqlite"):
        return _cells(house.home.world)
    return cells_of(house.agency)
