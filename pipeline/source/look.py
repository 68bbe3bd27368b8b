"""The one way to look at the agency: its control rows and the rows that are there, in the transaction that reads them.

Nothing is believed of a load that is under way: a feed with fewer rows than its control row says, without a control
row, or of an older load than the last one that was believed. And nothing goes from a feed that only grows: what the
last believed look or the last accepted night knew of is there, or the look ends.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.loads import FeedLoad, KnownFeeds
from pipeline.source.agency import open_agency
from pipeline.source.conform import make_empty
from pipeline.source.kept import require_kept_rows
from pipeline.source.reading import Agency, Catalogue, NoesScope
from pipeline.source.rows import load_rows

NOT_FOR_A_DELIVERY = frozenset({"child_on_31_december"})
"""Feeds of which a delivery reads no row (sql/source/of_recipient/)."""
FOR_A_DELIVERY = tuple(feed for feed in FEEDS if feed not in NOT_FOR_A_DELIVERY)

PLACES = ("recipient", "recipient_municipality")
"""Who serves where: without these a no for somebody else looks like one that cannot be placed."""

NOTHING_KNOWN = KnownFeeds()


@dataclass(frozen=True)
class AgencyLook:
    """An open transaction whose feeds are whole. `loads`: what was found of each that has its control row; `counts`:
    how many rows each feed has."""

    agency: Agency
    loads: Mapping[str, FeedLoad]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class ControlRow:
    """What feed_control says of a feed; `rows` is how many rows say so, `complete` how many of them are complete."""

    rows: int
    complete: int
    produced_at: datetime | None
    row_count: int | None


@contextmanager
def look_at_agency(
    uri: str, feeds: Collection[str], run: Engine, known: KnownFeeds = NOTHING_KNOWN
) -> Iterator[AgencyLook]:
    """A transaction in which these feeds may be believed; feed_control is left in the engine as a table.

    Raises LoadUnderWay, FeedError for rows that are gone (or a table or column), AgencyUnreachable or SettingsError.
    """
    with open_agency(uri) as agency:
        load_rows(agency, CONTROL, run)
        agency.require_contracted(feeds)
        control, counts = read_control(run), agency.count(feeds)
        require_whole(control, counts, known)
        loads = loads_of(control, counts)
        require_kept_rows(agency, loads, known, run)
        yield AgencyLook(agency, loads, counts)


@contextmanager
def look_to_compare(uri: str, catalogue: Catalogue | None) -> Iterator[Agency]:
    """A transaction whose feeds are only compared with those of a look that was believed, which had `catalogue`: where
    they differ, nothing is known of them. Raises as `look_at_agency`, but for LoadUnderWay."""
    with open_agency(uri, catalogue) as agency:
        yield agency


def read_control(run: Engine) -> dict[str, ControlRow]:
    """By feed, from the table feed_control in the engine."""
    rows = run.run("source/look/control.sql").to_pylist()
    return {row.pop("feed"): ControlRow(**row) for row in rows}


def require_whole(control: Mapping[str, ControlRow], counts: Mapping[str, int], known: KnownFeeds) -> None:
    """Raises LoadUnderWay, which names each feed that is not loaded whole, and why."""
    reasons = [
        f"feed {feed} {why}"
        for feed in counts
        if (why := _under_way(control.get(feed), counts[feed], known.loads.get(feed)))
    ]
    if reasons:
        raise LoadUnderWay(
            f"a load is under way: {'; '.join(reasons)}; nothing is sent or told on it; when it stays so, ask the "
            "agency to load it again, then run this again"
        )


def _under_way(control: ControlRow | None, rows: int, known: FeedLoad | None) -> str | None:
    if control is None:
        return "has no row in feed_control"
    if control.row_count is not None and rows < control.row_count:
        return f"has {rows} of the {control.row_count} rows that feed_control says"
    if known and control.produced_at is not None and control.produced_at < known.produced_at:
        was, now = (at.replace(tzinfo=None).isoformat(" ") for at in (known.produced_at, control.produced_at))
        return f"was produced at {now} UTC, before the load of {was} UTC that was seen last"
    return None


def require_one_control_row(run: Engine, feeds: Collection[str]) -> None:
    """For a reader without checks of its own. Raises FeedError for a control row that is incomplete or there twice."""
    control = read_control(run)
    wrong = [feed for feed in feeds if feed in control and control[feed].complete != 1]
    if wrong:
        raise FeedError(
            f"feeds {', '.join(wrong)}: no single complete row in feed_control: ask the agency to load them again, "
            "then run this again"
        )


def loads_of(control: Mapping[str, ControlRow], counts: Mapping[str, int]) -> dict[str, FeedLoad]:
    """Of no more rows than feed_control says: those beyond are not a load's yet, and may be rolled back."""
    found = ((feed, control[feed], rows) for feed, rows in counts.items() if feed in control)
    return {
        feed: FeedLoad(said.produced_at, rows if said.row_count is None else min(rows, said.row_count))
        for feed, said, rows in found
        if said.produced_at is not None
    }


def read_noes(uri: str, run: Engine, known: KnownFeeds = NOTHING_KNOWN) -> bool:
    """Read into the engine what is there of withdrawals, a load under way or not: the feeds consent_event and
    parent of these persons, recipient and recipient_municipality. Whether who serves where is loaded whole.

    What cannot be read besides the events counts as not there. Raises FeedError for the events, or AgencyUnreachable.
    """
    with open_agency(uri) as agency:
        load_rows(agency, FEEDS["consent_event"], run, NoesScope())
        for name in ("parent", *PLACES):
            make_empty(FEEDS[name], run.connection)
        try:
            load_rows(agency, FEEDS["parent"], run, NoesScope())
            load_rows(agency, CONTROL, run)
            agency.require_contracted(PLACES)
            control, counts = read_control(run), agency.count(PLACES)
            for name in PLACES:
                load_rows(agency, FEEDS[name], run)
        except FeedError:
            return False
    return all(_is_whole(control.get(feed), counts[feed], known.loads.get(feed)) for feed in PLACES)


def _is_whole(control: ControlRow | None, rows: int, known: FeedLoad | None) -> bool:
    return control is not None and control.complete == 1 and _under_way(control, rows, known) is None
