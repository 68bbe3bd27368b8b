"""What goes out, once more and naively: of whom the reference lets pass, the cells that the fields permit."""

from datetime import date
from typing import Any

from tests.support.reference.gate import Night, decide, is_blank, municipality_on, reference, residence
from tests.support.worlds.tables import Row

OF_ADDRESS = ("street", "house_number", "box_number", "postal_code", "municipality")


def rows_due(night: Night) -> dict[int, dict[str, Any]]:
    """The row of every parent who is released, by parent_id, as `release.referrals` has it."""
    parents = {row["parent_id"]: row for row in night.rows("parent")}
    return {
        parent_id: row_due(night, parents[parent_id], decision.kbo, decision.fields.split(","))
        for parent_id, decision in decide(night).items()
        if decision.fields is not None
    }


def row_due(night: Night, parent: Row, kbo: str | None, fields: list[str]) -> dict[str, Any]:
    """A name always; the rest where its field is permitted and there is something to tell."""
    home = residence(night, parent)
    assert home is not None, "nobody without a residence is released"
    tells = "address" in fields and not is_blank(home["street"]) and not is_blank(home["postal_code"])
    cells = home | {"municipality": name_on(municipality_on(home["nis_code"], night.day), night.day)}
    return (
        {"kbo": kbo, **{name: parent[name] for name in ("parent_id", "first_name", "last_name")}}
        | {name: cells[name] if tells else None for name in OF_ADDRESS}
        | {name: parent[name] if name in fields and not is_blank(parent[name]) else None for name in ("phone", "email")}
    )


def name_on(code: str | None, day: date) -> str:
    """What a municipality is called on this day."""
    flanders = "2018" if day.year <= 2018 else "2019_2024" if day.year <= 2024 else "2025"
    rows = reference(f"municipalities_{flanders}") + reference("municipalities_brussels")
    (name,) = {row["naam"] for row in rows if row["nis"] == code}
    return name
