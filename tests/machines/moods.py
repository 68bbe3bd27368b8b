"""What stands before a server, in a mood that a test may change while it is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.servers.proxies import Line, Pass, proxy

OPEN, HELD, REFUSING, SLOW, LOSING = "open", "held", "refusing", "slow", "losing answers"
PAUSE = 0.15
"""Seconds before each piece, in the slow mood."""
EVERY = 4
"""In the losing mood the answer to each fourth request that writes is lost."""


@dataclass
class Door:
    """`hold_after` is how many bytes from clients pass before it holds all further ones."""

    port: int = 0
    mood: str = OPEN
    hold_after: int | None = None
    held: bool = False
    taken: int = 0
    """Bytes that clients sent."""
    writes: int = 0
    lost: int = 0
    owed: int = 0
    """Answers that are to be lost."""

    def passes(self, line: Line) -> tuple[Pass, Pass]:
        return lambda _, data: self._inward(line, data), lambda _, data: self._outward(line, data)

    def _inward(self, line: Line, data: bytes) -> bytes | None:
        self.taken += len(data)
        if self.mood == REFUSING:
            return None
        if self.hold_after is not None and self.taken > self.hold_after:
            self.mood = HELD
        while self.mood == HELD:
            self.held = True
            if line.wait(0.05):
                return None
        if self.mood == LOSING and data.startswith((b"PUT ", b"POST ")):
            self.writes += 1
            self.owed += self.writes % EVERY == 1
        return data

    def _outward(self, line: Line, data: bytes) -> bytes | None:
        if self.owed and self.mood == LOSING:
            self.owed -= 1
            self.lost += 1
            return None
        if self.mood == SLOW:
            line.wait(PAUSE)
        return data


@contextmanager
def door(port: int) -> Iterator[Door]:
    """A door before the server at `port`."""
    made = Door()
    with proxy(port, made.passes) as line:
        made.port = line.port
        yield made
