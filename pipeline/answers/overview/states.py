"""The state of an authority, and papers counted. Pure: the gate's conditions give the papers' own states."""

from collections.abc import Iterable, Sequence
from datetime import date

from pipeline.answers.overview.model import LEGAL_BASIS, Authority, Paper, PaperCount, PaperKind, PaperState
from pipeline.answers.overview.model import AuthorityState as State

ALWAYS_COUNTED = (PaperKind.AGREEMENT, PaperKind.PROTOCOL, PaperKind.PROCESSING_AGREEMENT)
"""Under the decree: counted even if there is none."""


def authority_state(papers: Sequence[Paper], is_covered: bool, has_drop: bool, day: date) -> State:
    """`is_covered`: the gate has an agreement and a protocol in force; `has_drop`: one counted within the window."""
    if is_covered:
        return State.EXCHANGING if has_drop else State.IN_FORCE
    lasting = [paper for paper in papers if paper.is_this_flow and paper.lasts(day)]
    if any(paper.state is PaperState.TO_BE_RENEWED for paper in lasting):
        return State.TO_BE_RENEWED
    return State.SIGNED if lasting else State.NONE


def count_papers(authorities: Iterable[Authority], day: date) -> tuple[PaperCount, ...]:
    """One count for each kind and legal basis, the decree's first; every paper is in exactly one."""
    groups: dict[tuple[PaperKind, str], list[Paper]] = {(kind, LEGAL_BASIS): [] for kind in ALWAYS_COUNTED}
    for authority in authorities:
        for paper in authority.papers:
            groups.setdefault((paper.kind, paper.legal_basis), []).append(paper)
    keys = sorted(groups, key=lambda key: (key[1] != LEGAL_BASIS, list(PaperKind).index(key[0]), key[1]))
    return tuple(
        PaperCount(
            *key,
            signed=sum(paper.is_signed(day) for paper in groups[key]),
            states={state: sum(paper.state is state for paper in groups[key]) for state in PaperState},
            recipients=len({paper.kbo for paper in groups[key] if paper.lasts(day)}),
            recipients_in_force=len({paper.kbo for paper in groups[key] if paper.state is PaperState.IN_FORCE}),
        )
        for key in keys
    )
