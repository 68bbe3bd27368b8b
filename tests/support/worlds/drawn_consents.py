"""What the parents of a random history told: grants, and noes as a registry writes them down."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.worlds.drawn_papers import A, B, some_fields
from tests.support.worlds.draws import Draw

UNKNOWN_KINDS = ("Grant", "grant ", "intrekking", "")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def events(draw: Draw, parent: int) -> list[dict[str, Any]]:
    """What a parent told, mostly to A; instants from a handful, so that they meet."""
    rows = [event(draw, parent, number) for number in range(draw.count(2, 12, 8, 4, 2))]
    if draw.now_and_then(0.35):
        rows.append(event(draw, parent, len(rows)) | renewed(draw))
    if rows and draw.now_and_then(0.15):
        rows.append(rows[-1] | {"event_id": parent * 10 + len(rows)} | told_again(draw, rows[-1]))
    draw.rng.shuffle(rows)
    return rows


def event(draw: Draw, parent: int, number: int) -> dict[str, Any]:
    kind = draw.usually("grant", *("withdrawal",) * 9, *UNKNOWN_KINDS, None, share=0.78)
    return {
        "event_id": parent * 10 + number,
        "parent_id": parent,
        "kbo": draw.usually(A, B, share=0.92),
        "kind": kind,
        "text_version": draw.usually("v1", "v2", "v9", None, " ", share=0.92),
        "fields": some_fields(draw, share=0.78),
        "valid_until": draw.end(share=0.75),
        **(of_grant(draw) if kind == "grant" else of_no(draw)),
    }


def of_grant(draw: Draw) -> dict[str, datetime | None]:
    """When it was given, and when it was recorded; now and then it has no date."""
    occurred = draw.happened()
    recorded = draw.usually(draw.recorded(), occurred, occurred + SECOND, share=0.6)
    return {"occurred_at": draw.usually(occurred, None, share=0.98), "recorded_at": recorded}


def of_no(draw: Draw) -> dict[str, datetime | None]:
    """As promptly as a grant; or recorded late, dated by day, dated ahead, or without a date."""
    occurred = draw.happened()
    recorded = draw.usually(
        draw.recorded(), occurred, occurred + SECOND, occurred + 70 * DAY, occurred + DAY, share=0.3
    )
    dated = draw.usually(occurred, None, draw.midnight(), recorded + DAY, recorded + 400 * DAY, share=0.6)
    return {"occurred_at": dated, "recorded_at": recorded}


def renewed(draw: Draw) -> dict[str, Any]:
    """A grant recorded shortly before the decision, and mostly of then: later than most noes in both ways."""
    occurred = draw.at.at - draw.usually(timedelta(hours=1), SECOND, DAY, 40 * DAY, 101 * DAY, share=0.5)
    recorded = draw.at.known_at - draw.usually(timedelta(hours=1), timedelta(0), 40 * DAY, share=0.8)
    return {"kind": "grant", "occurred_at": occurred, "recorded_at": recorded}


def told_again(draw: Draw, row: dict[str, Any]) -> dict[str, Any]:
    """The same at the same instant for other fields, recorded sooner or later under a higher number."""
    recorded = row["recorded_at"] + draw.usually(-SECOND, SECOND, 0 * SECOND, share=0.5)
    return {"fields": some_fields(draw, share=0.3), "recorded_at": recorded}
