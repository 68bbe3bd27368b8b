"""Hosts for tests, in a thread of their own: the demo's, and ones that fail as real hosts do."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from pipeline.demo.host import chroot, serve


@contextmanager
def serving(root: Path, kind: type[asyncssh.SFTPServer] | None = None, refuse: str | None = None) -> Iterator[int]:
    """The demo host, prepared at `root`, with `kind` answering for the files; gives the port."""

    def files(root: Path, channel: Any) -> asyncssh.SFTPServer:
        kbo = channel.get_extra_info("username").removeprefix("ocmw-")
        return kind(channel, chroot=str(root / kbo).encode()) if kind else chroot(root, channel)

    with loop_in_thread() as run:
        acceptor = run(serve(root, 0, refuse, files))
        try:
            yield acceptor.get_port()
        finally:
            run(close(acceptor))


@contextmanager
def loop_in_thread() -> Iterator[Callable[[Any], Any]]:
    """Runs coroutines in a loop beside the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def close(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    await acceptor.wait_closed()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class RefusesThirdWrite(asyncssh.SFTPServer):
    """The case in which paramiko's own put() reports success for a corrupt file."""

    writes = 0

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        self.writes += 1
        if self.writes == 3:
            raise asyncssh.SFTPFailure("Failure")
        return super().write(file_obj, offset, data)


class DiskFull(asyncssh.SFTPServer):
    """Takes 100,000 bytes, and refuses all that goes beyond."""

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if offset + len(data) > 100_000:
            raise asyncssh.SFTPFailure("Failure")
        return super().write(file_obj, offset, data)


class RefusesClose(asyncssh.SFTPServer):
    """Finds out at CLOSE that the file cannot be kept, as over NFS or a quota."""

    def close(self, file_obj: object) -> None:
        super().close(file_obj)
        raise asyncssh.SFTPFailure("Failure")


class RefusesSync(asyncssh.SFTPServer):
    def fsync(self, file_obj: object) -> None:
        raise asyncssh.SFTPFailure("Failure")


class Alters(asyncssh.SFTPServer):
    """Keeps something else of the right size."""

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        return super().write(file_obj, offset, bytes([data[0] ^ 1]) + data[1:])


class Truncates(asyncssh.SFTPServer):
    """Gives back less than it took."""

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return super().read(file_obj, offset, size) if offset + size < 100_000 else b""


class GivesLittle(asyncssh.SFTPServer):
    """Answers a read with fewer bytes than were asked, as the standard permits."""

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return super().read(file_obj, offset, min(size, 7_001))


class Plain(asyncssh.SFTPServer):
    """Offers neither posix-rename nor fsync, nor a change of mode."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("unsupported")

    def fsync(self, file_obj: object) -> None:
        raise asyncssh.SFTPOpUnsupported("unsupported")

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        raise asyncssh.SFTPOpUnsupported("unsupported")


class SaysRenamed(asyncssh.SFTPServer):
    """Answers OK to a rename, and renames nothing."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        pass


class SaysRenamedGo(asyncssh.SFTPServer):
    """Likewise, of GO files alone."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not newpath.endswith(b".GO"):
            super().posix_rename(oldpath, newpath)


class SaysRemoved(asyncssh.SFTPServer):
    """Answers OK to a removal, and removes nothing."""

    def remove(self, path: bytes) -> None:
        if path.endswith(b"/.gegevensdeling"):
            super().remove(path)


class TakesAtOnce(asyncssh.SFTPServer):
    """Somebody takes a file as soon as it has its own name."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().posix_rename(oldpath, newpath)
        super().remove(newpath)


class RenamesLate(asyncssh.SFTPServer):
    """Answers what came after a rename or a removal before it, as the standard permits."""

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await asyncio.sleep(0.02)
        super().posix_rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        await asyncio.sleep(0.02)
        super().remove(path)


class RefusesRename(asyncssh.SFTPServer):
    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPFailure("Failure")


async def _for_ever() -> Any:
    await asyncio.Event().wait()


class StallsAtWrite(asyncssh.SFTPServer):
    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        return _for_ever() if offset else super().write(file_obj, offset, data)


class StallsAtRead(asyncssh.SFTPServer):
    def read(self, file_obj: object, offset: int, size: int) -> Any:
        return _for_ever()


class StallsAtRename(asyncssh.SFTPServer):
    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return _for_ever()


class StallsAtRemove(asyncssh.SFTPServer):
    def remove(self, path: bytes) -> Any:
        return super().remove(path) if path.endswith(b"/.gegevensdeling") else _for_ever()


REQUESTS = ("open", "close", "read", "write", "stat", "fstat", "fsetstat", "fsync", "posix_rename", "remove")


def failing(
    answer: Callable[[], Any], at: int, seen: list[str], only: tuple[str, ...] = REQUESTS, lasting: bool = False
) -> type[asyncssh.SFTPServer]:
    """Gives `answer` to the n-th request among `only`, and to all of those after it when `lasting`; notes each."""

    def wrapped(name: str) -> Callable[..., Any]:
        inner = getattr(asyncssh.SFTPServer, name)

        def method(self: asyncssh.SFTPServer, *what: Any) -> Any:
            seen.append(name)
            if name == "close":
                inner(self, *what)
            fails = len(seen) == at or (lasting and len(seen) > at)
            if fails or name == "close":
                return answer() if fails else None
            return inner(self, *what)

        return method

    return type("Failing", (asyncssh.SFTPServer,), {name: wrapped(name) for name in only})


def failure() -> None:
    """What a host answers when its disk is full, too: version 3 has no other word for it."""
    raise asyncssh.SFTPFailure("Failure")


def denial() -> None:
    raise asyncssh.SFTPPermissionDenied("denied")


def silence() -> Any:
    return _for_ever()


STALLS = (StallsAtWrite, StallsAtRead, StallsAtRename)
