"""What a named person records of one recipient: suspended, resumed, a place of its drops destroyed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.core.model import Kbo
from pipeline.ledger.drop_place import DropPlace


class InterventionAct(StrEnum):
    """What the person recorded."""

    SUSPEND = "suspend"
    """From now on nothing is delivered, and what lies before the recipient is taken away."""
    RESUME = "resume"
    """The suspension is over."""
    DESTROYED = "destroyed"
    """A place at which something of ours lay is no more: nothing of it can be fetched there, nor taken away."""


@dataclass(frozen=True)
class Intervention:
    """One line. `who`: the user of the operating system; `place`: the one that was destroyed, None for other acts."""

    kbo: Kbo
    act: InterventionAct
    at: datetime
    who: str
    reason: str
    place: DropPlace | None = None


def current_suspension(history: Iterable[Intervention]) -> Intervention | None:
    """The suspension that is in force after one recipient's history, in the order it was written."""
    acts = [one for one in history if one.act in (InterventionAct.SUSPEND, InterventionAct.RESUME)]
    return acts[-1] if acts and acts[-1].act is InterventionAct.SUSPEND else None
