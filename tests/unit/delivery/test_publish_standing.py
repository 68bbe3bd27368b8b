"""Where a delivery stands by its history: pure, one case at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pipeline.core.model import Drop, DropFile, Kbo
from pipeline.ledger.drop_place import DropPlace, read_place
from pipeline.ledger.events import (
    AT_REST,
    BEFORE_COUNTING,
    DISCLOSED,
    FACTS,
    GONE,
    MAY_FOLLOW,
    ON_HOST,
    REMARKS,
    REMOVAL,
    REPLACEABLE,
    UNFINISHED,
    Contents,
    Event,
    Kind,
    delivery_state,
    drop_of_event,
    event_may_follow,
)

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
    found = delivery_state([], MONDAY)
    assert (found.tonight, found.published, found.overtaken, found.sequence) == (None, False, False, 1)
    assert found.previous_manifest_sha256 is None
    assert found.unfinished == found.on_host == found.outdated == ()


def test_an_unfinished_night_keeps_its_number() -> None:
    history = [*published(MONDAY, 1), event(Kind.INTENT, TUESDAY, contents(2))]
    assert delivery_state(history, TUESDAY).sequence == 2
    assert delivery_state(history, WEDNESDAY).sequence == 3


def test_an_abandoned_night_keeps_its_number_and_leaves_no_gap_in_the_chain_of_manifests() -> None:
    history = [
        *published(MONDAY, 1),
        event(Kind.INTENT, TUESDAY, contents(2)),
        event(Kind.ABANDONED, TUESDAY, contents(2)),
    ]
    assert delivery_state(history, TUESDAY).sequence == 2
    assert delivery_state(history, WEDNESDAY).sequence == 3
    assert delivery_state(history, WEDNESDAY).previous_manifest_sha256 == "manifest 1"


def test_the_previous_manifest_is_of_an_earlier_night() -> None:
    history = [*published(MONDAY, 1), *published(WEDNESDAY, 2)]
    assert delivery_state(history, TUESDAY).previous_manifest_sha256 == "manifest 1"
    assert delivery_state(history, WEDNESDAY).previous_manifest_sha256 == "manifest 1"


def test_a_newer_night_overtakes_once_it_counts_and_not_before() -> None:
    history = published(TUESDAY, 1)
    assert [delivery_state(history[:upto], MONDAY).overtaken for upto in range(4)] == [False, False, False, True]
    assert not delivery_state(history, TUESDAY).overtaken
    for gone in (Kind.FETCHED, Kind.RECALLING):
        assert delivery_state([*history, event(gone, TUESDAY, contents(1))], MONDAY).overtaken
    assert not delivery_state([event(Kind.NOT_COVERED, TUESDAY)], MONDAY).overtaken


def test_a_night_takes_a_new_number_once_an_older_one_counted_under_a_higher() -> None:
    """Else what is withdrawn later would be held against the older night's drop alone."""
    begun = [event(Kind.INTENT, TUESDAY, contents(1)), event(Kind.ABANDONED, TUESDAY, contents(1))]
    history = [*begun, *published(MONDAY, 2)]
    assert [delivery_state(each, TUESDAY).sequence for each in (begun, history)] == [1, 3]
    assert delivery_state(history, TUESDAY).previous_manifest_sha256 == "manifest 2"
    again = [event(Kind.INTENT, TUESDAY, contents(number)) for number in (1, 3)]
    before = delivery_state(history, TUESDAY).tonight
    assert [event_may_follow(each, before) for each in again] == [True, True]
    done = [*history, *published(TUESDAY, 3)]
    assert [delivery_state(done, night).sequence for night in (MONDAY, TUESDAY)] == [2, 3]
    assert [drop.night for drop in delivery_state(done, TUESDAY).outdated] == [MONDAY]


def test_only_a_try_that_was_abandoned_may_take_a_higher_number() -> None:
    for last in (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED):
        before = delivery_state([event(last)], MONDAY).tonight
        assert not event_may_follow(event(Kind.INTENT, what=contents(2)), before)
    recalled = delivery_state([*published(MONDAY, 2), event(Kind.RECALLED, what=contents(2))], MONDAY).tonight
    assert [event_may_follow(event(Kind.INTENT, what=contents(n)), recalled) for n in (1, 2, 3)] == [False, False, True]


def test_names_of_every_rendering_are_remembered() -> None:
    history = [event(Kind.INTENT, what=contents(data="old.xlsx")), event(Kind.INTENT, what=contents(data="new.csv"))]
    tonight = delivery_state(history, MONDAY).tonight
    assert tonight and tonight.names == {"old.xlsx", "new.csv", "S1.json"}
    assert tonight.contents.data == {"new.csv": "aa"}


