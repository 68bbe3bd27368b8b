"""Collects the register of this processing (art. 30) with its papers from agency_db; no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.answers.overview.model import Paper, PaperKind, PaperState
from pipeline.answers.overview.read import paper_of
from pipeline.core.engine import engine
from pipeline.core.loads import AgencySource
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.source.extract import read_feeds

FEEDS = ("recipient", "recipient_municipality", "local_team", "agreement", "protocol")
FILES = ("gate/04_serving", "gate/06_territory", "gate/07_agreement_state", "gate/11_protocol_state")
"""The gate's own files about papers."""


@dataclass(frozen=True)
class ProcessingRegister:
    """The papers as they stand at `at`, by recipient's name; `names`: of the recipients, where known."""

    at: datetime
    papers: tuple[Paper, ...]
    names: Mapping[Kbo, str | None]

    def of(self, kind: PaperKind) -> list[Paper]:
        """The agreements or the protocols of this flow."""
        return [paper for paper in self.papers if paper.is_this_flow and paper.kind is kind]

    @property
    def others(self) -> int:
        """The number of protocols of other flows and of processing agreements."""
        return sum(not paper.is_this_flow for paper in self.papers)

    @property
    def covered(self) -> list[Kbo]:
        """The recipients with an agreement and a protocol in force, by name: each gets a drop every night."""
        in_force = [paper for paper in self.papers if paper.state is PaperState.IN_FORCE]
        agreed = {paper.kbo for paper in in_force if paper.kind is PaperKind.AGREEMENT}
        both = agreed & {paper.kbo for paper in in_force if paper.kind is PaperKind.PROTOCOL}
        return [kbo for kbo in self.names if kbo in both]


def collect_register(agency: AgencySource, at: datetime, settings: Settings, folder: Path) -> ProcessingRegister:
    """Raises AgencyUnreachable, LoadUnderWay or FeedError; DuckDB spills into `folder`."""
    with engine(settings, folder) as run:
        read_feeds(agency.uri, FEEDS, run, agency.known())
        run.set_up()
        run.set_moment(Moment.of(at), settings)
        for file in (*FILES, "answers/overview/paper"):
            run.define(f"{file}.sql")
        rows = run.run("answers/register/papers.sql").to_pylist()
    names = {Kbo(row["kbo"]): row.pop("name") for row in rows}
    return ProcessingRegister(at, tuple(map(paper_of, rows)), names)
