"""Whether the agency's database is fit for a night, in one look that reads counts and control rows alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.core.engine import engine
from pipeline.core.errors import LoadUnderWay
from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.precondition import Precondition, broken, doubtful, met, unseen
from pipeline.core.settings import Settings
from pipeline.source.agency import open_agency
from pipeline.source.look import NOTHING_KNOWN, ControlRow, read_control, require_whole
from pipeline.source.rows import load_rows

AGENCY = "agency"


@dataclass(frozen=True)
class AgencyHealth:
    """`writable`: to how many of the feeds our role may write; `clock`: the server's, None where it has none."""

    control: Mapping[str, ControlRow]
    counts: Mapping[str, int]
    writable: int
    clock: datetime | None


def read_agency_health(uri: str, settings: Settings) -> AgencyHealth:
    """Every feed that is there has its columns and types. Raises FeedError, AgencyUnreachable or SettingsError."""
    with (
        TemporaryDirectory(prefix="doctor-") as scratch,
        engine(settings, Path(scratch)) as run,
        open_agency(uri) as agency,
    ):
        load_rows(agency, CONTROL, run)
        agency.require_contracted(FEEDS)
        return AgencyHealth(read_control(run), agency.count(FEEDS), agency.writable(), agency.clock())


def read_control_rows(uri: str, settings: Settings) -> Mapping[str, ControlRow]:
    """What each feed's newest load says of itself. Raises as `read_agency_health`."""
    with (
        TemporaryDirectory(prefix="control-") as scratch,
        engine(settings, Path(scratch)) as run,
        open_agency(uri) as agency,
    ):
        load_rows(agency, CONTROL, run)
        return read_control(run)


def agency_preconditions(found: AgencyHealth, now: datetime, settings: Settings) -> Iterator[Precondition]:
    """Of a database that answered. `now`: when it was asked."""
    yield met(AGENCY, "contract", f"{len(found.counts)} feeds have the agreed columns and types")
    if found.writable:
        says = f"our role may write to {found.writable} of its tables: ask for one that may only read"
        yield doubtful(AGENCY, "rights", says)
    else:
        yield met(AGENCY, "rights", "our role may read, and no more")
    yield _load(found)
    yield _age(found.control, now, settings)
    yield _clock(found.clock, now, settings)


def _load(found: AgencyHealth) -> Precondition:
    twice = sorted(feed for feed, row in found.control.items() if row.complete != 1)
    if twice:
        says = (
            f"feeds {', '.join(twice)} have no single complete row in feed_control: ask the agency to load them again"
        )
        return broken(AGENCY, "control rows", says)
    feeds = {feed: rows for feed, rows in found.counts.items() if feed != CONTROL.name}
    try:
        require_whole(found.control, feeds, NOTHING_KNOWN)
    except LoadUnderWay as error:
        return doubtful(AGENCY, "control rows", str(error))
    return met(AGENCY, "control rows", f"each of {len(feeds)} feeds is whole, by feed_control")


def _age(control: Mapping[str, ControlRow], now: datetime, settings: Settings) -> Precondition:
    oldest = timedelta(hours=settings.max_feed_age_hours)
    ahead = timedelta(minutes=settings.max_clock_skew_minutes)
    ages = {feed: now - _utc(row.produced_at) for feed, row in control.items() if row.produced_at}
    if old := sorted(feed for feed, age in ages.items() if age > oldest):
        says = (
            f"feeds {', '.join(old)} are older than {settings.max_feed_age_hours:g} hours: ask the agency to load them"
        )
        return broken(AGENCY, "freshness", says)
    if future := sorted(feed for feed, age in ages.items() if age < -ahead):
        says = f"feeds {', '.join(future)} were produced in the future: compare the agency's clock with ours"
        return broken(AGENCY, "freshness", says)
    if not ages:
        return unseen(AGENCY, "freshness", "not looked at: no control row says when a feed was produced")
    return met(
        AGENCY, "freshness", f"the oldest feed was produced {max(ages.values()) / timedelta(hours=1):.1f} hours ago"
    )


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _clock(clock: datetime | None, now: datetime, settings: Settings) -> Precondition:
    if clock is None:
        return unseen(AGENCY, "clock", "not looked at: SQLite has no clock of its own")
    apart = abs((clock - now).total_seconds())
    if apart > settings.max_clock_skew_minutes * 60:
        says = f"its clock and ours are {apart:.0f} seconds apart: set both by NTP"
        return broken(AGENCY, "clock", says)
    return met(AGENCY, "clock", f"{apart:.0f} seconds from ours")
