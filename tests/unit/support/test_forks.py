"""A process that is forked from a test ends, and how it ended is told."""

import os
import signal

import pytest

from tests.support.forks import is_killed


def fails() -> None:
    pytest.fail("in the fork")


def test_whoever_fails_in_it_ends_there() -> None:
    with pytest.raises(AssertionError, match="what it printed says why"):
        is_killed(fails)


def test_a_kill_is_told_from_an_end() -> None:
    assert is_killed(lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert not is_killed(lambda: None)
