"""Reads the overview's values from the results of sql/answers/overview/, and the nights with a drop from the ledger.

Every result is sorted.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from pipeline.answers.overview.model import (
    LEGAL_BASIS,
    Authority,
    Month,
    Municipality,
    OverviewQuery,
    Paper,
    PaperKind,
    PaperState,
)
from pipeline.answers.overview.states import authority_state
from pipeline.core.documents import dutch
from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.model import Kbo
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.tables import link, publication_event
from pipeline.ledger.events import Kind


def refuse_unfit(run: Engine) -> None:
    """Raises FeedError for registers with unreadable values, double keys, or other rows than feed_control says."""
    if unfit := query_rows(run, "unfit"):
        problems = "; ".join(f"feed {row['feed']}: {_problem(row)}" for row in unfit)
        raise FeedError(f"{problems}; an overview would count wrongly: ask the agency to load it again")


def _problem(row: dict[str, Any]) -> str:
    if row["unparsable"]:
        return f"{row['unparsable']} rows hold a value that cannot be read"
    if row["doubles"]:
        return f"{row['doubles']} rows have no key of their own"
    return f"{row['rows']} rows where feed_control says {row['rows_expected']}"


def read_drop_nights(engine: sa.Engine, known_at: datetime) -> tuple[datetime | None, list[tuple[Kbo, date]]]:
    """The instant of the ledger's first line, and each recipient's nights with a drop that counted, as of `known_at`.

    The nights are sorted, each once, even if the drop was taken back since. The instant is None for a ledger without
    lines: then nothing is known of drops. Raises LedgerUnavailable.
    """
    event = publication_event.c
    nights = sa.select(event.kbo, event.night).distinct().where(event.kind == Kind.PUBLISHED.value)
    with ledger_snapshot(engine) as connection:
        drops = sorted((Kbo(row.kbo), row.night) for row in connection.execute(nights.where(event.at <= known_at)))
        firsts = [connection.scalar(sa.select(sa.func.min(table.c.at))) for table in (link, publication_event)]
    return min((first for first in firsts if first is not None and first <= known_at), default=None), drops


def load_drop_nights(run: Engine, nights: Iterable[tuple[Kbo, date]]) -> None:
    """The table `delivered`: the nights on which a recipient got a drop."""
    rows = [{"kbo": kbo, "night": night} for kbo, night in nights]
    schema = pa.schema([("kbo", pa.string()), ("night", pa.date32())])
    run.connection.from_arrow(pa.Table.from_pylist(rows, schema)).create("delivered")


def read_month(run: Engine, query: OverviewQuery) -> Month:
    """The figures of the engine's day."""
    (row,) = query_rows(run, "month", window_days=query.window_days)
    if not query.knows_drops_on(row["day"]):
        row["authorities_exchanging"] = None
    return Month(**row)


def read_authorities(run: Engine, query: OverviewQuery) -> tuple[Authority, ...]:
    """By name, each once."""
    papers, served = defaultdict[str, list[Paper]](list), defaultdict[str, list[Municipality]](list)
    for row in query_rows(run, "papers"):
        papers[row["kbo"]].append(paper_of(row))
    for row in sorted(query_rows(run, "served"), key=lambda row: (row["name"].casefold(), row["nis_code"])):
        served[row.pop("kbo")].append(Municipality(**row))
    rows = query_rows(run, "authorities", window_days=query.window_days)
    authorities = [_authority(row, papers[row["kbo"]], served[row["kbo"]], query) for row in rows]
    return tuple(sorted(authorities, key=lambda authority: (authority.name.casefold(), authority.kbo)))


def _authority(row: dict[str, Any], papers: list[Paper], served: list[Municipality], query: OverviewQuery) -> Authority:
    last = row["last_drop"] if query.drops_known else None
    has_drop = last is not None and query.is_in_window(last)
    teams = {paper.team for paper in papers if paper.team is not None and paper.state is not PaperState.ENDED}
    return Authority(
        kbo=Kbo(row["kbo"]),
        name=row["name"] if row["name"] is not None else f"KBO {dutch.kbo(row['kbo'])} (niet in het register)",
        kind=row["kind"] or "",
        state=authority_state(papers, row["is_covered"], has_drop, query.as_of),
        municipalities=tuple(served),
        teams=tuple(sorted(teams)),
        papers=tuple(papers),
        last_drop=last,
    )


def paper_of(row: dict[str, Any]) -> Paper:
    """A row of a papers.sql as a value."""
    kind = PaperKind(row["kind"])
    exact = {"kbo": Kbo(row["kbo"]), "kind": kind, "state": PaperState(row["state"])}
    basis = LEGAL_BASIS if kind is PaperKind.AGREEMENT else row["legal_basis"]
    return Paper(**row | exact | {"legal_basis": basis, "missing": tuple(row["missing"]), "lacks": tuple(row["lacks"])})


def query_rows(run: Engine, query: str, **parameters: object) -> list[dict[str, Any]]:
    """The rows of one query of sql/answers/overview/."""
    rows: list[dict[str, Any]] = run.run(f"answers/overview/{query}.sql", **parameters).to_pylist()
    return rows
