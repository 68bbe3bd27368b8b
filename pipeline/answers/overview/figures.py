"""The overview of one day: papers by the gate's own conditions, drops by the ledger. No personal data is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from pipeline.answers.overview import read
from pipeline.answers.overview.asked import Asked, end_of, month_ends
from pipeline.answers.overview.ledger import delivered
from pipeline.answers.overview.model import BRUSSELS_REGION, DECREE_DAY, Authority, AuthorityState, Overview
from pipeline.answers.overview.remarks import remarks
from pipeline.answers.overview.states import counted
from pipeline.core.engine import Engine, engine
from pipeline.core.model import Moment
from pipeline.core.package_data import REFERENCE
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.source.extract import read_feeds

FEEDS = ("recipient", "recipient_municipality", "local_team", "agreement", "protocol", "feed_control")
PAPERS = (
    *("gate/04_serving", "gate/06_territory", "gate/07_agreement_state", "gate/08_agreement_terms"),
    *("gate/11_protocol_state", "gate/12_protocol_terms", "gate/17_covered", "answers/overview/paper"),
)
"""The gate's own files as far as papers go, and what is told of each paper."""
PLACES = ("gate/01_successor", "gate/05_served_by")
"""And as far as places go."""


def overview(
    agency_uri: str, ledger: LedgerDb, as_of: date, known_at: datetime, settings: Settings, folder: Path
) -> Overview:
    """As things stood on `as_of`, with what was recorded by `known_at` (aware); `folder`: for what memory cannot hold.

    Raises AgencyUnreachable, LedgerUnavailable, or FeedError: of registers that are not whole nothing is counted.
    """
    drops = delivered(ledger.engine, known_at)
    asked = Asked(as_of, known_at, settings.overview_window_days, drops.since)
    with engine(settings, private_folder(folder)) as run:
        read_feeds(agency_uri, FEEDS, run)
        read.refuse_unfit(run)
        read.load_delivered(run, drops.nights)
        run.set_up()
        run.run("answers/overview/province.sql", folder=str(REFERENCE), brussels=BRUSSELS_REGION)
        months = []
        for day in month_ends(as_of):
            with _on(run, day, known_at, settings, PAPERS):
                months.append(read.month(run, asked))
        with _on(run, as_of, known_at, settings, PAPERS + PLACES):
            found, places = read.authorities(run, asked), read.places(run)
        teams = read.teams(run)
    found = found if as_of >= DECREE_DAY else tuple(map(_before_the_decree, found))
    return Overview(
        as_of=as_of,
        known_at=known_at,
        window_days=asked.window_days,
        ledger_since=drops.since,
        authorities=found,
        counts=counted(found, as_of),
        months=tuple(months),
        remarks=tuple(remarks(asked, found, places)),
        teams=teams,
    )


@contextmanager
def _on(run: Engine, day: date, known_at: datetime, settings: Settings, made_by: tuple[str, ...]) -> Iterator[None]:
    """These files' tables as at the end of that day; gone afterwards, so that the next day can make its own."""
    run.connection.begin()
    try:
        run.set_moment(Moment(end_of(day), known_at), settings)
        for file in made_by:
            run.run(f"{file}.sql")
        yield
    finally:
        run.connection.rollback()


def _before_the_decree(one: Authority) -> Authority:
    """Whatever is on paper, nothing could be shared yet."""
    return replace(one, state=AuthorityState.NONE, teams=(), papers=(), last_drop=None)
