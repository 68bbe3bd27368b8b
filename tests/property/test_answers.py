"""Over random nights, keys, numbers that change and rows that go: every parent's answer is exactly what went out."""

import itertools
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.ledger.events import Kind
from tests.support.answers import ASKED_AT, BRUGGE, GENT, Desk, tables
from tests.support.worlds.small_world import execute, person, produce, small_world
from tests.support.worlds.tables import to_sqlite

FAMILIES = ((101,), (201, 202), (203, 204))
PARENTS = [parent for family in FAMILIES for parent in family]
LASTS = [Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED]

night = st.tuples(
    st.sampled_from([BRUGGE, GENT]), st.sets(st.sampled_from(PARENTS), max_size=5), st.sampled_from(LASTS)
)
change = st.sampled_from(["key", "number", "gone", "no number"])
history = st.lists(st.one_of(night, night, st.tuples(change, st.sampled_from(PARENTS))), min_size=3, max_size=14)

places = itertools.count()


@dataclass
class Truth:
    """What each parent's answer must say; kept beside the ledger, and by other means."""

    numbers: dict[int, str | None] = field(default_factory=lambda: {each: person(each)["insz"] for each in PARENTS})
    on_lines: dict[int, str] = field(default_factory=dict)
    given: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: {each: [] for each in PARENTS})
    gone: set[int] = field(default_factory=set)

    def number_of(self, parent: int) -> str | None:
        """By which the parent is known: today's, or else the newest on a line."""
        today = None if parent in self.gone else self.numbers[parent]
        return today or self.on_lines.get(parent)


def live(desk: Desk, steps: list[tuple[object, ...]]) -> Truth:
    truth, fresh = Truth(), itertools.count(301)
    for day, step in enumerate(steps):
        if len(step) == 3:
            deliver(desk, truth, date(2026, 6, 1) + timedelta(days=day), *step)  # by its length
            continue
        what, parent = step
        assert isinstance(parent, int)
        if what == "key":
            desk.rotate(f"key-{day}")
        elif what == "gone":
            truth.gone.add(parent)
            execute(desk.agency, "delete from parent where parent_id = ?", parent)
            produce(desk.agency, ASKED_AT)
        else:
            truth.numbers[parent] = person(next(fresh))["insz"] if what == "number" else None
            execute(desk.agency, "update parent set insz = ? where parent_id = ?", truth.numbers[parent], parent)
    return truth


def deliver(desk: Desk, truth: Truth, on: date, kbo: str, parents: set[int], last: Kind) -> None:
    there = sorted(parents - truth.gone)
    desk.deliver(GENT if kbo == GENT else BRUGGE, on, [(each, truth.numbers[each]) for each in there], last=last)
    for each in there:
        if number := truth.numbers[each]:
            truth.on_lines[each] = number
        if last is not Kind.INTENT:
            truth.given[each].append((f"{on:%d/%m/%Y}", "OCMW Gent" if kbo == GENT else "OCMW Brugge"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=history)
@example([(BRUGGE, {101}, Kind.INTENT), ("no number", 101), ("key", 101), (GENT, {101}, Kind.PUBLISHED)])
@example([(BRUGGE, {101}, Kind.INTENT), ("no number", 101), ("key", 101), (GENT, {101}, Kind.PUBLISHED), ("gone", 101)])
def test_every_answer_is_exactly_what_went_out_of_that_parent(tmp_path: Path, steps: list[tuple[object, ...]]) -> None:
    folder = tmp_path / str(next(places))
    folder.mkdir()
    made = small_world({BRUGGE: 1, GENT: 4}, date(2026, 7, 1))
    for row in made["parent"]:
        row["family_id"] = next(family[0] for family in FAMILIES if row["parent_id"] in family)
    desk = Desk(folder, f"sqlite:///{to_sqlite(made, folder / 'a', ASKED_AT)}", f"sqlite:///{folder / 'l'}")
    truth = live(desk, steps)
    for parent in PARENTS:
        assert answered(desk, parent=parent) == truth.given[parent]
        if number := truth.number_of(parent):
            assert answered(desk, insz=number) == truth.given[parent]
    assert answered(desk, insz=person(999)["insz"]) == []
    shutil.rmtree(folder)


def answered(desk: Desk, insz: str | None = None, parent: int | None = None) -> list[tuple[str, ...]]:
    """Night and recipient of each delivery that the report tells of."""
    return [row[:2] for row in tables(desk.report(insz, parent)).get("Elke levering", ())]
