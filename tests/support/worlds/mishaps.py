"""What a registry does to a random history: a no with a misspelled recipient, an impossible value in a row."""

from typing import Any

from pipeline.core.feeds import FEEDS, UNPARSABLE
from tests.support.reference.gate import is_grant
from tests.support.worlds.drawn_papers import C
from tests.support.worlds.draws import Draw
from tests.support.worlds.tables import Row, World

IMPOSSIBLE = {
    "parent": ("deceased_on",),
    "residence": ("valid_from", "recorded_at", "confidential"),
    "child": ("birth_date", "client"),
    "indicator_assessment": ("assessed_on", "recorded_at"),
    "consent_event": ("valid_until", "recorded_at", "kind", "kbo"),
}
"""Columns that may be impossible in a row about one person, which sets that person apart."""


def with_mishaps(draw: Draw, world: World) -> World:
    """The history, last of all: a recipient's number must be its own before it can be misspelled."""
    events = [misaddressed(draw, event) for event in world["consent_event"]]
    spoilt = world | {"consent_event": events}
    return spoilt | {
        feed: [marked(feed, one_impossible(draw, feed, row)) for row in spoilt[feed]] for feed in IMPOSSIBLE
    }


def misaddressed(draw: Draw, event: Row) -> Row:
    """A no that often, a grant that seldom is made out to nobody who can be found."""
    kbo = event["kbo"]
    others = (
        "",
        " ",
        f"{kbo} ",
        kbo[1:],
        f"{kbo[:4]}.{kbo[4:7]}.{kbo[7:]}",
        f"BE{kbo}",
        "0999999999",
        *(kbo[:-1] + C[-1],) * 6,
    )
    return event | {"kbo": draw.usually(kbo, *others, share=0.97 if is_grant(event) else 0.7)}


def one_impossible(draw: Draw, feed: str, row: Row) -> Row:
    """Seldom, the row with a value that cannot be."""
    if not draw.now_and_then(0.006):
        return row
    column = draw.rng.choice(IMPOSSIBLE[feed])
    return row | {column: None, UNPARSABLE: column}


def marked(feed: str, row: Row) -> Row:
    """As extract stages it: a NULL against the contract is named too."""
    columns: dict[str, Any] = FEEDS[feed].columns
    missing = {name for name in columns if row[name] is None and name not in FEEDS[feed].nullable}
    named = missing | {row.get(UNPARSABLE)}
    return row | {UNPARSABLE: ",".join(name for name in columns if name in named)} if named - {None} else row
