"""What is bounded ends in time, whatever else is bounded meanwhile, and in a forked process too."""

import os
from threading import Event, Thread

import pytest

from pipeline.core import timer
from pipeline.core.timer import call_after, ended_within

SOON, LATE = 0.01, 60


def expires() -> bool:
    called = Event()
    with call_after(SOON, called.set):
        return called.wait(30)


def test_what_takes_longer_expires() -> None:
    assert expires()


def test_what_is_done_in_time_never_expires() -> None:
    called = Event()
    with call_after(0.05, called.set):
        pass
    assert not called.wait(0.2)


def test_a_shorter_bound_is_not_kept_waiting_by_a_longer_one() -> None:
    late = Event()
    with call_after(LATE, late.set):
        assert expires()
    assert not late.is_set()


def test_whatever_one_waits_for_the_others_expire() -> None:
    stuck, called, freed = Event(), Event(), Event()

    def wait() -> None:
        stuck.set()
        freed.wait(30)

    with call_after(SOON, wait), call_after(SOON * 2, called.set):
        assert stuck.wait(30) and called.wait(30)
    freed.set()


def test_a_process_that_is_forked_within_a_bound_watches_its_own() -> None:
    with call_after(LATE, Event().set):
        child = os.fork()
    if child == 0:
        os._exit(0 if expires() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_who_waits_for_a_thread_waits_no_longer_than_said() -> None:
    go_on = Event()
    assert not ended_within(SOON, lambda: ended(go_on.wait(LATE)))
    go_on.set()
    assert ended_within(LATE, lambda: ended(True))


def test_what_a_thread_raises_is_raised() -> None:
    with pytest.raises(KeyError):
        ended_within(LATE, lambda: {}["none"])


def test_what_fails_at_the_very_end_of_its_time_is_not_taken_for_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Thread):
        """It does nothing until it is asked whether it still does."""

        def start(self) -> None: ...

        def join(self, timeout: float | None = None) -> None: ...

        def is_alive(self) -> bool:
            self.run()
            return False

    monkeypatch.setattr(timer, "Thread", Slow)
    with pytest.raises(KeyError):
        ended_within(SOON, lambda: {}["none"])


def ended(_: bool) -> None:
    """An act gives nothing."""
