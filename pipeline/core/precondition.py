"""What must hold before a night can end well, for `gegevensdeling doctor`: found by readers that change nothing, and
judged by pure functions. Texts name rooms, counts, recipients and remedies, and never a value of a person."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Thread

from pipeline.core.errors import PipelineError, redact_unexpected_errors


class Standing(StrEnum):
    """How a precondition stands. UNSEEN: it is not for us to look at, so it is neither met nor broken; what should have
    answered and did not is broken."""

    MET = "met"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"
    UNSEEN = "not looked at"


@dataclass(frozen=True)
class Precondition:
    """`about`: the room or thing; `what`: which of its preconditions; `says`: what was found, and what to do."""

    about: str
    what: str
    standing: Standing
    says: str


Look = Callable[[], Iterable[Precondition]]
"""Reads one thing and judges it. Raises PipelineError, which names the remedy: that is what was found."""


def met(about: str, what: str, says: str) -> Precondition:
    return Precondition(about, what, Standing.MET, says)


def doubtful(about: str, what: str, says: str) -> Precondition:
    return Precondition(about, what, Standing.DOUBTFUL, says)


def broken(about: str, what: str, says: str) -> Precondition:
    return Precondition(about, what, Standing.BROKEN, says)


def unseen(about: str, what: str, says: str) -> Precondition:
    return Precondition(about, what, Standing.UNSEEN, says)


def judged(about: str, what: str, look: Look) -> list[Precondition]:
    """What a look found; an error of its is one more precondition, named `what`, that is broken."""
    found: list[Precondition] = []
    try:
        redact_unexpected_errors(lambda: found.extend(look()))()
    except PipelineError as error:
        found.append(broken(about, what, str(error)))
    return found


def begin_look(seconds: float, about: str, what: str, look: Look) -> Callable[[], list[Precondition]]:
    """Begin to look, in a thread of its own; called, the result gives what was found within so many seconds.

    A look that
    takes longer is left to itself: nothing waits for it, also not the end of the process."""
    told: SimpleQueue[list[Precondition]] = SimpleQueue()
    deadline = time.monotonic() + seconds
    Thread(target=lambda: told.put(judged(about, what, look)), name=about, daemon=True).start()

    def found() -> list[Precondition]:
        try:
            return told.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return [broken(about, what, f"not looked at: it gave no answer within {seconds:g} seconds")]

    return found
