"""What sql/answers/overview/ finds, as the overview's own values; every answer is sorted."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from pipeline.answers.overview.asked import Asked
from pipeline.answers.overview.model import LEGAL_BASIS, Authority, Month, Municipality, Paper, PaperKind, PaperState
from pipeline.answers.overview.remarks import Gone, Places, Unserved
from pipeline.answers.overview.states import state_of
from pipeline.core.documents import dutch
from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.model import Kbo


def refuse_unfit(run: Engine) -> None:
    """Raises FeedError for registers with values that do not fit, double keys, or other rows than their load says."""
    unfit = _rows(run, "unfit")
    if unfit:
        says = "; ".join(f"feed {row['feed']}: {_unfit(row)}" for row in unfit)
        raise FeedError(f"{says}; an overview would count wrongly: ask the agency to load it again")


def _unfit(row: dict[str, Any]) -> str:
    if row["unparsable"]:
        return f"{row['unparsable']} rows hold a value that cannot be read"
    if row["doubles"]:
        return f"{row['doubles']} rows have no key of their own"
    return f"{row['rows']} rows where feed_control says {row['rows_expected']}"


def load_delivered(run: Engine, nights: Iterable[tuple[Kbo, date]]) -> None:
    """The table `delivered`: who got a drop on which night."""
    schema = pa.schema([("kbo", pa.string()), ("night", pa.date32())])
    rows = pa.Table.from_pylist([{"kbo": kbo, "night": night} for kbo, night in nights], schema)
    run.connection.from_arrow(rows).create("delivered")


def month(run: Engine, asked: Asked) -> Month:
    """The figures of the engine's day."""
    (row,) = _rows(run, "month", window_days=asked.window_days)
    if not asked.knows_drops_on(row["day"]):
        row["authorities_exchanging"] = None
    return Month(**row)


def authorities(run: Engine, asked: Asked) -> tuple[Authority, ...]:
    """By name, each once."""
    papers, served = _papers(run), _served(run)
    rows = _rows(run, "authorities", window_days=asked.window_days)
    found = [_authority(row, papers[row["kbo"]], served[row["kbo"]], asked) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.kbo)))


def _authority(row: dict[str, Any], papers: list[Paper], served: list[Municipality], asked: Asked) -> Authority:
    last = row["last_drop"] if asked.knows_drops_on(asked.as_of) else None
    has_drop = last is not None and asked.is_in_window(last)
    teams = {paper.team for paper in papers if paper.team is not None and paper.state is not PaperState.ENDED}
    return Authority(
        kbo=Kbo(row["kbo"]),
        name=row["name"] if row["name"] is not None else f"KBO {dutch.kbo(row['kbo'])} (niet in het register)",
        kind=row["kind"] or "",
        state=state_of(papers, row["is_covered"], has_drop, asked.as_of),
        municipalities=tuple(served),
        teams=tuple(sorted(teams)),
        papers=tuple(papers),
        last_drop=last,
    )


def _papers(run: Engine) -> dict[str, list[Paper]]:
    found = defaultdict(list)
    for row in _rows(run, "papers"):
        exact = {"kbo": Kbo(row["kbo"]), "kind": PaperKind(row["kind"]), "state": PaperState(row["state"])}
        basis = LEGAL_BASIS if exact["kind"] is PaperKind.AGREEMENT else row["legal_basis"]
        found[row["kbo"]].append(Paper(**row | exact | {"legal_basis": basis}))
    return found


def _served(run: Engine) -> dict[str, list[Municipality]]:
    found = defaultdict(list)
    for row in sorted(_rows(run, "served"), key=lambda row: (row["name"].casefold(), row["nis_code"])):
        found[row.pop("kbo")].append(Municipality(**row))
    return found


def places(run: Engine) -> Places:
    """What of the territory does not go as it should, and who of the register is not there on the day."""
    return Places(
        unserved=tuple(Unserved(row["name"], row["recipients"]) for row in _rows(run, "unserved")),
        gone=tuple(Gone(**row) for row in _rows(run, "gone")),
    )


def teams(run: Engine) -> tuple[str, ...]:
    """Every local team of the register, by name."""
    return tuple(sorted(row["name"] for row in _rows(run, "teams")))


def _rows(run: Engine, query: str, **parameters: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run.run(f"answers/overview/{query}.sql", **parameters).to_pylist()
    return rows
