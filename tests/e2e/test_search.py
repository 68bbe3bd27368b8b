"""The search bites: whatever form a value takes, it is found, and what is not there is not."""

import base64
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.e2e.search import canaries, found_under, search

WANTED = canaries([101, 203])


def zipped(text: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", text)
    return sink.getvalue()


def parquet(text: str) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"column": [text]}), sink, compression="zstd")
    return sink.getvalue()


FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "latin-1": lambda text: text.encode("latin-1"),
    "utf-16": lambda text: text.encode("utf-16"),
    "json": lambda text: json.dumps({"value": text}).encode(),
    "json in json": lambda text: json.dumps(json.dumps([text])).encode(),
    "python": lambda text: repr({"value": text}).encode(),
    "python bytes": lambda text: repr(text.encode()).encode(),
    "address": lambda text: quote(text).encode(),
    "query": lambda text: quote_plus(text).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, second byte": lambda text: base64.b64encode(b"x" + text.encode() + b"y"),
    "base64, third byte": lambda text: base64.urlsafe_b64encode(b"xx" + text.encode() + b"yy"),
    "hex": lambda text: text.encode().hex().encode(),
    "capitals": lambda text: text.upper().encode(),
    "zip": zipped,
    "gzip": lambda text: gzip.compress(text.encode()),
    "parquet": parquet,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_value_is_found_in_every_form(form: str) -> None:
    for value, name in WANTED.items():
        content = FORMS[form](value)
        around = content if form in ("zip", "gzip", "parquet") else b"before " + content + b" after"
        assert search(around, WANTED) == {name}


def test_the_neighbour_is_not_taken_for_it() -> None:
    assert search("\n".join(canaries([102, 303])).encode(), WANTED) == set()


def test_files_names_and_databases_are_looked_into(tmp_path: Path) -> None:
    value, name = next(iter(WANTED.items()))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.log").write_text(f"said {value}")
    (tmp_path / f"{value}.txt").write_text("nothing")
    with sqlite3.connect(tmp_path / "some.db") as connection:
        connection.execute("create table t (c text)")
        connection.execute("insert into t values (?)", ["x" * 5000 + value])
    assert found_under(tmp_path, WANTED, but=[]) == {
        "deep/file.log": {name}, f"{value}.txt": {name}, "some.db": {name},
    }  # fmt: skip
    assert found_under(tmp_path, WANTED, but=[tmp_path]) == {}
