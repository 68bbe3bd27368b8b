"""Loads that are under way, as the agency's database shows them, and everybody who reads it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.answers.overview.collect import collect_overview
from pipeline.answers.person.agency import read_agency_facts
from pipeline.answers.person.facts import AccessRequest
from pipeline.answers.register.collect import collect_register
from pipeline.core.loads import AgencySource
from pipeline.core.model import Kbo, Moment
from pipeline.core.staging import private_folder
from pipeline.delivery.preview import write_preview
from pipeline.indicators.edition import checked_agency_engine
from pipeline.ledger.db.ledger import open_ledger
from pipeline.source.extract import extract
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.authorities_overview import renew_overview
from tests.support.night import House
from tests.support.worlds.small_world import GENT, execute

LOADS: dict[str, tuple[str, str]] = {
    "half loaded": (
        "update feed_control set row_count = row_count + 1 where feed in ('recipient', 'consent_event')",
        "feed recipient has {0} of the {1} rows that feed_control says",
    ),
    "control row missing": (
        "delete from feed_control where feed in ('recipient', 'consent_event')",
        "feed recipient has no row in feed_control",
    ),
    "control row older": ("", "feed recipient was produced at"),
}
"""What happens to the control rows of feeds that every reader reads one of; and what is said of it."""


def begin(house: House, load: str) -> str:
    """What a reader says of it."""
    statement, says = LOADS[load]
    if statement:
        execute(house.agency, statement)
    else:
        before = (datetime.now(UTC) - timedelta(hours=5)).isoformat(sep=" ", timespec="seconds")
        execute(house.agency, "update feed_control set produced_at = ?", before)
    rows = execute(house.agency, "select count(*) from recipient")[0][0]
    return says.format(rows, rows + 1)


Reader = Callable[[House, Path], object]


def _decide(house: House, folder: Path, kbo: Kbo = GENT) -> object:
    from pipeline.delivery.recipients_file import load_recipients
    from pipeline.tasks.wiring import build_delivery

    night = house.night()
    job = build_delivery(night, load_recipients(house.home.recipients)[kbo], sending=True)
    return job.decide_now(private_folder(folder))


def _source(house: House) -> AgencySource:
    return AgencySource(house.agency, open_ledger(house.ledger))


def _now() -> datetime:
    return datetime.now(UTC)


def _sheets(house: House, folder: Path) -> None:
    with checked_agency_engine(_source(house), _now(), house.night().settings, None, folder):
        pass


READERS: dict[str, Reader] = {
    "a night's extract": lambda house, _: tasks.extract_night(house.night("tonight")),
    "a delivery": _decide,
    "the overview's task": lambda house, _: renew_overview(house.night("overview")),
    "the overview": lambda house, folder: collect_overview(
        house.agency, open_ledger(house.ledger), house.night().night, _now(), house.night().settings, folder
    ),
    "the register": lambda house, folder: collect_register(_source(house), _now(), house.night().settings, folder),
    "art. 15": lambda house, folder: read_agency_facts(
        AccessRequest(None, 201, _now(), "ann", "1"), _source(house), house.night().settings, folder
    ),
    "preview": lambda house, folder: write_preview(
        _source(house), Moment.of(_now()), _now(), house.night().settings, folder, None
    ),
    "explain": lambda house, folder: extract(
        house.agency, _now(), house.night().settings, folder, _source(house).known()
    ),
    "sheets": _sheets,
}
"""Everybody who reads the agency, by name; housekeeping and its replacement have tests of their own."""
