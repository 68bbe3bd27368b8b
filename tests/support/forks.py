"""Processes forked from a test, which end whatever comes of them: none goes on as pytest."""

import os
import traceback
from collections.abc import Callable


def forked(act: Callable[[], object]) -> int:
    """The id of a process that does this and ends, with 0 if it went well; what it prints says why it did not."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(1)
    return child


def is_killed(act: Callable[[], object]) -> bool:
    """Whether a process that does this died by a signal, rather than got through."""
    _, status = os.waitpid(forked(act), 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "what it printed says why"
    return os.WIFSIGNALED(status)