def test_only_drops_with_a_successor_are_outdated() -> None:
    history = [*published(MONDAY, 1), *published(TUESDAY, 2)]
    assert [drop.night for drop in delivery_state(history, TUESDAY).outdated] == [MONDAY]
    assert [drop.night for drop in delivery_state(history, TUESDAY).on_host] == [MONDAY, TUESDAY]
    history += [event(Kind.FETCHED, MONDAY, contents(1))]
    assert delivery_state(history, TUESDAY).outdated == ()


def test_a_drop_half_taken_away_is_outdated_without_a_successor() -> None:
    history = [*published(MONDAY, 1), event(Kind.WITHDRAWING)]
    assert [drop.night for drop in delivery_state(history, MONDAY).outdated] == [MONDAY]


def test_remarks_are_of_this_night_and_by_run() -> None:
    history = [event(Kind.SUPERSEDED, run="a"), event(Kind.SUPERSEDED, TUESDAY, run="b")]
    assert delivery_state(history, MONDAY).remarks == {(Kind.SUPERSEDED, "a")}


@pytest.mark.parametrize("last", sorted(set(Kind) - AT_REST))
@pytest.mark.parametrize("kind", sorted(set(Kind) - AT_REST))
def test_only_the_steps_in_the_table_may_follow(last: Kind, kind: Kind) -> None:
    before = delivery_state([event(last)], MONDAY).tonight
    what = contents(2) if last in REPLACEABLE and kind is Kind.INTENT else contents()
    expected = kind in REMARKS or kind in MAY_FOLLOW[None if last in REMARKS else last]
    assert event_may_follow(event(kind, what=what), before) is expected


@pytest.mark.parametrize("last", sorted(set(Kind) - AT_REST - REMARKS))
@pytest.mark.parametrize("fact", sorted(FACTS))
def test_a_fact_is_known_once_of_what_counted_and_changes_nothing_else(last: Kind, fact: Kind) -> None:
    before = delivery_state([event(last)], MONDAY).tonight
    may = DISCLOSED | (UNFINISHED if fact is Kind.EARLY_ACK else frozenset())
    assert before and event_may_follow(event(fact), before) is (last in may), "an early ACK is noted before its drop"
    after = delivery_state([event(last), event(fact)], MONDAY).tonight
    assert after and (after.kind, after.contents, after.facts) == (last, before.contents, {fact})
    assert not event_may_follow(event(fact), after)
    assert not event_may_follow(event(fact), None)
    assert not event_may_follow(event(fact, what=contents(rows=9)), before)


@pytest.mark.parametrize("last", sorted(set(Kind) - AT_REST - REMARKS))
def test_what_may_become_of_its_files_is_known_of_a_try_once_a_rendering_and_changes_nothing_else(last: Kind) -> None:
    for kind in sorted(BEFORE_COUNTING):
        before = delivery_state([event(last)], MONDAY).tonight
        assert before and event_may_follow(event(kind), before) is (last in UNFINISHED)
        assert not event_may_follow(event(kind), None)
        assert not event_may_follow(event(kind, what=contents(rows=9)), before)
        after = before.after(event(kind))
        assert (after.kind, after.contents, after.facts - before.facts) == (last, before.contents, {kind})
        assert not event_may_follow(event(kind), after)


def test_what_was_there_stays_known_until_a_try_begins_anew_or_is_over() -> None:
    """An intent that follows `releasing` says no more than that the try does not count: what lies there lies there."""
    seen: list[tuple[Kind, bool, bool]] = []
    steps = (Kind.INTENT, Kind.NAMING, Kind.RELEASING, Kind.INTENT, Kind.INTENT, Kind.NAMING, Kind.ABANDONED)
    for length in range(1, len(steps) + 1):
        drop = delivery_state([event(kind) for kind in steps[:length]], MONDAY).tonight
        assert drop
        seen.append((steps[length - 1], drop.may_be_named, drop.was_whole))
    named, whole = [one[1] for one in seen], [one[2] for one in seen]
    assert named == [False, True, True, True, False, True, False]
    assert whole == [False, False, True, True, False, False, False]
    counted = delivery_state([event(kind) for kind in (*steps[:3], Kind.PUBLISHED)], MONDAY).tonight
    assert counted and counted.facts == frozenset()


