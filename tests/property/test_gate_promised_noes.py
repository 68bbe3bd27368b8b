"""What the gate promises of a no, however it was written down: judged on the SQL gate alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.core.feeds import FEEDS, UNPARSABLE
from pipeline.core.local_time import BRUSSELS
from tests.support.promised import SEEDS, Night, Rows, rows
from tests.support.worlds.mishaps import IMPOSSIBLE
from tests.support.worlds.tables import Row

DAY, LONG = timedelta(days=1), timedelta(days=3650)
WITHDRAWAL = {"kind": "withdrawal", "text_version": None, "fields": None, UNPARSABLE: None}


@pytest.fixture(scope="module", params=SEEDS)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(request.param, tmp_path_factory.mktemp("promised"))


def midnight(at: datetime) -> datetime:
    return at.astimezone(BRUSSELS).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


SPELLINGS: dict[str, Callable[[datetime, str], Row]] = {
    "as it should be": lambda at, kbo: {},
    "late": lambda at, kbo: {"occurred_at": at - LONG},
    "dated by day": lambda at, kbo: {"occurred_at": midnight(at)},
    "dated ahead": lambda at, kbo: {"occurred_at": at + LONG},
    "without a date": lambda at, kbo: {"occurred_at": None, UNPARSABLE: "occurred_at"},
    "for nobody": lambda at, kbo: {"kbo": ""},
    "without the zero": lambda at, kbo: {"kbo": kbo[1:]},
    "with dots": lambda at, kbo: {"kbo": f"{kbo[:4]}.{kbo[4:7]}.{kbo[7:]}"},
    "with a blank": lambda at, kbo: {"kbo": f" {kbo}"},
    "for one who is not registered": lambda at, kbo: {"kbo": "0999999999"},
    "of an unknown kind": lambda at, kbo: {"kind": "intrekking"},
    "of an unknown kind, for nobody": lambda at, kbo: {"kind": "WITHDRAWAL", "kbo": ""},
    "a grant without a text": lambda at, kbo: {"kind": "grant", "fields": "name,phone"},
    "a grant of a blank text": lambda at, kbo: {"kind": "grant", "text_version": " ", "fields": "name,phone"},
    "a grant without fields": lambda at, kbo: {"kind": "grant", "text_version": "v1", "fields": ""},
    "a grant of a field outside the decree": lambda at, kbo: {
        "kind": "grant",
        "text_version": "v1",
        "fields": "name,phone,score",
    },
    "a grant without a date": lambda at, kbo: {
        "kind": "grant",
        "text_version": "v1",
        "fields": "name,phone",
        "occurred_at": None,
        UNPARSABLE: "occurred_at",
    },
}


def spelt(night: Night, spelling: str, recorded: datetime, chosen: dict[int, str]) -> list[Row]:
    """A no of each, for where it goes, recorded then."""
    template = night.world["consent_event"][0] | WITHDRAWAL
    return [
        template
        | {
            "event_id": 10**9 + number,
            "parent_id": parent,
            "kbo": kbo,
            "occurred_at": recorded,
            "recorded_at": recorded,
        }
        | SPELLINGS[spelling](recorded, kbo)
        for number, (parent, kbo) in enumerate(chosen.items())
    ]


def assert_only_these_are_gone(night: Night, after: Rows, gone: set[int], may_be_gone: set[int]) -> None:
    """Nobody is added or changed."""
    before = rows(night.decisions)
    assert after <= {row for row in before if row[0] not in gone}
    assert after >= {row for row in before if row[0] not in may_be_gone}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_no_on_record_after_the_grant_is_obeyed_however_it_is_written(night: Night, spelling: str) -> None:
    chosen = night.some_released()
    recorded = min(night.at.at, night.at.known_at)
    after = night.rows_and(consent_event=spelt(night, spelling, recorded, chosen))
    assert_only_these_are_gone(night, after, set(chosen), night.persons_of(set(chosen)))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_no_never_adds_a_row_whenever_it_is_recorded(night: Night, spelling: str) -> None:
    """Of anybody, released or not, long ago, at the edge or too late to be known."""
    recipients = [row["kbo"] for row in night.world["recipient"]]
    noes = []
    for number, parent in enumerate(row["parent_id"] for row in night.world["parent"]):
        recorded = night.at.known_at + night.rng.choice([-LONG, -100 * DAY, 0 * DAY, DAY])
        (no,) = spelt(night, spelling, recorded, {parent: night.rng.choice(recipients)})
        noes.append(no | {"event_id": 10**9 + number})
    assert night.rows_and(consent_event=noes) <= rows(night.decisions)


def test_a_no_that_is_not_known_changes_nothing(night: Night) -> None:
    """Of everybody who goes somewhere, in every spelling, recorded a day too late."""
    chosen = {parent: str(decision.kbo) for parent, decision in rows(night.decisions)}
    noes = [no for spelling in SPELLINGS for no in spelt(night, spelling, night.at.known_at + DAY, chosen)]
    numbered = [no | {"event_id": 10**9 + n} for n, no in enumerate(noes)]
    assert night.decide(consent_event=night.world["consent_event"] + numbered)[1] == night.decisions


def test_withdrawing_once_more_never_adds_a_row(night: Night) -> None:
    """Round the instants of every event there is."""
    added = []
    for number, event in enumerate(night.world["consent_event"]):
        if event["occurred_at"] and event["recorded_at"]:
            occurred = event["occurred_at"] + night.rng.choice([-DAY, 0 * DAY, DAY, 90 * DAY])
            recorded = event["recorded_at"] + night.rng.choice([-DAY, 0 * DAY, DAY])
            instants = {"occurred_at": occurred, "recorded_at": recorded}
            added.append(event | WITHDRAWAL | instants | {"event_id": 10**9 + number})
    assert night.rows_and(consent_event=night.rng.sample(added, len(added) // 2)) < rows(night.decisions)


def test_a_yes_that_comes_in_late_lifts_no_no_of_after_it_was_given(night: Night) -> None:
    """Each yes of some is recorded last of all, and a no as soon as the last of them was given."""
    chosen = night.some_released()
    late, given = [], dict.fromkeys(chosen, night.at.at - LONG)
    for event in night.world["consent_event"]:
        is_theirs = event["parent_id"] in chosen and event["kind"] == "grant" and event["occurred_at"] is not None
        if is_theirs and event["occurred_at"] <= night.at.at:
            given[event["parent_id"]] = max(given[event["parent_id"]], event["occurred_at"])
        late.append(event | ({"recorded_at": night.at.known_at} if is_theirs else {}))
    in_time = {parent: kbo for parent, kbo in chosen.items() if given[parent] < night.at.known_at}
    noes = [spelt(night, "as it should be", given[parent], {parent: kbo})[0] for parent, kbo in in_time.items()]
    numbered = [no | {"event_id": 10**9 + n} for n, no in enumerate(noes)]
    assert in_time
    assert not {parent for parent, _ in night.rows_with(consent_event=late + numbered)} & in_time.keys()


def doubled(night: Night, chosen: dict[int, str]) -> tuple[list[Row], dict[int, int]]:
    """A second row of each, of no family that is decided on, its INSZ in another spelling; and its number."""
    parents = {row["parent_id"]: row for row in night.world["parent"] if row["parent_id"] in chosen and row["insz"]}
    number = {parent: 10**6 + n for n, parent in enumerate(parents)}
    marks = [lambda insz: insz, lambda insz: f"{insz[:6]}-{insz[6:9]}.{insz[9:]}", lambda insz: f" {insz}"]
    twins = [
        row | {"parent_id": number[parent], "family_id": 10**6, "insz": night.rng.choice(marks)(row["insz"])}
        for parent, row in parents.items()
    ]
    return twins, number


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_no_on_the_other_row_of_a_person_is_obeyed(night: Night, spelling: str) -> None:
    chosen = night.some_released()
    twins, number = doubled(night, chosen)
    noes = spelt(night, spelling, min(night.at.at, night.at.known_at), {number[p]: chosen[p] for p in number})
    after = night.rows_and(parent=twins, consent_event=noes)
    assert_only_these_are_gone(night, after, set(number), night.persons_of(set(number)))


def test_a_no_on_the_other_row_loses_to_a_grant_that_is_later_in_both_ways(night: Night) -> None:
    chosen = night.some_released()
    twins, number = doubled(night, chosen)
    noes = spelt(night, "as it should be", night.at.known_at - LONG, {number[p]: chosen[p] for p in number})
    assert night.rows_and(parent=twins, consent_event=noes) == rows(night.decisions)


def test_a_yes_on_the_other_row_adds_nobody(night: Night) -> None:
    """Whoever is withheld gets a second row with every grant of the night."""
    withheld = {p: str(each.kbo) for p, each in night.decisions.items() if each.reason in ("no_consent", "withdrawn")}
    twins, number = doubled(night, withheld)
    instants = {"occurred_at": night.at.at, "recorded_at": night.at.known_at}
    grant = next(
        event for event in night.world["consent_event"] if (event["kind"], event["fields"]) == ("grant", "name")
    )
    yes = [
        grant | {"event_id": 10**9 + n, "parent_id": number[p], "kbo": withheld[p], "fields": "name,phone"} | instants
        for n, p in enumerate(number)
    ]
    assert withheld
    assert night.rows_and(parent=twins, consent_event=yes) == rows(night.decisions)


COLUMNS = [(feed, column) for feed, columns in IMPOSSIBLE.items() for column in columns]


@pytest.mark.parametrize(("feed", "column"), [*COLUMNS, ("consent_event", "occurred_at")])
def test_nobody_goes_with_an_impossible_value_about_them(night: Night, feed: str, column: str) -> None:
    assert column in FEEDS[feed].columns
    spoilt = [row | {column: None, UNPARSABLE: column} for row in night.world[feed]]
    assert night.rows_with(**{feed: spoilt}) == set()


@pytest.mark.parametrize(
    "missing", ["published_url", "recipient_published_url", "dpo_advice_on", "recipient_dpo_advice_on"]
)
def test_nothing_goes_under_a_protocol_that_misses_a_side(night: Night, missing: str) -> None:
    made, decisions = night.decide(protocol=[paper | {missing: None} for paper in night.world["protocol"]])
    assert rows(decisions) == set()
    assert made.recipients == ()


def test_protection_that_is_recorded_later_stops_a_family_whenever_it_began(night: Night) -> None:
    """It began long before the address that is the current one."""
    chosen = night.some_released()
    homes: dict[int, Any] = {row["parent_id"]: row for row in night.world["residence"] if row["parent_id"] in chosen}
    later = {"valid_from": night.at.day - LONG, "recorded_at": night.at.known_at, "confidential": True}
    before = {"recorded_at": night.at.known_at - 200 * DAY}
    known = [row | (before if row["parent_id"] in chosen else {}) for row in night.world["residence"]]
    released = night.rows_with(residence=known)
    after = night.rows_with(residence=known + [row | later | {UNPARSABLE: None} for row in homes.values()])
    family = {row["parent_id"]: row["family_id"] for row in night.world["parent"]}
    stopped = {family[parent] for parent in chosen}
    assert after == {row for row in released if family[row[0]] not in stopped} < released
