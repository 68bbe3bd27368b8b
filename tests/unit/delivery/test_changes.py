"""What became of each row, by the ledger's hashes and by two fetched lists: always what comparing two tables says."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SettingsError
from pipeline.delivery import verify
from pipeline.delivery.change_file import change_file
from pipeline.delivery.changes import DropChanges, EarlierDrop, OutgoingRow, Stand, drop_changes, outgoing_rows
from pipeline.delivery.references import ReferenceKey, references
from pipeline.delivery.render import drop_table
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.persons import LedgerKey, person_hashes
from tests.golden.example import FULL, GENT, KEY, ORDER, SETTINGS, render
from tests.golden.example import rows as released
from tests.support.received import manifest_sha256, stem

LEDGER = LedgerKey("k1", bytes(32))
LATER = LedgerKey("k2", bytes(range(32)))
EARLIER = "AANMELDING_OPGROEIEN_0212214125_20260614_000041"
Person = dict[str, Any]
People = Mapping[int, Person]

PERSON = st.fixed_dictionaries(
    {"first_name": st.sampled_from(["Noor", "Éloïse"]), "last_name": st.just("Voorbeeld")},
    optional={name: st.sampled_from(["1", "a;b", "=1"]) for name in ("street", "phone", "email")},
)
PEOPLE = st.dictionaries(st.integers(1, 8), PERSON, max_size=6)


def keys(key_id: str) -> LedgerKey:
    kept = {key.id: key for key in (LEDGER, LATER)}
    if key_id not in kept:
        raise SettingsError("not kept")
    return kept[key_id]


def table_of(people: People) -> pa.Table:
    table = released(list(people.values()))
    return table.set_column(0, "parent_id", pa.array(list(people), pa.int64()))


def outgoing(people: People, key: ReferenceKey = KEY) -> dict[str, OutgoingRow]:
    whose = dict(zip(references(key, GENT, people).to_pylist(), people, strict=True))
    return outgoing_rows(GENT, drop_table(table_of(people), GENT, key), whose)


def lines(rows: Mapping[str, OutgoingRow], key: LedgerKey = LEDGER) -> tuple[Disclosure, ...]:
    """As the ledger has them."""
    hashed = {each: person_hashes(key, [row.parent_id])[0] for each, row in rows.items()}
    return tuple(
        Disclosure(each, hashed[each], None, key.id, ("name",), (), (), 1, "v1", 30, row.cells(key))
        for each, row in rows.items()
    )


def earlier(*held: Disclosure, rows: int | None = None) -> EarlierDrop:
    return EarlierDrop(EARLIER, len(held) if rows is None else rows, held)


def naive(before: People, after: People) -> dict[str, tuple[Stand, set[str]]]:
    """By reference: what became of the row, and which columns changed; two tables side by side."""
    found = {}
    names = dict(zip([*before, *after], references(KEY, GENT, [*before, *after]).to_pylist(), strict=True))
    sources = {"first_name": "voornaam", "street": "straatnaam", "phone": "telefoon", "email": "e-mail"}
    for parent in before.keys() | after.keys():
        was, now = before.get(parent), after.get(parent)
        if was is None or now is None:
            found[names[parent]] = (Stand.NEW if now else Stand.GONE), set[str]()
            continue
        columns = {header for name, header in sources.items() if was.get(name) != now.get(name)}
        found[names[parent]] = (Stand.CHANGED if columns else Stand.UNCHANGED), columns
    return found


def stands(changes: DropChanges) -> dict[str, Stand]:
    return dict(changes.stands) | dict.fromkeys(changes.gone, Stand.GONE)


@settings(max_examples=40, deadline=None)
@given(PEOPLE, PEOPLE, st.sampled_from([LEDGER, LATER]))
def test_by_the_ledgers_hashes_it_is_what_two_tables_say(before: People, after: People, key: LedgerKey) -> None:
    found = drop_changes(earlier(*lines(outgoing(before), key)), outgoing(after), keys)
    assert stands(found) == {each: stand for each, (stand, _) in naive(before, after).items()}
    assert found.since == EARLIER and list(found.gone) == sorted(found.gone)


@settings(max_examples=20, deadline=None)
@given(PEOPLE, PEOPLE)
def test_by_two_fetched_lists_too_and_which_columns_changed(before: People, after: People) -> None:
    with TemporaryDirectory() as place:
        folder, order = Path(place), replace(ORDER, sequence=41, night=ORDER.night.replace(day=14))
        order = replace(order, decided_at=ORDER.decided_at.replace(day=14))
        (folder / render(table_of(before), order, SETTINGS, KEY, folder).go_name).touch()
        order = replace(ORDER, previous_manifest_sha256=manifest_sha256(folder, 41))
        (folder / render(table_of(after), order, SETTINGS, KEY, folder).go_name).touch()
        found = verify.compare_drops(folder, verify.verify_folder(folder), stem(41)).comparison
    assert found and (found.since, found.drop) == (stem(41), stem(42))
    assert {row.reference: (row.stand, set(row.columns)) for row in found.rows} == naive(before, after)


def test_the_words_are_the_same_to_the_agency_and_to_the_recipient() -> None:
    said = {verify.NEW, verify.CHANGED, verify.UNCHANGED, verify.GONE}
    assert said == {stand.value for stand in Stand} - {Stand.UNKNOWN}


TWO: People = {1: FULL, 2: FULL | {"phone": "1"}}
ONE = references(KEY, GENT, [1])[0].as_py()
UNKNOWNS = {
    "a line from before there were hashes": lambda held: [replace(held[0], cells=None), held[1]],
    "a ledger key that is no longer kept": lambda held: [replace(held[0], key_id="lost"), held[1]],
    "a redacted line": lambda held: held[1:],
}


@pytest.mark.parametrize("change", UNKNOWNS.values(), ids=UNKNOWNS.keys())
def test_what_is_not_known_is_said_to_be_unknown_and_nothing_else_is(change: Any) -> None:
    held = sorted(lines(outgoing(TWO)), key=lambda line: line.reference != ONE)
    found = drop_changes(earlier(*change(held), rows=2), outgoing(TWO), keys)
    assert found.stands == {each: Stand.UNKNOWN if each == ONE else Stand.UNCHANGED for each in outgoing(TWO)}
    assert found.gone == ()


def test_of_the_first_drop_ever_everything_is_new() -> None:
    found = drop_changes(EarlierDrop(), outgoing(TWO), keys)
    assert set(found.stands.values()) == {Stand.NEW} and found == drop_changes(EarlierDrop(), outgoing(TWO), keys)
    assert change_file(found).title == "Wijzigingen: de eerste levering"


def test_another_reference_key_makes_nobody_new_and_nobody_gone() -> None:
    """Behind other references the same parents: it is not said what became of them. A third parent is new."""
    rotated = outgoing(TWO | {3: FULL}, ReferenceKey("new", bytes(range(32))))
    found = drop_changes(earlier(*lines(outgoing(TWO))), rotated, keys)
    assert sorted(found.stands.values()) == [Stand.NEW, Stand.UNKNOWN, Stand.UNKNOWN] and found.gone == ()


def test_a_column_that_a_later_version_adds_changes_no_row_that_has_nothing_in_it() -> None:
    table = drop_table(table_of(TWO), GENT, KEY)
    whose = {each: 1 for each in table["referentie"].to_pylist()}
    wider = table.append_column("later", pa.nulls(2, pa.string())).append_column("leeg", pa.array(["", ""]))
    assert outgoing_rows(GENT, wider, whose) == outgoing_rows(GENT, table, whose)
    filled = table.append_column("later", pa.array(["x", None]))
    assert len(outgoing_rows(GENT, filled, whose).items() & outgoing_rows(GENT, table, whose).items()) == 1


def test_a_hash_is_of_no_meaning_without_the_key_and_names_its_recipient() -> None:
    (row,) = outgoing({1: FULL}).values()
    assert len(row.cells(LEDGER)) == 16 and row.cells(LEDGER) != row.cells(LATER)
    assert GENT.encode() in row.content


@settings(max_examples=20, deadline=None)
@given(PEOPLE, PEOPLE)
def test_the_change_file_has_every_reference_once_and_no_cell(before: People, after: People) -> None:
    changes = drop_changes(earlier(*lines(outgoing(before))), outgoing(after), keys)
    made = change_file(changes)
    header, *found = csv.reader(io.StringIO(made.contents["csv"].decode("utf-8-sig"), newline=""), delimiter=";")
    assert header == ["referentie", "stand"] and made.rows == len(found)
    assert dict(map(tuple, found)) == {each: stand.value for each, stand in stands(changes).items()}
    assert found == sorted(found) and made.schema["primaryKey"] == ["referentie"]
