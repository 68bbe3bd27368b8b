"""A night in which everything goes wrong that may quote a person, and then the search for every value of everyone.

Three recipients: Brugge gets its drop, Leuven's rendering fails with an error that quotes its rows, Gent's host
refuses. Five parents each: everything allowed, withdrawn, name and telephone alone, a malformed consent that quotes
the parent, a malformed INSZ.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from pipeline.core.model import Kbo
from pipeline.delivery import render
from pipeline.delivery.references import ReferenceKey
from tests.e2e.search import assert_nothing_leaked, canaries, found_under
from tests.support.drops import whole_drops
from tests.support.night import House, lay
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, person, small_world
from tests.support.worlds.tables import World, instant


def quote_rows_of_leuven() -> None:
    """From here on, in this process: the rendering of Leuven fails, and both the error and its cause quote rows."""
    table = render.drop_table

    def quoting(rows: pa.Table, kbo: Kbo, key: ReferenceKey) -> pa.Table:
        if kbo != LEUVEN:
            return table(rows, kbo, key)
        try:
            raise KeyError(rows.to_pylist()[0]["last_name"])
        except KeyError as error:
            raise ValueError(f"cannot render {rows.to_pylist()}") from error

    render.drop_table = quoting


def awkward_world() -> World:
    made = small_world({BRUGGE: 5, LEUVEN: 5, GENT: 5})
    for event in list(made["consent_event"]):
        id_ = event["parent_id"]
        match id_ % 100:
            case 2:
                later = {"event_id": 1000 + id_, "kind": "withdrawal", "occurred_at": instant("2025-06-01 10:00")}
                made["consent_event"].append(event | later | {"recorded_at": later["occurred_at"]})
            case 3:
                event["fields"] = "phone,name"
            case 4:
                event |= {"kind": person(id_)["email"], "fields": person(id_)["last_name"]}
    for parent in made["parent"]:
        if parent["parent_id"] % 100 == 5:
            parent["insz"] = person(parent["parent_id"])["last_name"]
    return made


ALLOWED = {f"101.{column}" for column in person(101) if column != "insz"} | {
    f"103.{column}" for column in ("first_name", "last_name", "phone")
}
"""Of Brugge's parents."""


def test_no_value_is_anywhere_but_in_the_drop_it_belongs_in(
    tmp_path: Path, with_airflow: Callable[[House], House]
) -> None:
    made = awkward_world()
    with lay(tmp_path / "house", made, formats={BRUGGE: ("csv", "xlsx", "parquet")}) as house:
        with_airflow(house)
        house.refuse(GENT)
        log = house.path / "night.log"
        assert house.dags_test(log, first=quote_rows_of_leuven) != 0
        said = log.read_text()
        assert "unforeseen ValueError in delivery/render.py" in said and "refuses our key" in said and "2 of 3" in said
        assert "set apart: feed consent_event, rule kind_unknown" in said
        what_brugge_got(house)
        assert list((house.home.hosts / LEUVEN / "out").iterdir()) == []
        everywhere_else(house, made)

        malform(house)
        assert house.dags_test(house.path / "malformed.log") != 0
        everywhere_else(house, made)


def what_brugge_got(house: House) -> None:
    (drop,) = whole_drops(house.out(BRUGGE))
    wanted = canaries(row for row in range(101, 106))
    found = found_under(house.out(BRUGGE), wanted)
    assert found == {f"{drop.stem}.{form}": ALLOWED for form in ("csv", "xlsx", "parquet")}


def everywhere_else(house: House, made: World) -> None:
    assert (house.home.airflow / "logs").is_dir() and any((house.path / "data_docs").rglob("*.html"))
    assert_nothing_leaked(house, made)


def malform(house: House) -> None:
    """Values that are not of their column's type, or no text at all: whoever reads them may quote them."""
    with sqlite3.connect(house.home.world) as connection:
        connection.execute("update parent set deceased_on = last_name where parent_id = 101")
        connection.execute("update residence set recorded_at = street where parent_id = 102")
        broken = person(103)["first_name"].encode("latin-1")
        connection.execute("update parent set first_name = cast(? as text) where parent_id = 103", [broken])
        connection.execute("update child set birth_date = ? where child_id = 201", [person(201)["phone"]])
