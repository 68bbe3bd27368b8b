"""A bound on work that waits outside Python, where no signal reaches it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer


@contextmanager
def call_after(seconds: float, expire: Callable[[], None]) -> Iterator[None]:
    """Call `expire`, in a thread of its own, when the block takes longer."""
    timer = Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
