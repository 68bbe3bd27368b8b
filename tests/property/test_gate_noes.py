"""The random histories hold noes as registries write them down, and what else DOMAIN.md says of rows and clocks."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from random import Random

import pytest

from pipeline.core.feeds import UNPARSABLE
from tests.proof.noes import KINDS, histories_by_kind, noes, noes_by_kind
from tests.support.reference.gate import Night, consent, decide, is_placed, residence, serving
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.mishaps import IMPOSSIBLE
from tests.support.worlds.tables import Row

WORLDS, HISTORIES = 60, 20
RECORDED = ("residence", "indicator_assessment", "agreement", "protocol", "consent_event")


@pytest.fixture(scope="module")
def nights() -> list[Night]:
    made = []
    for number in range(WORLDS):
        rng = Random(f"noes/{number}")
        at = a_night(rng)
        made.append(Night(random_world(rng, at, HISTORIES), at.at, at.known_at))
    return made


def rows(nights: list[Night], feed: str) -> Iterator[tuple[Night, Row]]:
    """Of the world, known or not."""
    return ((night, row) for night in nights for row in night.world[feed])


@pytest.mark.parametrize("kind", KINDS)
def test_one_in_ten_histories_holds_a_no_of_each_kind(nights: list[Night], kind: str) -> None:
    few = nights[: 300 // HISTORIES]
    assert sum(histories_by_kind(night)[kind] for night in few) >= 30


@pytest.mark.parametrize("kind", KINDS)
def test_one_in_ten_noes_is_of_each_kind(nights: list[Night], kind: str) -> None:
    assert sum(noes_by_kind(night)[kind] for night in nights) * 10 >= sum(len(noes(night)) for night in nights)


@pytest.mark.parametrize("spelling", ["", " ", r"\d{10} ", r"\d{9}", r"\d{4}\.\d{3}\.\d{3}", r"BE\d{10}", "0999999999"])
def test_noes_are_made_out_in_every_spelling(nights: list[Night], spelling: str) -> None:
    found = {row["kbo"] for _, row in rows(nights, "consent_event") if row["kind"] == "withdrawal"}
    assert any(re.fullmatch(spelling, kbo) for kbo in found if kbo is not None)


def test_a_no_is_made_out_to_a_recipient_that_serves_nowhere_or_an_old_code_alone(nights: list[Night]) -> None:
    """Registered both; the old code is of before a merger and was left open."""
    found = set()
    for night in nights:
        registered = {row["kbo"] for row in night.rows("recipient")}
        asked = {no["kbo"] for no in noes(night) if no["kbo"] in registered and not is_placed(night, no["kbo"])}
        found |= {bool(serving(night, kbo=kbo)) for kbo in asked}
    assert found == {True, False}


def test_grants_are_later_than_a_no_in_one_way_in_the_other_in_both_and_in_none(nights: list[Night]) -> None:
    """Of parents whom no earlier rule withholds."""
    found = set()
    for night in nights:
        reached = [parent for parent, each in decide(night).items() if each.reason in (None, "withdrawn")]
        for parent in (row for row in night.rows("parent") if row["parent_id"] in reached):
            if grant := consent.grant_looked_at(night, parent):
                found |= {later(grant, no) for no in consent.noes_that_count(night, parent)}
    assert found == set(product((True, False), repeat=2))


def later(grant: Row, no: Row) -> tuple[bool, bool]:
    start, recorded = consent.counts_from(no), no["recorded_at"]
    return start is not None and grant["occurred_at"] > start, recorded is not None and grant["recorded_at"] > recorded


IMPOSSIBLE_COLUMNS = [(feed, column) for feed, columns in IMPOSSIBLE.items() for column in columns]


@pytest.mark.parametrize(("feed", "column"), [*IMPOSSIBLE_COLUMNS, ("consent_event", "occurred_at")])
def test_every_column_that_may_be_impossible_is_somewhere(nights: list[Night], feed: str, column: str) -> None:
    assert any(column in (row.get(UNPARSABLE) or "").split(",") for _, row in rows(nights, feed))


@pytest.mark.parametrize("feed", RECORDED)
def test_rows_are_recorded_ahead_within_what_clocks_may_differ(nights: list[Night], feed: str) -> None:
    ahead = [row["recorded_at"] - at.known_at for at, row in rows(nights, feed) if row["recorded_at"]]
    assert any(timedelta(0) < each <= timedelta(minutes=5) for each in ahead)


def test_protection_is_recorded_later_than_the_current_address_and_began_earlier(nights: list[Night]) -> None:
    def backdated(night: Night, parent: Row) -> bool:
        current = residence(night, parent)
        others = night.rows("residence", parent_id=parent["parent_id"])
        return current is not None and any(
            row["confidential"] is True
            and row["valid_from"] < current["valid_from"]
            and row["recorded_at"] > current["recorded_at"]
            for row in others
            if row["valid_from"] and row["recorded_at"]
        )

    assert sum(backdated(night, parent) for night in nights for parent in night.rows("parent")) > 3


@pytest.mark.parametrize(
    "column", ["published_url", "recipient_published_url", "dpo_advice_on", "recipient_dpo_advice_on"]
)
def test_protocols_miss_one_side_alone(nights: list[Night], column: str) -> None:
    sides = ("published_url", "recipient_published_url", "dpo_advice_on", "recipient_dpo_advice_on")
    assert any([name for name in sides if row[name] is None] == [column] for _, row in rows(nights, "protocol"))
