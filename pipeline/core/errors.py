"""One tree of errors with two branches, which is all that Airflow's retry policy needs to know.

The text of an error goes to logs and to the UI: the feed or recipient, the rule, the count and the remedy, and never a
value of a person. An unexpected error may quote such a value: `redact_unexpected_errors` keeps its kind and place only.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_PACKAGE = Path(__file__).parents[1]


class PipelineError(Exception):
    """Any failure that this pipeline foresees."""


class TransientError(PipelineError):
    """May pass by itself (network, load, a full disk): Airflow retries with backoff."""


class TerminalError(PipelineError):
    """A person must act first (key, permission, settings, a bad feed): the task fails at once."""


class FeedError(TerminalError):
    """The agency's data cannot be trusted tonight: nothing may be published."""


class SettingsError(TerminalError):
    """A setting, connection, key or recipient's entry is missing or contradictory."""


class AgencyUnreachable(TransientError):
    """The agency's database does not answer."""


class LoadUnderWay(TransientError):
    """The agency is loading its feeds: nothing is sent or told on it, and nothing follows from what is missing."""


class LedgerUnavailable(PipelineError):
    """The ledger cannot be read or written: no ledger, no drop. Raised as one of the two kinds below."""


class LedgerTransient(LedgerUnavailable, TransientError):
    """Its database does not answer, is full, locked or at its limits, or a folder beside it is not there."""


class LedgerRefused(LedgerUnavailable, TerminalError):
    """Its database, file or folder refuses: rights, a table or a whole file is missing, or the code is an older one."""


class LedgerConflict(TransientError):
    """Another task delivers to this recipient, or moved its delivery on: this one looks again later."""


class LockLost(LedgerConflict):
    """The recipient's lock is another task's by now, or nobody can tell: this one leaves everything as it is."""


class GroundTransient(TransientError):
    """A folder or disk of ours is full, or something vanished there."""


class GroundError(TerminalError):
    """A folder or disk of ours is read-only, another user's, or something else than a folder."""


class StoreTransient(TransientError):
    """An object store does not answer, is slow, full, or fails in a way that may pass."""


class StoreRefused(TerminalError):
    """An object store refuses: credentials, rights, bucket or encryption, or it keeps what is deleted."""


class ObjectGone(StoreRefused):
    """An object is not in its store any more."""


class RunAtWork(TransientError):
    """Another night is at work: two do not go side by side."""


class DeliveryTransient(TransientError):
    """The recipient's host failed in a way that may pass."""


class FileTaken(DeliveryTransient):
    """A file of ours was there under its own name, and is gone: somebody may have taken it."""


class DeliveryRefused(TerminalError):
    """The recipient's host, key, account or folder refuses, or is not the pinned one."""


class NameTaken(DeliveryRefused):
    """Something that is not ours, or not as we put it, has the name of a file of ours before the recipient."""


def redact_unexpected_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Pass a PipelineError on as raised; turn any other error into a TerminalError without its text."""

    @functools.wraps(call)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except PipelineError as error:
            raise error.with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: it goes on without its text
            from pipeline.core.ground import ground_problem  # which imports this file

            if of_the_ground := ground_problem(error):
                raise of_the_ground from None
            raise TerminalError(f"unforeseen {type(error).__name__} in {_place()}: report it as a bug") from None

    return wrapped


def _place() -> str:
    """File and line of our own code nearest to the error."""
    places = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(sys.exc_info()[2])]
    own = [f"{file.relative_to(_PACKAGE)}:{line}" for file, line in places if file.is_relative_to(_PACKAGE)]
    return own[-1] if own else "?"
