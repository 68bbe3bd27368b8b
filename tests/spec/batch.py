"""Many small worlds side by side in one: a run of the SQL gate costs as much for one family as for a thousand.

Each world is moved to numbers, recipients, teams, papers and municipalities of its own, so that none can touch another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.core.errors import PipelineError
from pipeline.core.model import CheckedSnapshot, Moment, Release
from pipeline.core.settings import Settings
from pipeline.gate.release import release
from tests.spec.case import Case
from tests.support.reference.gate import Decision, reference
from tests.support.worlds.tables import GENT_NIS, Row, World, insz_of_row, moment, stage, world

ROOM = 1000
"""Numbers that one world may use, below this."""
IDS = ("family_id", "parent_id", "child_id", "assessment_id", "event_id")
NAMES = ("local_team_id", "agreement_id", "protocol_id", "text_version")
UNSERVED = "11001"
"""Aartselaar, like Gent untouched by any merger: either stands for any such municipality."""


@cache
def plain_codes() -> tuple[str, ...]:
    """Municipalities of Flanders that no merger ever touched."""
    touched = {merger[key] for merger in reference("mergers") for key in ("oude_nis", "nieuwe_nis")}
    return tuple(row["nis"] for row in reference("municipalities_2025") if row["nis"] not in touched)


@cache
def place(code: str) -> str:
    """What a code is part of now: codes of one place cannot stand side by side."""
    return next((merger["nieuwe_nis"] for merger in reference("mergers") if merger["oude_nis"] == code), code)


def special_places(a_world: World) -> set[str]:
    codes = {row["nis_code"] for feed in ("residence", "recipient_municipality") for row in a_world[feed]}
    return {place(code) for code in codes - {None, GENT_NIS, UNSERVED}}


def own_kbo(kbo: str, number: int) -> str:
    """As long as it was, so that a number without its leading zero stays without; a blank one stays blank."""
    return f"0{number:03d}{kbo[-6:]}"[-len(kbo) :] if kbo.strip() else kbo


def renumbered(a_world: World, number: int, codes: Mapping[str, str] | None = None) -> World:
    """The same world with numbers and names of its own, and other municipalities where `codes` says so."""

    persons: dict[object, str] = {insz_of_row(n): insz_of_row(n + 10 * number) for n in range(1, 10)}

    def value(column: str, old: object) -> object:
        if column in IDS and isinstance(old, int):
            return old + number * ROOM
        if column == "kbo" and isinstance(old, str):
            return own_kbo(old, number)
        if column == "insz":
            return persons.get(old, old)
        if column in NAMES and isinstance(old, str) and old.strip():
            return f"{old}/{number}"
        return (codes or {}).get(str(old), old) if column == "nis_code" else old

    def row_moved(row: Row) -> Row:
        return {column: value(column, old) for column, old in row.items()}

    return {feed: [row_moved(row) for row in rows] for feed, rows in a_world.items()}


def together(worlds: Iterable[World]) -> World:
    """All rows in one world."""
    parts = list(worlds)
    return {feed: [row for part in parts for row in part[feed]] for feed in parts[0]}


def plain_pair(number: int) -> dict[str, str]:
    return dict(zip((GENT_NIS, UNSERVED), plain_codes()[2 * number :], strict=False))


def side_by_side(worlds: Sequence[World]) -> World:
    """All of them in one; at most as many as there are plain municipalities for."""
    return together(renumbered(a_world, number, plain_pair(number)) for number, a_world in enumerate(worlds))


def gate(a_world: World, at: Moment, folder: Path) -> tuple[Release, dict[int, Decision]]:
    """What the SQL gate makes of a world: the release, and its decisions as staged."""
    return gate_on(stage(a_world, folder / "in", at.known_at), at, folder)


def gate_on(checked: CheckedSnapshot, at: Moment, folder: Path) -> tuple[Release, dict[int, Decision]]:
    """The same, of a snapshot."""
    made = release(checked, at, Settings(), folder / "out")
    rows = pq.ParquetFile(made.decisions.uri.removeprefix("file://")).read().to_pylist()
    return made, {row["parent_id"]: Decision(row["outcome"], row["kbo"], row["reason"], row["fields"]) for row in rows}


@dataclass
class Batch:
    """Cases of one instant that do not get in each other's way."""

    at: Moment
    cases: list[Case]

    def takes(self, case: Case) -> bool:
        if case.alone or any(other.alone for other in self.cases) or len(self.cases) == len(plain_codes()) // 2:
            return False
        taken = {place for other in self.cases for place in special_places(world(other.change))}
        return not taken & special_places(world(case.change))


def batches(cases: Iterable[Case]) -> list[Batch]:
    """As few as a first fit makes them."""
    made: dict[tuple[datetime, datetime], list[Batch]] = {}
    for case in cases:
        at = moment(case.at, case.known_at)
        of_instant = made.setdefault((at.at, at.known_at), [])
        batch = next((batch for batch in of_instant if batch.takes(case)), None)
        if batch is None:
            of_instant.append(batch := Batch(at, []))
        batch.cases.append(case)
    return [batch for of_instant in made.values() for batch in of_instant]


def decided(batch: Batch, folder: Path) -> Iterator[tuple[Case, Decision | str | None]]:
    """Each case with what the SQL gate decided; where the gate refuses, halving finds the case, and gives its words."""
    try:
        _, found = gate(side_by_side([world(case.change) for case in batch.cases]), batch.at, folder)
    except PipelineError as error:
        if len(batch.cases) == 1:
            yield batch.cases[0], str(error)
            return
        half = len(batch.cases) // 2
        yield from decided(Batch(batch.at, batch.cases[:half]), folder / "1")
        yield from decided(Batch(batch.at, batch.cases[half:]), folder / "2")
        return
    for number, case in enumerate(batch.cases):
        decision = found.get(case.parent + number * ROOM)
        kbos = {own_kbo(row["kbo"], number): row["kbo"] for row in world(case.change)["recipient_municipality"]}
        yield case, decision and decision._replace(kbo=kbos.get(decision.kbo, decision.kbo))
