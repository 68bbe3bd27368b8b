"""Collects the overview of one day: papers by the gate's own conditions, drops from the ledger. No personal data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.answers.overview import read
from pipeline.answers.overview.days import end_of, month_ends
from pipeline.answers.overview.model import (
    BRUSSELS_REGION,
    DECREE_DAY,
    AuthorityState,
    Municipality,
    Overview,
    OverviewQuery,
)
from pipeline.answers.overview.remarks import RetiredCode, overview_remarks
from pipeline.answers.overview.states import count_papers
from pipeline.core.engine import Engine, engine
from pipeline.core.model import Moment
from pipeline.core.package_data import REFERENCE
from pipeline.core.settings import Settings
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.source.extract import read_feeds

FEEDS = ("recipient", "recipient_municipality", "local_team", "agreement", "protocol", "feed_control")
PAPERS = (
    *("gate/04_serving", "gate/06_territory", "gate/07_agreement_state", "gate/08_agreement_terms"),
    *("gate/11_protocol_state", "gate/12_protocol_terms", "gate/21_covered", "answers/overview/paper"),
)
"""The gate's own files about papers, and the overview's table of papers."""
PLACES = ("gate/01_successor", "gate/05_served_by")
"""The gate's own files about places."""


def collect_overview(
    agency_uri: str, ledger: LedgerDb, as_of: date, known_at: datetime, settings: Settings, folder: Path
) -> Overview:
    """The state on `as_of`, from records up to `known_at` (aware); DuckDB spills into `folder`.

    Raises AgencyUnreachable, LoadUnderWay, LedgerUnavailable, or FeedError: incomplete registers are not counted.
    """
    since, nights = read.read_drop_nights(ledger.engine, known_at)
    query = OverviewQuery(as_of, known_at, settings.overview_window_days, since)
    months = []
    with engine(settings, folder) as run:
        read_feeds(agency_uri, FEEDS, run, ledger.known_feeds())
        read.refuse_unfit(run)
        read.load_drop_nights(run, nights)
        run.set_up()
        run.define("answers/overview/province.sql", folder=str(REFERENCE), brussels=BRUSSELS_REGION)
        for day in month_ends(as_of):
            with _tables_of(run, Moment(end_of(day), known_at), settings, PAPERS):
                months.append(read.read_month(run, query))
        with _tables_of(run, Moment(end_of(as_of), known_at), settings, PAPERS + PLACES):
            authorities = read.read_authorities(run, query)
            unserved = read.query_rows(run, "unserved")
            retired = [RetiredCode(**row) for row in read.query_rows(run, "gone")]
        teams = tuple(sorted(row["name"] for row in read.query_rows(run, "teams")))
    claims = [(row["name"], row["recipients"]) for row in unserved]
    if as_of < DECREE_DAY:  # whatever papers there are, nothing could be shared yet
        nothing: dict[str, Any] = {"state": AuthorityState.NONE, "teams": (), "papers": (), "last_drop": None}
        authorities = tuple(replace(authority, **nothing) for authority in authorities)
    return Overview(
        **vars(query),
        authorities=authorities,
        counts=count_papers(authorities, as_of),
        months=tuple(months),
        remarks=tuple(overview_remarks(query, authorities, claims, retired)),
        teams=teams,
        unserved=tuple(Municipality(row["nis_code"], row["name"], row["province"]) for row in unserved),
    )


@contextmanager
def _tables_of(run: Engine, moment: Moment, settings: Settings, files: tuple[str, ...]) -> Iterator[None]:
    """The tables of these files at that moment; rolled back, so that the next day can make its own."""
    run.connection.begin()
    try:
        run.set_moment(moment, settings)
        for file in files:
            run.define(f"{file}.sql")
        yield
    finally:
        run.connection.rollback()
