"""What a person must look at in each agreement and protocol, in Dutch. Pure.

A paper is judged by the gate's own conditions (sql/answers/overview/paper.sql). A paper that ended, or is of another
flow, needs nothing.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from pipeline.answers.overview.model import SOON, Paper, PaperKind, PaperState
from pipeline.answers.overview.texts import MISSING
from pipeline.core.documents import dutch
from pipeline.core.model import Field


def attention_points(paper: Paper, day: date, days: int = SOON) -> tuple[str, ...]:
    """Of one paper on a day; nothing where all is in order."""
    if not paper.is_this_flow or paper.state is PaperState.ENDED:
        return ()
    return tuple(_points(paper, day, day + timedelta(days=days)))


def _points(paper: Paper, day: date, soon: date) -> Iterator[str]:
    if paper.signed_on is None:
        yield "niet ondertekend"
    elif paper.signed_on > day:
        yield f"ondertekend op {dutch.short_day(paper.signed_on)}, na deze dag"
    if paper.state is PaperState.ERROR:
        asks = f"vraagt gegevens buiten het decreet (toegelaten: {dutch.fields(Field)})"
        yield asks if paper.kind is PaperKind.PROTOCOL else "noemt een onmogelijke drempel"
    if lacks := [MISSING[name] for name in paper.lacks]:
        yield f"ontbreekt: {dutch.both(lacks)}"
    if paper.valid_from is None:
        yield "geen begindatum"
    elif paper.valid_from > day:
        yield f"begint pas op {dutch.short_day(paper.valid_from)}"
    if paper.state is PaperState.TO_BE_RENEWED:
        yield "geschorst door een gemeentefusie: te vernieuwen"
    if paper.until is not None and paper.until <= soon:
        yield f"loopt af op {dutch.short_day(paper.until)}"
