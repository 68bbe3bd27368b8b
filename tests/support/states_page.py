"""docs/states.md, made from the tables of the code: `python -m tests.support.states_page` writes it anew."""

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping, Set
from enum import StrEnum
from typing import TypeVar

from pipeline.ledger import events, notices
from pipeline.ledger.events import (
    BEFORE_COUNTING,
    DISCLOSED,
    FACTS,
    ON_HOST,
    REMARKS,
    REMOVAL,
    SIGHTINGS,
    UNFINISHED,
    Kind,
)
from pipeline.ledger.notices import NOTES, Step
from tests.support import PROJECT

PATH = PROJECT / "docs" / "states.md"

State = TypeVar("State", bound=StrEnum)
Moves = Mapping[State | None, Set[State]]

RECORDED, REDACTED = "recorded", "redacted"
"""The states of a withdrawal in no notice yet, and of one whose retention is over."""


def page() -> str:
    """The whole page. Raises KeyError for a state that the code does not describe."""
    return "\n".join([
        "# States",
        "",
        "What a drop, a notice and a withdrawal go through. Made from the code: change it there, then run",
        "`python -m tests.support.states_page`. A test compares both (`tests/unit/docs/test_states.py`).",
        "",
        "## A drop",
        "",
        "`MAY_FOLLOW` in `pipeline/ledger/events.py`. The ledger refuses every other move. A drop that was recalled,",
        "moved, suspended, destroyed or lost may have a replacement: another drop of the same night, which begins at",
        "`intent` under the next number.",
        "",
        *_diagram(moves(events.MAY_FOLLOW)),
        "",
        *_table(("state", "meaning", "where the drop is"), drop_rows()),
        "",
        "Facts are recorded once of a drop that counted (an early ACK file right before it does), and move nothing:",
        "",
        *_table(("fact", "meaning"), ((f"`{kind}`", described(Kind)[kind]) for kind in Kind if kind in FACTS)),
        "",
        "Sightings are recorded as often as they are made, and move nothing either:",
        "",
        *_table(("sighting", "meaning"), ((f"`{kind}`", described(Kind)[kind]) for kind in Kind if kind in SIGHTINGS)),
        "",
        "What may have become of the files of a try that does not count yet is recorded once a rendering, and moves",
        "nothing either. Lines of a drop that was taken early count as held by the recipient, and not as delivered:",
        "",
        *_table(
            ("before it counts", "meaning"),
            ((f"`{kind}`", described(Kind)[kind]) for kind in Kind if kind in BEFORE_COUNTING),
        ),
        "",
        "Remarks are of a night without a drop, or of what was done after one:",
        "",
        *_table(("remark", "meaning"), ((f"`{kind}`", described(Kind)[kind]) for kind in Kind if kind in REMARKS)),
        "",
        "## A notice",
        "",
        "`MAY_FOLLOW` in `pipeline/ledger/notices.py`.",
        "",
        *_diagram(moves(notices.MAY_FOLLOW)),
        "",
        *_table(("state", "meaning"), ((f"`{step}`", described(Step)[step]) for step in Step if step not in NOTES)),
        "",
        "A notice that is gone unanswered is said again: a repeat is another notice, under the next number, with the",
        "lines of the first (`pipeline/ledger/notice_series.py`). Notes are recorded of it, and move nothing:",
        "",
        *_table(("note", "meaning"), ((f"`{step}`", described(Step)[step]) for step in Step if step in NOTES)),
        "",
        "## A withdrawal",
        "",
        "A withdrawal is one line of the ledger, which never changes: its state is that of the notice that it is in.",
        "It is recorded of one parent, for one recipient, after one drop. A later drop that has the parent again ends",
        "nothing of it: a withdrawal after that drop is a line of its own. Once the recipient acknowledged its notice,",
        "and the retention of its drop is over, the line is about nobody any more (`pipeline/ledger/redaction.py`).",
        "",
        *_diagram(withdrawal_moves()),
        "",
        *_table(("state", "meaning"), withdrawal_rows()),
        "",
    ])  # fmt: skip


def moves(may_follow: Moves[State]) -> list[tuple[str, str]]:
    """Each move, from the beginning on; a state that nothing follows goes to the end. In the order of the members."""
    members = [None, *type(next(state for state in may_follow if state))]
    found = []
    for state in members:
        following = [each for each in members if each is not None and each in may_follow.get(state, ())]
        found += [(_named(state), _named(each)) for each in following or [None] if state in may_follow]
    return found


def withdrawal_moves() -> list[tuple[str, str]]:
    """Those of its notice, after `recorded`; what ends a notice may be followed by `redacted`."""
    of_notice = [(RECORDED if before == "[*]" else before, after) for before, after in moves(notices.MAY_FOLLOW)]
    told = [(before, REDACTED if after == "[*]" else after) for before, after in of_notice]
    return [("[*]", RECORDED), *told, (REDACTED, "[*]")]


def drop_rows() -> Iterator[tuple[str, str, str]]:
    for kind in Kind:
        if kind in events.MAY_FOLLOW:
            yield f"`{kind}`", described(Kind)[kind], _place(kind)


def _place(kind: Kind) -> str:
    """What the sets of the code say of a state."""
    if kind in UNFINISHED:
        return "does not count; files may lie on the host"
    if kind in REMOVAL:
        return "counts, or counted a moment ago; is being taken away"
    if kind in ON_HOST:
        return "counts, and lies on the host"
    return "counted; is on the host no more" if kind in DISCLOSED else "never counted; nothing lies on the host"


def withdrawal_rows() -> Iterator[tuple[str, str]]:
    yield f"`{RECORDED}`", "On record, and in no notice: the recipient is still to be told."
    for step in (step for step in Step if step not in NOTES):
        yield f"`{step}`", f"In a notice at that state. {described(Step)[step]}"
    yield f"`{REDACTED}`", "Whom it was about is erased from the ledger."


def described(states: type[State]) -> Mapping[State, str]:
    """The docstring below each member."""
    (made,) = ast.parse(inspect.getsource(states)).body
    assert isinstance(made, ast.ClassDef)
    found: dict[State, str] = {}
    for member, words in zip(made.body, made.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant):
            (target,) = member.targets
            assert isinstance(target, ast.Name)
            found[states[target.id]] = " ".join(str(words.value.value).split())
    return found


def _named(state: StrEnum | None) -> str:
    return "[*]" if state is None else state.value


def _diagram(found: Iterable[tuple[str, str]]) -> list[str]:
    return ["```mermaid", "stateDiagram-v2", *(f"    {before} --> {after}" for before, after in found), "```"]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
