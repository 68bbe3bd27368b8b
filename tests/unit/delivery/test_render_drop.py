"""A whole drop: its golden bytes, its names, who may read it, and what it refuses."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import TerminalError
from pipeline.core.model import Kbo
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import render
from tests.golden.example import AWKWARD, FULL, GOLDEN, KEY, ORDER, SETTINGS, content, example, golden_files, rows
from tests.support.measured import unmeasured
from tests.unit.delivery.test_render_csv import HEADER, read_back

ALL = ("csv", "xlsx", "parquet")
STEM = "AANMELDING_OPGROEIEN_0212214125_20260615_000042"


def test_the_golden_drops_byte_for_byte(tmp_path):
    made = golden_files(tmp_path)
    golden = {path.name for path in GOLDEN.iterdir() if path.suffix in (".csv", ".json", ".sha256", ".sig")}
    assert golden == set(made)
    for name, content_now in made.items():
        assert content_now == (GOLDEN / name).read_bytes(), name


def test_names_tell_type_sender_recipient_date_and_sequence(tmp_path):
    drop = example(tmp_path, AWKWARD, *ALL)
    assert (drop.kbo, drop.night, drop.sequence, drop.stem) == ("0212214125", date(2026, 6, 15), 42, STEM)
    assert [file.name for file in drop.data] == [f"{STEM}.csv", f"{STEM}.xlsx", f"{STEM}.parquet"]
    assert drop.manifest.name == f"{STEM}.datapackage.json"
    assert drop.signature and drop.signature.name == f"{STEM}.datapackage.json.sig"
    assert drop.go_name == f"{STEM}.GO"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        file.name for file in (*drop.data, drop.manifest, drop.signature)
    ), "nothing else, and no GO file: that is publish's"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read_it(tmp_path, umask):
    code = f"import os, pathlib; os.umask({umask}); from tests.golden.example import *; " + (
        f"example(pathlib.Path({str(tmp_path / 'drop')!r}), AWKWARD, 'csv', 'xlsx', 'parquet')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "drop").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "drop").iterdir()} == {0o600}


def test_a_folder_open_to_others_is_closed(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir(mode=0o755)
    example(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_data_depend_on_rows_recipient_and_key_alone(tmp_path):
    """A workbook on the night as well, which stands at the foot of its pages; not on the run or the number."""
    first = example(tmp_path / "a", AWKWARD, *ALL)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    again = example(tmp_path / "b", AWKWARD, *ALL, night=date(2027, 1, 1), sequence=43, run="manual", decided_at=later)
    assert [content(first, at) for at in (0, 2)] == [content(again, at) for at in (0, 2)]
    assert {file.name for file in first.data}.isdisjoint(file.name for file in again.data)
    same_night = example(tmp_path / "c", AWKWARD, *ALL, sequence=43, run="manual", decided_at=later)
    assert [content(first, at) for at in range(3)] == [content(same_night, at) for at in range(3)]


def test_the_same_order_gives_the_same_manifest(tmp_path):
    assert (
        example(tmp_path / "a", AWKWARD, *ALL).manifest.sha256 == example(tmp_path / "b", AWKWARD, *ALL).manifest.sha256
    )


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    table = rows(AWKWARD)
    shuffled = table.take([7, 3, 9, 0, 5, 1, 8, 2, 6, 4])
    settings = replace(SETTINGS, formats=ALL)
    drops = [render(each, ORDER, settings, KEY, tmp_path / str(at)) for at, each in enumerate((table, shuffled))]
    assert [content(drops[0], at) for at in range(3)] == [content(drops[1], at) for at in range(3)]


def test_another_key_or_recipient_changes_references_and_nothing_else(tmp_path):
    other = Kbo("0212180069")
    papers = replace(ORDER.papers, kbo=other)
    drops = [
        example(tmp_path / "a"),
        render(rows(AWKWARD), ORDER, SETTINGS, ReferenceKey("new", bytes(range(32))), tmp_path / "b"),
        render(rows(AWKWARD), replace(ORDER, papers=papers), replace(SETTINGS, kbo=other), KEY, tmp_path / "c"),
    ]
    lines = [read_back(content(drop))[1:] for drop in drops]
    assert len({line[0] for each in lines for line in each}) == 3 * len(AWKWARD)
    rest = [sorted(line[1:] for line in each) for each in lines]
    assert rest[0] == rest[1] == rest[2]


def test_each_row_carries_its_own_parents_reference(tmp_path):
    people = [FULL | {"last_name": f"Voorbeeld {at}"} for at in range(50)]
    table = rows(people, first_id=1000)
    together = {line[2]: line[0] for line in read_back(content(render(table, ORDER, SETTINGS, KEY, tmp_path)))[1:]}
    for at in range(50):
        (line,) = read_back(content(render(table.slice(at, 1), ORDER, SETTINGS, KEY, tmp_path / "one")))[1:]
        assert together[f"Voorbeeld {at}"] == line[0]


def test_parquet_holds_the_cells_of_the_csv(tmp_path):
    drop = example(tmp_path, AWKWARD, "csv", "parquet")
    table = pq.ParquetFile(drop.data[1].path).read()
    assert table.column_names == HEADER.split(";")
    assert [[cell or "" for cell in row.values()] for row in table.to_pylist()] == read_back(content(drop))[1:]
    assert table["telefoon"].null_count == 1, "what is not known is NULL, not an empty text"


def test_nobody_to_refer_is_still_a_drop_in_every_format(tmp_path):
    drop = example(tmp_path, [], *ALL)
    assert drop.rows == 0 and all(file.bytes > 0 for file in drop.data)
    assert pq.ParquetFile(drop.data[2].path).read().num_rows == 0


def test_rendering_again_replaces_what_is_there(tmp_path):
    example(tmp_path, AWKWARD)
    drop = example(tmp_path, [FULL])
    assert len(read_back(content(drop))) == 2
    assert len(list(tmp_path.iterdir())) == 3


def test_columns_that_are_not_the_recipients_never_go_out(tmp_path):
    extra = pa.array(["canary-90010100024"] * len(AWKWARD))
    table = rows(AWKWARD).append_column("insz", extra).append_column("reference", extra)
    drop = render(table, ORDER, replace(SETTINGS, formats=ALL), KEY, tmp_path)
    assert read_back(content(drop)) == read_back(content(example(tmp_path / "plain")))
    assert all(b"canary" not in path.read_bytes() for path in tmp_path.glob("*.*"))


def test_texts_of_any_arrow_kind_will_do(tmp_path):
    table = rows(AWKWARD)
    large = table.cast(
        pa.schema([("parent_id", pa.int64()), *((name, pa.large_string()) for name in table.column_names[1:])])
    )
    assert content(render(large, ORDER, SETTINGS, KEY, tmp_path / "a")) == content(example(tmp_path / "b"))


MISFITS = [
    ("another recipient's order", lambda t: t, Kbo("0212180069"), "the order is for 0212180069"),
    ("a missing column", lambda t: t.drop_columns(["phone"]), None, "lack the column phone"),
    ("no parent", lambda t: t.drop_columns(["parent_id"]), None, "lack the column parent_id"),
    ("a parent twice", lambda t: pa.concat_tables([t, t]), None, "20 rows for 10 parents"),
    ("a row of nobody", lambda t: t.set_column(0, "parent_id", pa.array([None, *range(9)])), None, "for 9 parents"),
    ("no name", lambda t: t.set_column(2, "last_name", pa.nulls(10, pa.string())), None, "10 names are empty"),
]


@pytest.mark.parametrize(("change", "kbo", "says"), [row[1:] for row in MISFITS], ids=[row[0] for row in MISFITS])
def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path, change, kbo, says):
    order = replace(ORDER, papers=replace(ORDER.papers, kbo=kbo)) if kbo else ORDER
    with pytest.raises(TerminalError, match=says) as refused:
        render(change(rows(AWKWARD)), order, SETTINGS, KEY, tmp_path / "drop")
    assert "recipient 0212214125" in str(refused.value)
    assert "Voorbeeld" not in str(refused.value)
    assert not (tmp_path / "drop").exists()


FULL_DISK = """
import resource, sys
from pathlib import Path
from pipeline.core.errors import TransientError
from tests.golden.example import AWKWARD, example
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    example(Path(sys.argv[1]), AWKWARD, "csv", "xlsx", "parquet")
except TransientError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [0, 100, 2000])
def test_a_full_disk_may_pass_and_leaves_nothing_half_written(tmp_path, room):
    """A file size limit stands in for the full disk; it fails the same write, on any machine."""
    folder = tmp_path / "drop"
    command = [sys.executable, "-c", FULL_DISK, str(folder), str(room)]
    with unmeasured():  # coverage would have no room for its file either
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "full" in said and "make room" in said and str(folder) in said
    assert "Voorbeeld" not in said
    assert all(path.suffix == ".csv" and room > 1000 for path in folder.iterdir()), "only what is whole"


NO_PANDAS = """
import sys
from pathlib import Path
import duckdb
from tests.golden.example import KEY, ORDER, SETTINGS, render
columns = "parent_id, first_name, last_name, street, house_number, box_number, postal_code, municipality, phone, email"
row = "1::bigint, 'Noor', 'Voorbeeld', 'a;b', '=1', null, '9000', 'Gent', null, null"
rows = duckdb.sql(f"select * from (values ({row})) as released ({columns})").to_arrow_table()
render(rows, ORDER, SETTINGS, KEY, Path(sys.argv[1]))
sys.exit("pandas" in sys.modules)
"""


def test_pandas_stays_out_of_a_plain_delivery(tmp_path):
    """It costs half a second, in each of some 285 tasks; pa.array of a list would bring it in."""
    subprocess.run([sys.executable, "-c", NO_PANDAS, str(tmp_path)], check=True)
    assert len(list(tmp_path.iterdir())) == 3
