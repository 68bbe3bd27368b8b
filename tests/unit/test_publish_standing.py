"""Where a delivery stands by its history: pure, one case at a time."""

from datetime import UTC, date, datetime

import pytest

from pipeline.ledger import DISCLOSED, MAY_FOLLOW, REMARKS, Contents, Event, Kind, follows, standing
from pipeline.model import Drop, DropFile, Kbo

KBO = Kbo("0212214125")
MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17)


def contents(sequence: int = 1, rows: int = 3, data: str = "a.csv") -> Contents:
    return Contents(sequence, f"S{sequence}", rows, {data: "aa"}, f"S{sequence}.json", f"manifest {sequence}")


def event(kind: Kind, night: date = MONDAY, what: Contents | None = None, run: str = "run") -> Event:
    held = None if kind in REMARKS else what or contents()
    return Event(KBO, night, run, kind, datetime(2026, 6, 15, tzinfo=UTC), held)


def published(night: date, sequence: int) -> list[Event]:
    return [event(kind, night, contents(sequence)) for kind in (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)]


def test_nothing_on_record() -> None:
    found = standing([], MONDAY)
    assert (found.tonight, found.published, found.overtaken, found.sequence) == (None, False, False, 1)
    assert found.previous_manifest_sha256 is None
    assert found.unfinished == found.on_host == found.outdated == ()


def test_an_unfinished_night_keeps_its_number() -> None:
    history = [*published(MONDAY, 1), event(Kind.INTENT, TUESDAY, contents(2))]
    assert standing(history, TUESDAY).sequence == 2
    assert standing(history, WEDNESDAY).sequence == 3


def test_an_abandoned_night_keeps_its_number_and_leaves_no_gap_in_the_chain_of_manifests() -> None:
    history = [
        *published(MONDAY, 1),
        event(Kind.INTENT, TUESDAY, contents(2)),
        event(Kind.ABANDONED, TUESDAY, contents(2)),
    ]
    assert standing(history, TUESDAY).sequence == 2
    assert standing(history, WEDNESDAY).sequence == 3
    assert standing(history, WEDNESDAY).previous_manifest_sha256 == "manifest 1"


def test_the_previous_manifest_is_of_an_earlier_night() -> None:
    history = [*published(MONDAY, 1), *published(WEDNESDAY, 2)]
    assert standing(history, TUESDAY).previous_manifest_sha256 == "manifest 1"
    assert standing(history, WEDNESDAY).previous_manifest_sha256 == "manifest 1"


def test_a_newer_night_overtakes_as_soon_as_it_is_begun() -> None:
    history = [event(Kind.INTENT, TUESDAY, contents(1))]
    assert standing(history, MONDAY).overtaken
    assert not standing(history, TUESDAY).overtaken
    assert not standing([event(Kind.NOT_COVERED, TUESDAY)], MONDAY).overtaken


def test_names_of_every_rendering_are_remembered() -> None:
    history = [event(Kind.INTENT, what=contents(data="old.xlsx")), event(Kind.INTENT, what=contents(data="new.csv"))]
    tonight = standing(history, MONDAY).tonight
    assert tonight and tonight.names == {"old.xlsx", "new.csv", "S1.json"}
    assert tonight.contents.data == {"new.csv": "aa"}


def test_only_drops_with_a_successor_are_outdated() -> None:
    history = [*published(MONDAY, 1), *published(TUESDAY, 2)]
    assert [drop.night for drop in standing(history, TUESDAY).outdated] == [MONDAY]
    assert [drop.night for drop in standing(history, TUESDAY).on_host] == [MONDAY, TUESDAY]
    history += [event(Kind.FETCHED, MONDAY, contents(1))]
    assert standing(history, TUESDAY).outdated == ()


def test_a_drop_half_taken_away_is_outdated_without_a_successor() -> None:
    history = [*published(MONDAY, 1), event(Kind.WITHDRAWING)]
    assert [drop.night for drop in standing(history, MONDAY).outdated] == [MONDAY]


def test_remarks_are_of_this_night_and_by_run() -> None:
    history = [event(Kind.SUPERSEDED, run="a"), event(Kind.SUPERSEDED, TUESDAY, run="b")]
    assert standing(history, MONDAY).remarks == {(Kind.SUPERSEDED, "a")}


@pytest.mark.parametrize("last", list(Kind))
@pytest.mark.parametrize("kind", list(Kind))
def test_only_the_steps_in_the_table_may_follow(last: Kind, kind: Kind) -> None:
    before = standing([event(last)], MONDAY).tonight
    expected = kind in REMARKS or kind in MAY_FOLLOW[None if last in REMARKS else last]
    assert follows(event(kind), before) is expected


@pytest.mark.parametrize("kind", sorted(DISCLOSED))
def test_what_counted_is_never_intended_again(kind: Kind) -> None:
    assert not follows(event(Kind.INTENT), standing([event(kind)], MONDAY).tonight)


@pytest.mark.parametrize("kind", [Kind.RELEASING, Kind.PUBLISHED, Kind.ABANDONED])
def test_a_task_whose_rendering_was_replaced_may_not_go_on(kind: Kind) -> None:
    before = standing([event(Kind.INTENT, what=contents(rows=3))], MONDAY).tonight
    assert not follows(event(kind, what=contents(rows=4)), before)
    assert follows(event(kind, what=contents(rows=3)), before)


def test_a_step_of_a_drop_says_what_it_consists_of_and_a_remark_does_not() -> None:
    at = datetime(2026, 6, 15, tzinfo=UTC)
    assert not follows(Event(KBO, MONDAY, "run", Kind.INTENT, at), None)
    assert not follows(Event(KBO, MONDAY, "run", Kind.SUPERSEDED, at, contents()), None)


def test_contents_are_the_drops() -> None:
    data = DropFile("X.csv", "/x", 2, "aa")
    drop = Drop(KBO, MONDAY, 4, "X", 2, (data,), DropFile("X.json", "/y", 2, "bb"))
    found = Contents.of(drop)
    assert found == Contents(4, "X", 2, {"X.csv": "aa"}, "X.json", "bb")
    assert found.go_name == drop.go_name
    assert found.hashes == {"X.json": "bb", "X.csv": "aa"}