@pytest.mark.parametrize("last", sorted(set(Kind) - AT_REST - REMARKS))
def test_what_is_gone_may_be_seen_again_as_often_as_it_is_seen_and_stays_gone(last: Kind) -> None:
    history = [event(last), event(Kind.RETURNED)]
    before, after = (delivery_state(history[:n], MONDAY).tonight for n in (1, 2))
    assert before and after
    for one in (before, after):
        assert event_may_follow(event(Kind.RETURNED), one) is (last in GONE)
        assert not event_may_follow(event(Kind.RETURNED, what=contents(rows=9)), one)
    assert (after.kind, after.contents, after.facts) == (last, before.contents, {Kind.RETURNED})


HERE = DropPlace("i1", "drop_host", "SHA256:a", "ocmw-gent", "/out")


@pytest.mark.parametrize("last", sorted(set(Kind) - AT_REST - REMARKS))
def test_a_drop_stays_where_it_was_put_but_for_the_key_of_its_host(last: Kind) -> None:
    """Its place goes along with each event; only a drop that lies there may be seen there under another key."""
    mine, elsewhere = replace(contents(), place=HERE), replace(contents(), place=replace(HERE, folder="/in"))
    before = delivery_state([event(last, what=mine)], MONDAY).tonight
    assert before and before.contents.place == HERE
    for following in MAY_FOLLOW[last] - {Kind.INTENT}:
        assert event_may_follow(event(following, what=mine), before)
        assert not event_may_follow(event(following, what=elsewhere), before)
    keyed = replace(contents(), place=replace(HERE, host_key="SHA256:b"))
    assert event_may_follow(event(Kind.REPINNED, what=keyed), before) is (last in ON_HOST)
    for wrong in (mine, elsewhere, contents(), replace(keyed, rows=9)):
        assert not event_may_follow(event(Kind.REPINNED, what=wrong), before)
    after = before.after(event(Kind.REPINNED, what=keyed))
    assert (after.kind, after.contents) == (last, keyed)


def test_one_folder_is_one_place_however_it_is_spelled_and_whoever_put_it_there() -> None:
    for same in (replace(HERE, folder="/out/"), replace(HERE, installation="i2")):
        assert HERE.is_same(same) and not HERE.differs_by_key(same)
    for other in (replace(HERE, connection="x"), replace(HERE, account="x"), replace(HERE, folder="x")):
        assert not HERE.is_same(other) and not HERE.differs_by_key(other)
    keyed = replace(HERE, host_key="x")
    assert not HERE.is_same(keyed) and HERE.differs_by_key(keyed)
    assert read_place(HERE.row) == HERE and read_place(None) is None


@pytest.mark.parametrize("kind", sorted(REMOVAL))
def test_what_is_begun_to_be_taken_away_still_lies_there_and_ends_as_it_began(kind: Kind) -> None:
    assert kind in ON_HOST and REMOVAL[kind] in DISCLOSED - ON_HOST
    before = delivery_state([event(kind)], MONDAY).tonight
    assert {ended for ended in REMOVAL.values() if event_may_follow(event(ended), before)} == {REMOVAL[kind]}


def recalled(sequence: int = 1) -> list[Event]:
    ends = [event(kind, MONDAY, contents(sequence)) for kind in (Kind.RECALLING, Kind.RECALLED)]
    return [*published(MONDAY, sequence), *ends]


def test_what_was_recalled_may_be_replaced_under_the_next_number() -> None:
    found = delivery_state(recalled(), MONDAY)
    assert found.published, "for the night's own task it is over"
    assert found.to_replace and found.to_replace.contents.sequence == 1
    assert (found.sequence, found.previous_manifest_sha256) == (2, "manifest 1")
    assert event_may_follow(event(Kind.INTENT, what=contents(2)), found.tonight)
    assert not event_may_follow(event(Kind.INTENT, what=contents(1)), found.tonight)


@pytest.mark.parametrize("last", [Kind.INTENT, Kind.RELEASING, Kind.ABANDONED])
def test_a_replacement_that_does_not_count_yet_keeps_its_number(last: Kind) -> None:
    found = delivery_state([*recalled(), event(Kind.INTENT, what=contents(2)), event(last, what=contents(2))], MONDAY)
    assert found.to_replace and found.to_replace.contents.sequence == 1
    assert (found.sequence, found.next_sequence, found.previous_manifest_sha256) == (2, 3, "manifest 1")


def test_a_replacement_that_counts_ends_it_and_may_be_recalled_in_its_turn() -> None:
    history = [*recalled(), *published(MONDAY, 2)]
    found = delivery_state(history, MONDAY)
    assert found.to_replace is None
    assert found.tonight and found.tonight.contents.sequence == 2
    assert delivery_state(history, TUESDAY).previous_manifest_sha256 == "manifest 2"
    history += recalled(2)[-2:]
    again = delivery_state(history, MONDAY)
    assert again.to_replace and (again.to_replace.contents.sequence, again.sequence) == (2, 3)


