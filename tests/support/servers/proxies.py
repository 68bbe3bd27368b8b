"""What stands between us and a host: lines that are cut, fall silent, or drip. All on 127.0.0.1."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Pass = Callable[[int, bytes], bytes | None]
"""What to pass on, given how many bytes went this way before: all of it, a part, or None to end the line."""


@dataclass
class Line:
    """A proxy's port, and how many bytes it took from the client and from the host."""

    port: int
    up: int = 0
    down: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> bool:
        """Until the time is over or the test is; whether the test is."""
        return self._ended.wait(seconds)


@contextmanager
def proxy(port: int, build: Callable[[Line], tuple[Pass, Pass]], piece: int = 65_536) -> Iterator[Line]:
    """Passes connections on to `port`; `build` gives what is done to bytes to the host and from it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Line(server.getsockname()[1])
        upward, downward = build(line)
        threads: list[threading.Thread] = []
        ends: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    near, _ = server.accept()
                except OSError:
                    return
                far = socket.create_connection(("127.0.0.1", port))
                ends.extend((near, far))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, target, passes, way in ((near, far, upward, "up"), (far, near, downward, "down")):
                    thread = threading.Thread(target=_pump, args=(line, source, target, passes, way, piece))
                    threads.append(thread)
                    thread.start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield line
        finally:
            line._ended.set()
            server.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for end in ends:
                _end(end)
            for thread in threads:
                thread.join()
            for end in ends:
                end.close()


def _pump(line: Line, source: socket.socket, target: socket.socket, passes: Pass, way: str, piece: int) -> None:
    try:
        while data := source.recv(piece):
            done = getattr(line, way)
            setattr(line, way, done + len(data))
            passed = passes(done, data)
            if passed is None:
                break
            target.sendall(passed)
    except OSError:
        pass
    _end(source)
    _end(target)


def _end(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def everything(_done: int, data: bytes) -> bytes:
    return data


@contextmanager
def cut_up(port: int, after: int) -> Iterator[Line]:
    """Ends the line once the client has sent so many bytes."""
    with proxy(port, lambda _: (_until(after), everything)) as line:
        yield line


@contextmanager
def cut_down(port: int, after: int) -> Iterator[Line]:
    """Ends the line once the host has sent so many bytes."""
    with proxy(port, lambda _: (everything, _until(after))) as line:
        yield line


@contextmanager
def silent(port: int, after: int) -> Iterator[Line]:
    """Passes nothing more of what the host says after so many bytes, but keeps the line open."""
    with proxy(port, lambda _: (everything, lambda done, data: data[: max(0, after - done)])) as line:
        yield line


@contextmanager
def dripping(port: int, fast: int) -> Iterator[Line]:
    """After `fast` bytes from the host, a few bytes at a time, each well within any bound on one answer."""

    def build(line: Line) -> tuple[Pass, Pass]:
        def drip(done: int, data: bytes) -> bytes:
            if done >= fast:
                line.wait(0.2)
            return data

        return everything, drip

    with proxy(port, build, piece=64) as line:
        yield line


@contextmanager
def mute() -> Iterator[int]:
    """Accepts TCP and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _until(after: int) -> Pass:
    return lambda done, data: None if done + len(data) > after else data
