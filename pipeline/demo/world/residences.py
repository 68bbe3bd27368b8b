"""Where parents live, as recorded: with codes of before a merger, gaps, corrections and protected addresses."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.world.chance import Index
from pipeline.demo.world.days import Days, Instants, days_after, office_hours
from pipeline.demo.world.families import Families
from pipeline.demo.world.names import STREETS
from pipeline.demo.world.people import Parents, nullable
from pipeline.demo.world.reference import Places, read
from pipeline.demo.world.registries import MERGER
from pipeline.demo.world.schema import world_table

SEPARATE = 0.07
"""Assumption: share of second parents who live elsewhere in the municipality."""
STILL_OLD_CODE = 0.03
"""Assumption: share of addresses recorded after a merger that still carry the old code."""
UNKNOWN_CODES = ("11003", "11006", "99999", "1100", "41001")
"""Long gone (merged in 1977), never existed, or no code at all: nothing maps them."""
ABROAD_CODES = ("62063", "52011", "92094")
"""Liège, Charleroi, Namur: real, but no municipality of this flow."""


class _Rows:
    """Residence rows of some parents under way: one entry per row in each array."""

    def __init__(self, parent: Index, valid_from: Days, recorded: Instants, area: Index, house: Index) -> None:
        self.parent, self.valid_from, self.recorded, self.area, self.house = parent, valid_from, recorded, area, house


def residences(
    people: Parents, homes: Families, places: Places, latest: np.datetime64, rng: np.random.Generator
) -> pa.Table:
    """Every residence row of the chunk's parents, recorded no later than `latest`."""
    family = people.family
    first_known = office_hours(days_after(homes.first_birth, 4, rng, least=1)[family], latest, rng)
    since = homes.first_birth - rng.integers(0, 3000, len(homes.home)).astype("timedelta64[D]")
    house = rng.integers(0, 1 << 40, len(homes.home))[family] + (people.second & (rng.random(len(family)) < SEPARATE))
    everyone = np.setdiff1d(np.arange(len(family)), people.cases["no_residence"])
    movers = everyone[homes.moves[family[everyone]]]
    corrected = people.cases["corrected"]
    corrected = corrected[~homes.moves[family[corrected]]]
    day_later = np.minimum(first_known[corrected] + np.timedelta64(40, "D"), latest)
    corrected, day_later = corrected[day_later > first_known[corrected]], day_later[day_later > first_known[corrected]]
    parts = [
        _Rows(everyone, since[family[everyone]], first_known[everyone], homes.home[family[everyone]], house[everyone]),
        _Rows(
            movers,
            homes.moved_on[family[movers]],
            office_hours(homes.move_known[family[movers]], latest, rng),
            homes.next_home[family[movers]],
            house[movers] + 7,
        ),
        _Rows(corrected, since[family[corrected]], day_later, homes.home[family[corrected]], house[corrected] + 3),
    ]
    return pa.concat_tables([_table(part, people, places, rng) for part in parts])


def address(house: Index, area: Index, places: Places) -> dict[str, pa.Array]:
    """Street, number, box and postal code that go with a number drawn for the house."""
    number = house // 64 % 180 + 1
    letter = pa.array(["", "", "", "", "", "", "A", "B"]).take(pa.array(house // 7 % 8))
    boxes = pa.array(["1", "2", "b 3", "0201", "12", "bus 4"]).take(pa.array(house // 5 % 6))
    start = np.cumsum([0] + [len(codes) for codes in places.postcodes])
    every = pa.array([code for codes in places.postcodes for code in codes])
    postcode = start[area] + house // 11 % (start[area + 1] - start[area])
    return {
        "street": pa.array(STREETS).take(pa.array(house % len(STREETS))),
        "house_number": pc.binary_join_element_wise(pa.array(number).cast(pa.string()), letter, ""),
        "box_number": nullable(boxes, house // 3 % 4 == 0),
        "postal_code": every.take(pa.array(postcode)),
    }


def codes(area: Index, recorded: Instants, places: Places, rng: np.random.Generator) -> pa.Array:
    """NIS codes as they were when recorded, a few still from before the merger."""
    old = (recorded < np.datetime64(MERGER, "s")) | (rng.random(len(area)) < STILL_OLD_CODE)
    every = pa.array(places.code + places.old)
    return every.take(pa.array(area + len(places.code) * old))


def _table(part: _Rows, people: Parents, places: Places, rng: np.random.Generator) -> pa.Table:
    columns = address(part.house, part.area, places)
    nis = codes(part.area, part.recorded, places, rng)
    nis = _overwritten(nis, part.parent, people.cases["unknown_nis"], UNKNOWN_CODES)
    nis = _overwritten(nis, part.parent, people.cases["abroad"], ABROAD_CODES)
    former = [row["oude_nis"] for row in read("mergers.csv") if row["datum"] == "2019-01-01"]
    nis = _overwritten(nis, part.parent, people.cases["former_nis"], former)
    return world_table(
        "residence",
        {
            "parent_id": people.ids[part.parent],
            "valid_from": part.valid_from,
            "recorded_at": part.recorded,
            **columns,
            "street": _overwritten(
                columns["street"], part.parent, people.cases["blank_street"], (" ", "", "\u00a0", None)
            ),
            "nis_code": nullable(nis, ~np.isin(part.parent, people.cases["no_nis"])),
            "confidential": np.isin(part.parent, people.cases["confidential"]),
        },
    )


def _overwritten(values: pa.Array, parent: Index, who: Index, by: tuple[str | None, ...] | list[str]) -> pa.Array:
    """`values` with one of `by` where the parent is among `who`."""
    every = pa.array([*by], pa.string())
    return pc.if_else(pa.array(np.isin(parent, who)), every.take(pa.array(parent % len(by))), values)