@pytest.mark.parametrize("kind", sorted(REPLACEABLE - {Kind.RECALLED}))
def test_what_is_gone_without_its_recipients_doing_may_be_replaced_too(kind: Kind) -> None:
    found = delivery_state([event(kind)], MONDAY)
    assert found.published and found.to_replace and found.sequence == 2
    assert event_may_follow(event(Kind.INTENT, what=contents(2)), found.tonight)


@pytest.mark.parametrize("kind", sorted(DISCLOSED - REPLACEABLE))
def test_nothing_else_is_replaced(kind: Kind) -> None:
    found = delivery_state([event(kind)], MONDAY)
    assert found.published and found.to_replace is None and found.sequence == 1
    assert not event_may_follow(event(Kind.INTENT, what=contents(2)), found.tonight)


def test_an_event_goes_on_from_the_drop_with_its_number_and_an_intent_from_the_newest() -> None:
    drops = delivery_state([*recalled(), *published(MONDAY, 2), *published(TUESDAY, 3)], MONDAY).drops
    for kind, sequence, expected in ((Kind.READ, 1, 1), (Kind.FETCHED, 2, 2), (Kind.INTENT, 9, 2)):
        found = drop_of_event(event(kind, MONDAY, contents(sequence)), drops)
        assert found and found.contents.sequence == expected
    assert drop_of_event(event(Kind.READ, MONDAY, contents(9)), drops) is None


def test_following_up_holds_for_one_drop_alone() -> None:
    history = [*published(MONDAY, 1), event(Kind.RECHECKED), *recalled()[-2:]]
    assert delivery_state(history, MONDAY).rechecked
    assert not delivery_state([*history, *published(MONDAY, 2)], MONDAY).rechecked


def test_it_is_published_when_that_went_on_record_and_taken_in_when_somebody_knows() -> None:
    (drop,) = delivery_state(published(MONDAY, 1), MONDAY).drops
    assert drop.published_at == datetime(2026, 6, 15, tzinfo=UTC) and not drop.was_taken_in
    assert delivery_state([event(Kind.INTENT)], MONDAY).drops[0].published_at is None
    for kind, known in ((Kind.READ, True), (Kind.ACKNOWLEDGED, True), (Kind.FETCHED, True), (Kind.REMINDED, False)):
        assert delivery_state([*published(MONDAY, 1), event(kind)], MONDAY).drops[0].was_taken_in is known


@pytest.mark.parametrize("kind", sorted(DISCLOSED))
def test_what_counted_is_never_intended_again(kind: Kind) -> None:
    assert not event_may_follow(event(Kind.INTENT), delivery_state([event(kind)], MONDAY).tonight)


@pytest.mark.parametrize("kind", [Kind.RELEASING, Kind.PUBLISHED, Kind.ABANDONED])
def test_a_task_whose_rendering_was_replaced_may_not_go_on(kind: Kind) -> None:
    before = delivery_state([event(Kind.INTENT, what=contents(rows=3))], MONDAY).tonight
    assert not event_may_follow(event(kind, what=contents(rows=4)), before)
    assert event_may_follow(event(kind, what=contents(rows=3)), before)


def test_a_step_of_a_drop_says_what_it_consists_of_and_a_remark_does_not() -> None:
    at = datetime(2026, 6, 15, tzinfo=UTC)
    assert not event_may_follow(Event(KBO, MONDAY, "run", Kind.INTENT, at), None)
    assert not event_may_follow(Event(KBO, MONDAY, "run", Kind.SUPERSEDED, at, contents()), None)


def test_contents_are_the_drops() -> None:
    data = DropFile("X.csv", "/x", 2, "aa")
    drop = Drop(KBO, MONDAY, 4, "X", 2, (data,), DropFile("X.json", "/y", 3, "bb"))
    assert Contents.of(drop, HERE).place == HERE
    found = Contents.of(drop)
    sizes = {"X.csv": 2, "X.json": 3}
    assert found == Contents(4, "X", 2, {"X.csv": "aa"}, "X.json", "bb", sizes=sizes)
    assert found.go_name == drop.go_name
    assert found.hashes == {"X.json": "bb", "X.csv": "aa"}
    assert {name: found.size_of(name) for name in (*found.hashes, found.go_name)} == {**sizes, "X.GO": 0}
    assert replace(found, sizes=None).size_of("X.csv") is None, "of a line from before sizes were on record"
