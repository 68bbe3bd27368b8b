"""Overviews made by hand: all municipalities of a day, in any states."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle

from pipeline.answers.overview.model import (
    BRUSSELS_REGION,
    LEGAL_BASIS,
    Authority,
    AuthorityState,
    Month,
    Municipality,
    Overview,
    Paper,
    PaperKind,
    PaperState,
)
from pipeline.answers.overview.places import outlines
from pipeline.answers.overview.states import count_papers
from pipeline.core.model import Kbo

DAY = date(2026, 6, 15)
KNOWN = datetime(2026, 6, 16, 1, 30, tzinfo=UTC)
LEDGER = datetime(2025, 9, 2, 0, 5, tzinfo=UTC)
ALL = tuple(AuthorityState)
_SERVED = {
    AuthorityState.SIGNED: PaperState.NOT_YET,
    AuthorityState.TO_BE_RENEWED: PaperState.TO_BE_RENEWED,
    AuthorityState.IN_FORCE: PaperState.IN_FORCE,
    AuthorityState.EXCHANGING: PaperState.IN_FORCE,
}


def municipalities(day: date = DAY) -> list[Municipality]:
    return [Municipality(one.nis_code, one.name, one.province) for one in outlines(day)]


def authority(
    number: int, name: str, served: Sequence[Municipality], state: AuthorityState, kind: str = "OCMW"
) -> Authority:
    """With an agreement and a protocol where its state asks for them."""
    kbo = Kbo(f"{1999000000 + number}")
    team = f"Lokaal team {number // 4}"
    papers = () if state is AuthorityState.NONE else (
        paper(f"SO-{number}", PaperKind.AGREEMENT, kbo, _SERVED[state], team),
        paper(f"PR-{number}", PaperKind.PROTOCOL, kbo, _SERVED[state], None),
    )  # fmt: skip
    last = DAY - timedelta(days=1) if state is AuthorityState.EXCHANGING else None
    return Authority(kbo, name, kind, state, tuple(served), (team,) if papers else (), papers, last)


def paper(paper_id: str, kind: PaperKind, kbo: Kbo, state: PaperState, team: str | None) -> Paper:
    return Paper(paper_id, kind, LEGAL_BASIS, kbo, team, state, date(2024, 3, 1), date(2024, 4, 1), None)


def everyone(
    states: Sequence[AuthorityState] = ALL, day: date = DAY, of: Callable[[int], bool] = lambda _: True
) -> tuple[Authority, ...]:
    """One authority a Flemish municipality and CAW Brussel for all of Brussels, in `states` by turns."""
    brussels = [one for one in municipalities(day) if one.province == BRUSSELS_REGION]
    flemish = [one for one in municipalities(day) if one.province != BRUSSELS_REGION]
    turns = cycle(states)
    found = [authority(n, f"OCMW {one.name}", [one], next(turns)) for n, one in enumerate(flemish)]
    found.append(authority(999, "CAW Brussel", brussels, next(turns), "CAW"))
    return tuple(sorted((one for n, one in enumerate(found) if of(n)), key=lambda one: one.name))


def first(number: int, state: AuthorityState) -> tuple[Authority, ...]:
    """`number` authorities in one state; beyond the municipalities that there are, each again."""
    every = municipalities()
    return tuple(
        authority(n, f"OCMW {every[n % len(every)].name}", [every[n % len(every)]], state) for n in range(number)
    )


def months(day: date = DAY, grown: int = 200) -> tuple[Month, ...]:
    """From March 2022 to `day`, growing to `grown`; nothing is known of drops before the ledger."""
    ends = [_end(index) for index in range(2022 * 12 + 2, day.year * 12 + day.month)]
    ends[-1:] = [day]
    return tuple(_month(end, grown * n // len(ends)) for n, end in enumerate(ends))


def _end(index: int) -> date:
    year, month = divmod(index + 1, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def _month(end: date, number: int) -> Month:
    known = end >= LEDGER.date()
    return Month(end, number, number * 4 // 5, number * 9 // 10, number * 3 // 4, number * 2 // 3,
                 number * 3 // 5 if known else None)  # fmt: skip


def overview(authorities: Sequence[Authority] = (), day: date = DAY, **changed: object) -> Overview:
    """Of `authorities`, with counts and months that go with them."""
    values: dict[str, object] = {
        "as_of": day,
        "known_at": KNOWN,
        "window_days": 7,
        "ledger_since": LEDGER,
        "authorities": tuple(authorities),
        "counts": count_papers(authorities, day),
        "months": months(day) if day >= date(2022, 3, 11) else (),
        "remarks": (),
        "teams": tuple(sorted({team for one in authorities for team in one.teams})),
    }
    return Overview(**(values | changed))
