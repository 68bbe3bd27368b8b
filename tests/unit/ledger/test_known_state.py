"""Where a delivery stands by what was read before and what came since is where it stands by all of its history."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from pipeline.core.model import Kbo
from pipeline.ledger.events import (
    REMARKS,
    Contents,
    DeliveryState,
    Event,
    Kind,
    delivery_state,
    drop_of_event,
    event_may_follow,
)

GENT, FIRST = Kbo("0212214125"), date(2026, 6, 15)
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


def some_history(chance: Random, length: int) -> list[Event]:
    """Whatever may follow, in three nights, with remarks between."""
    history: list[Event] = []
    while len(history) < length:
        kind, night = chance.choice(list(Kind)), FIRST + timedelta(chance.randrange(3))
        state = delivery_state(history, night)
        event = Event(GENT, night, chance.choice("ab"), kind, AT)
        if kind not in REMARKS:
            event = replace(event, contents=_contents(chance, state, kind))
        if event_may_follow(event, drop_of_event(event, state.drops)):
            history.append(event)
    return history


def _contents(chance: Random, state: DeliveryState, kind: Kind) -> Contents:
    """Of an intent another rendering, of all else the one that is there."""
    if kind is not Kind.INTENT and state.tonight:
        return state.tonight.contents
    data = {f"{number}.csv": "aa" for number in range(chance.randint(1, 3))}
    return Contents(state.sequence, f"S_{state.sequence}", 3, data, "m.json", chance.choice(("bb", "cc")))


@pytest.mark.parametrize("seed", range(8))
def test_read_in_two_parts_it_is_the_same(seed: int) -> None:
    history = some_history(Random(seed), 40)
    assert len({event.kind for event in history}) > 8
    for night in {event.night for event in history}:
        whole = delivery_state(history, night, lowest=seed)
        for at in range(len(history) + 1):
            known = DeliveryState(night).after(history[:at])
            assert known.after(history[at:], lowest=seed) == whole
