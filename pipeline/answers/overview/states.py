"""Where authorities and papers stand, counted. Pure: the papers' own states come from the gate's conditions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from pipeline.answers.overview.model import (
    LEGAL_BASIS,
    Authority,
    AuthorityState,
    Paper,
    PaperCount,
    PaperKind,
    PaperState,
)

ALWAYS_COUNTED = (PaperKind.AGREEMENT, PaperKind.PROTOCOL, PaperKind.PROCESSING_AGREEMENT)
"""Under the decree: told also when there is none."""


def of_this_flow(paper: Paper) -> bool:
    """An agreement, or a protocol under the decree: the others are counted apart and never used."""
    return paper.kind in (PaperKind.AGREEMENT, PaperKind.PROTOCOL) and paper.legal_basis == LEGAL_BASIS


def lasts(paper: Paper, day: date) -> bool:
    """Signed by the day, and not ended."""
    return paper.is_signed(day) and paper.state is not PaperState.ENDED


def state_of(papers: Sequence[Paper], is_covered: bool, has_drop: bool, day: date) -> AuthorityState:
    """`is_covered`: the gate has an agreement and a protocol in force; `has_drop`: one counted within the window."""
    if is_covered:
        return AuthorityState.EXCHANGING if has_drop else AuthorityState.IN_FORCE
    lasting = [paper for paper in papers if of_this_flow(paper) and lasts(paper, day)]
    if any(paper.state is PaperState.TO_BE_RENEWED for paper in lasting):
        return AuthorityState.TO_BE_RENEWED
    return AuthorityState.SIGNED if lasting else AuthorityState.NONE


def counted(authorities: Iterable[Authority], day: date) -> tuple[PaperCount, ...]:
    """One count for each kind and legal basis, the decree's first; every paper is in exactly one."""
    found: dict[tuple[PaperKind, str], list[Paper]] = {(kind, LEGAL_BASIS): [] for kind in ALWAYS_COUNTED}
    for authority in authorities:
        for paper in authority.papers:
            found.setdefault((paper.kind, paper.legal_basis), []).append(paper)
    order = list(PaperKind)
    keys = sorted(found, key=lambda key: (key[1] != LEGAL_BASIS, order.index(key[0]), key[1]))
    return tuple(_count(*key, found[key], day) for key in keys)


def _count(kind: PaperKind, legal_basis: str, papers: Sequence[Paper], day: date) -> PaperCount:
    states = Counter(paper.state for paper in papers)
    return PaperCount(
        kind=kind,
        legal_basis=legal_basis,
        signed=sum(paper.is_signed(day) for paper in papers),
        states={state: states[state] for state in PaperState},
        recipients=len({paper.kbo for paper in papers if lasts(paper, day)}),
        recipients_in_force=len({paper.kbo for paper in papers if paper.state is PaperState.IN_FORCE}),
    )
