"""The register of this processing (art. 30) and the list of its papers, read from agency_db; no personal data."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.answers.register.papers import Agreement, Protocol, Register, State
from pipeline.core.engine import Engine, engine
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.source.extract import read_feeds

FEEDS = ("recipient", "recipient_municipality", "local_team", "agreement", "protocol")
STATES = ("01_successor", "04_serving", "05_served_by", "06_territory", "07_agreement_state", "11_protocol_state")
"""The gate's own files, as far as papers go."""


def register(agency_uri: str, at: datetime, settings: Settings, folder: Path) -> Register:
    """As the papers stand at `at`. Raises AgencyUnreachable or FeedError."""
    with engine(settings, private_folder(folder)) as run:
        read_feeds(agency_uri, FEEDS, run)
        run.set_up()
        run.set_moment(Moment.of(at), settings)
        for file in STATES:
            run.run(f"gate/{file}.sql")
        protocols = tuple(Protocol(**_paper(row) | {"fields": tuple(row["fields"])}) for row in _rows(run, "protocols"))
        agreements = tuple(Agreement(**_paper(row)) for row in _rows(run, "agreements"))
        (others,) = _rows(run, "others")
    return Register(at, protocols, agreements, others["papers"])


def _rows(run: Engine, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run.run(f"answers/register/{query}.sql").to_pylist()
    return rows


def _paper(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"kbo": Kbo(row["kbo"]), "state": State(row["state"])}
