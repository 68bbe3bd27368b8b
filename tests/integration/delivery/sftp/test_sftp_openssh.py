"""Publication to OpenSSH itself, looked at from its disk, and with the line to it cut at every point."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient, NameTaken
from pipeline.core.settings import Settings
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.proxies import Line, Pass, cut_down, cut_up, everything, proxy, silent
from tests.support.servers.services import wait_for
from tests.support.servers.sftp_sites import NAME, PATIENT, Site, content, file_of, openssh_site

Cut = Callable[[int, int], AbstractContextManager[Line]]

RUN = "scheduled__2026-06-15T01:30:00+00:00"
SIZE = 700_000
HURRIED = Settings(connect_timeout_seconds=1, channel_timeout_seconds=1, delivery_deadline_seconds=4)


@pytest.fixture
def site(openssh: OpenSsh) -> Site:
    return openssh_site(openssh)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return file_of(tmp_path, SIZE)


def deliver(site: Site, source: Path, settings: Settings = PATIENT, **changes: object) -> None:
    with site.host(settings, **changes).open() as folder:
        folder.remove_temporary()
        folder.put(source, NAME, RUN)


# --- what a recipient sees while it goes on


def test_a_newer_file_replaces_an_older_one_in_one_step(site: Site, tmp_path: Path) -> None:
    deliver(site, file_of(tmp_path, 1_000, "old"))
    with watching(site, {1_000, 9_000_000}) as seen:
        deliver(site, file_of(tmp_path, 9_000_000, "new"))
    assert seen == {1_000, 9_000_000}


def test_a_reader_sees_the_whole_file_or_none(site: Site, tmp_path: Path) -> None:
    with watching(site, {None, 9_000_000}) as seen:
        deliver(site, file_of(tmp_path, 9_000_000))
    assert seen == {None, 9_000_000}


@contextmanager
def watching(site: Site, allowed: set[int | None]) -> Iterator[set[int | None]]:
    """Looks at the final name all the time; gives the sizes seen, None for no file."""
    seen: set[int | None] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(size_or_none(site.out / NAME))
        seen.add(size_or_none(site.out / NAME))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        wait_for("the watcher's first look", lambda: bool(seen))
        yield seen
    finally:
        done.set()
        watcher.join()
    assert seen <= allowed


def size_or_none(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def test_a_recipient_may_take_the_file_at_once(site: Site, source: Path) -> None:
    """Read back comes before the rename, so whoever is quick does not look like a failure."""
    taken, done = threading.Event(), threading.Event()

    def take() -> None:
        while not (taken.is_set() or done.is_set()):
            if (site.out / NAME).exists():
                (site.out / NAME).unlink()
                taken.set()

    taker = threading.Thread(target=take)
    taker.start()
    try:
        with site.host().open() as folder:
            folder.put(source, NAME, RUN)
            wait_for("the recipient to take the file", taken.is_set)
            assert folder.stat(NAME) is None
    finally:
        done.set()
        taker.join()


# --- what breaks underway


def test_a_folder_in_the_files_place_is_no_success(site: Site, source: Path) -> None:
    (site.out / NAME).mkdir()
    with pytest.raises(NameTaken, match=f"has something else than a file under the name {NAME}: move it away"):
        deliver(site, source)
    assert site.names() == [NAME]
    assert (site.out / NAME).is_dir()


def spread(total: int, pieces: int) -> list[int]:
    """Points over the whole of it, and close together at its end, where the rename is asked and answered."""
    return [total * piece // pieces for piece in range(pieces)] + [total - left for left in range(500, 0, -50)]


def traffic(site: Site, source: Path) -> tuple[int, int]:
    """Bytes up and down that one whole delivery takes."""
    ways: tuple[Pass, Pass] = (everything, everything)
    with proxy(site.endpoint.port, lambda _: ways) as line:
        deliver(site, source, port=line.port)
    (site.out / NAME).unlink()
    return line.up, line.down


@pytest.mark.parametrize("cut", [cut_up, cut_down])
def test_wherever_the_line_is_cut_the_next_try_mends_it(site: Site, source: Path, cut: Cut) -> None:
    total = traffic(site, source)[0 if cut is cut_up else 1]
    for after in spread(total, 10):
        with cut(site.endpoint.port, after) as line:
            told = succeeds(site, source, line.port)
        assert size_or_none(site.out / NAME) in ({SIZE} if told else {None, SIZE}), after
        assert not told or after > total // 2, after
        deliver(site, source)
        assert site.names() == [NAME], after
        assert (site.out / NAME).read_bytes() == content(SIZE), after
        (site.out / NAME).unlink()


def succeeds(site: Site, source: Path, port: int, settings: Settings = PATIENT) -> bool:
    """Whether we were told so; a line that breaks is no more than that."""
    try:
        deliver(site, source, settings, port=port)
    except DeliveryTransient:
        return False
    return True


def test_wherever_the_host_falls_silent_we_do_not_wait_for_ever(site: Site, source: Path) -> None:
    total = traffic(site, source)[1]
    for after in [total * piece // 6 for piece in range(6)]:
        begun = time.monotonic()
        with silent(site.endpoint.port, after) as line:
            assert not succeeds(site, source, line.port, HURRIED), after
        assert time.monotonic() - begun < HURRIED.delivery_deadline_seconds + 20, after
        assert size_or_none(site.out / NAME) in (None, SIZE), after


def test_silence_at_any_point_of_starting_sftp_is_bounded_without_the_deadline(site: Site) -> None:
    """The end of a visit's beginning, in small steps: the channel, its subsystem, and SFTP's own greeting."""
    impatient = Settings(connect_timeout_seconds=0.3, channel_timeout_seconds=0.3, delivery_deadline_seconds=60)
    ways: tuple[Pass, Pass] = (everything, everything)
    with proxy(site.endpoint.port, lambda _: ways) as line, site.host(port=line.port).open():
        whole = line.down
    for after in range(whole - 800, whole, 40):
        begun = time.monotonic()
        with silent(site.endpoint.port, after) as line:
            visit = site.host(impatient, port=line.port).open()
            with pytest.raises(DeliveryTransient), visit:
                pass
        assert time.monotonic() - begun < 30, after
