"""Errors that nobody foresaw may quote a value of a person: only their kind and place go on. Pure."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pipeline.core.errors import PipelineError, TerminalError

P = ParamSpec("P")
R = TypeVar("R")
_OURS = Path(__file__).parents[1]


def without_values(call: Callable[P, R]) -> Callable[P, R]:
    """A foreseen error passes as it is; any other becomes a TerminalError without its text."""

    @functools.wraps(call)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except PipelineError as error:
            raise error.with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: it goes on without its text
            raise TerminalError(f"unforeseen {type(error).__name__} in {_place()}: report it as a bug") from None

    return wrapped


def _place() -> str:
    """File and line of our own code nearest to the error."""
    trace: Any = sys.exc_info()[2]
    place = "?"
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_OURS):
            place = f"{file.relative_to(_OURS)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
