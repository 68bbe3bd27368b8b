"""What a row of the spec is: how a world differs from the baseline, and what must become of one parent in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.core.model import Reason
from pipeline.gate.rules import RULES
from tests.support.reference.gate import Decision
from tests.support.worlds.tables import AT, GENT

Change = Mapping[str, Sequence[Mapping[str, Any]]]

ALL = "address,email,name,phone"
WITHOUT_RECIPIENT = list(Reason)[:5]
"""Reasons 1 to 5 are found before there is a recipient to name."""


@dataclass(frozen=True)
class Case:
    """`expected` is None for a parent outside the population; `note` says why, or which reading was taken.

    `alone`: its very numbers matter, so the SQL gate decides it in a world of its own.
    """

    title: str
    change: Change
    expected: Decision | None
    at: str = AT
    known_at: str | None = None
    parent: int = 1
    note: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Section:
    """One heading of docs/gate.md: its cases, and the readings taken where the rule leaves room.

    `reason` has its rule in pipeline/gate/rules.py; None is who is decided on at all. `plainly` is what that rule's one
    sentence leaves out, or says for engineers only; empty if nothing.
    """

    reason: Reason | None
    plainly: str
    cases: tuple[Case, ...]
    readings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return RULES[self.reason].heading if self.reason else "Who is decided on"


def released(title: str, change: Change, fields: str = ALL, kbo: str = GENT, **more: Any) -> Case:
    """The parent goes to `kbo` with `fields`."""
    return Case(title, change, Decision("released", kbo, None, fields), **more)


def withheld(reason: Reason, title: str, change: Change, kbo: str = GENT, **more: Any) -> Case:
    """The parent goes nowhere, for this reason; a recipient is named from reason 6 on."""
    named = None if reason in WITHOUT_RECIPIENT else kbo
    return Case(title, change, Decision("withheld", named, reason.value, None), **more)


def outside(title: str, change: Change, **more: Any) -> Case:
    """The parent is not in the population: no decision at all."""
    return Case(title, change, None, **more)
