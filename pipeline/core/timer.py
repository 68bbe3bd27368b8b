"""A bound on work that waits outside Python, where no signal reaches it.

A thread for each bound would cost more than most work that is bounded, such as a statement to a database: one thread
watches every bound of the process, for as long as there is any.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from time import monotonic

_LINGER = 5.0
"""Seconds after which the thread looks whether it is still of use."""


class _Watch:
    """The bounds of one process: until when, and what happens then."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._bounds: dict[object, tuple[float, Callable[[], None]]] = {}
        self._is_watched = False
        self._wakes_at = 0.0

    def add(self, seconds: float, expire: Callable[[], None]) -> object:
        bound, at = object(), monotonic() + seconds
        with self._changed:
            self._bounds[bound] = at, expire
            if not self._is_watched:
                Thread(target=self._watch, name="bounds", daemon=True).start()
                self._is_watched = True
            elif at < self._wakes_at:
                self._changed.notify()
        return bound

    def remove(self, bound: object) -> None:
        with self._changed:
            self._bounds.pop(bound, None)

    def _watch(self) -> None:
        with self._changed:
            while self._bounds:
                now = monotonic()
                for bound in [bound for bound, (at, _) in self._bounds.items() if at <= now]:
                    _, expire = self._bounds.pop(bound)
                    Thread(target=expire, daemon=True).start()  # whatever it waits for, the others are watched
                self._wakes_at = min((at for at, _ in self._bounds.values()), default=now + _LINGER)
                self._wakes_at = min(self._wakes_at, now + _LINGER)
                self._changed.wait(self._wakes_at - now)
            self._is_watched = False


_watch = _Watch()


def _begin_anew() -> None:
    """In a process that was forked: the thread stayed behind, and may have held the lock."""
    global _watch
    _watch = _Watch()


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def call_after(seconds: float, expire: Callable[[], None]) -> Iterator[None]:
    """Call `expire`, in a thread of its own, when the block takes longer."""
    watch = _watch
    bound = watch.add(seconds, expire)
    try:
        yield
    finally:
        if watch is _watch:  # else this process was forked within the block
            watch.remove(bound)


def ended_within(seconds: float, act: Callable[[], None]) -> bool:
    """Whether `act` ended in time, in a thread of its own; one that did not may end yet. Raises what `act` raises."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    is_ended = not thread.is_alive()  # before its errors are read: else it could fail in between, and seem done
    for error in errors:
        raise error
    return is_ended
