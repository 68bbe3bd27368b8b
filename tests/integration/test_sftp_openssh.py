"""Publication against OpenSSH itself, with chroot accounts: what a recipient sees, and what each refusal is called."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import asyncssh
import pytest

from pipeline.adapters.sftp import Endpoint
from pipeline.errors import DeliveryRefused, DeliveryTransient
from pipeline.settings import Settings
from tests.openssh import OpenSsh, run_openssh
from tests.proxies import Line, Pass, closed_port, cut_down, cut_up, everything, proxy, silent
from tests.services import or_left_out, poll
from tests.sftp_sites import NAME, Site, content, file_of

Cut = Callable[[int, int], AbstractContextManager[Line]]

RUN = "scheduled__2026-06-15T01:30:00+00:00"
SIZE = 700_000
HURRIED = Settings(connect_timeout_seconds=1, channel_timeout_seconds=1, delivery_deadline_seconds=4)


def site_of(server: OpenSsh, account: str) -> Site:
    endpoint = Endpoint("127.0.0.1", server.port, account, "/out", server.host_key, server.private_key)
    return Site(endpoint, server.empty(account))


@pytest.fixture
def site(openssh: OpenSsh) -> Site:
    return site_of(openssh, openssh.accounts[0])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return file_of(tmp_path, SIZE)


def deliver(site: Site, source: Path, settings: Settings = HURRIED, **changes: object) -> None:
    with site.host(settings, **changes).open() as folder:
        folder.sweep(RUN)
        folder.put(source, NAME, RUN)


# --- what arrives


@pytest.mark.parametrize("size", [0, 1, 31_999, 32_000, 32_001, SIZE, 64 * 32_000 + 1, 9_000_000])
def test_what_arrives_is_what_was_sent(site: Site, tmp_path: Path, size: int) -> None:
    deliver(site, file_of(tmp_path, size))
    assert site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(size)


def test_only_the_recipients_group_may_read_it(site: Site, source: Path) -> None:
    deliver(site, source)
    assert (site.out / NAME).stat().st_mode & 0o777 == 0o640


def test_the_folder_answers_what_lies_there(site: Site, source: Path) -> None:
    deliver(site, source)
    with site.host().open() as folder:
        assert folder.stat(NAME) == SIZE
        assert folder.sha256(NAME) == hashlib.sha256(content(SIZE)).hexdigest()
        assert folder.remove(NAME) is True
        assert (folder.stat(NAME), folder.sha256(NAME), folder.remove(NAME)) == (None, None, False)


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
        poll(lambda: bool(seen), "the watcher's first look")
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
            poll(taken.is_set, "the recipient to take the file")
            assert folder.stat(NAME) is None
    finally:
        done.set()
        taker.join()


def test_eight_deliveries_at_once(openssh: OpenSsh, source: Path) -> None:
    sites = [site_of(openssh, account) for account in openssh.accounts]
    assert len(sites) == 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda site: deliver(site, source, Settings()), sites))
    assert all((site.out / NAME).read_bytes() == content(SIZE) for site in sites)


# --- what is swept


def test_only_stale_temporary_files_of_our_own_are_swept(site: Site) -> None:
    ours = f".{NAME}.0123456789ab.part"
    theirs = [NAME, "notes.txt", ".notes.part", ".x.0123456789ab.part.bak", "upload.filepart"]
    for name in (ours, *theirs):
        (site.out / name).write_bytes(b"left")
    with site.host().open() as folder:
        assert folder.sweep(RUN) == 1
        assert folder.sweep(RUN) == 0
    assert site.names() == sorted(theirs)


# --- who is refused, before and after the host proves who it is


def other_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


def test_another_host_key_is_refused_before_we_say_who_we_are(openssh: OpenSsh, site: Site, source: Path) -> None:
    before = len(openssh.log)
    with pytest.raises(DeliveryRefused, match="another host key"):
        deliver(site, source, host_key=other_key().export_public_key().decode())
    poll(lambda: "[preauth]" in openssh.log[before:], "sshd to log the end of the connection")
    assert site.endpoint.account not in openssh.log[before:]


def test_a_host_key_of_another_kind_is_refused(site: Site, source: Path) -> None:
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    with pytest.raises(DeliveryRefused, match="host key"):
        deliver(site, source, host_key=ecdsa)


def test_another_key_of_ours_is_refused(site: Site, source: Path) -> None:
    with pytest.raises(DeliveryRefused, match=r"gdtest1@127\.0\.0\.1:\d+ refuses our key"):
        deliver(site, source, private_key=other_key().export_private_key().decode())


def test_an_unknown_account_is_refused(site: Site, source: Path) -> None:
    with pytest.raises(DeliveryRefused, match="nobody-here@"):
        deliver(site, source, account="nobody-here")


def test_a_missing_folder_is_refused(site: Site, source: Path) -> None:
    with pytest.raises(DeliveryRefused, match="folder"):
        deliver(site, source, folder="/elsewhere")


def test_a_folder_that_may_not_be_written_is_refused(site: Site, source: Path) -> None:
    site.out.chmod(0o550)
    with pytest.raises(DeliveryRefused, match="permission"):
        deliver(site, source)
    assert site.names() == []


def test_a_closed_port_may_open_again(site: Site, source: Path) -> None:
    with pytest.raises(DeliveryTransient):
        deliver(site, source, port=closed_port())


def test_a_name_without_address_may_get_one(site: Site, source: Path) -> None:
    with pytest.raises(DeliveryTransient, match="name"):
        deliver(site, source, host="host.invalid")


# --- what breaks underway


def test_a_full_disk_leaves_nothing_behind(source: Path) -> None:
    with or_left_out(run_openssh(file_size_limit=200_000)) as server:
        site = site_of(server, server.accounts[0])
        with pytest.raises(DeliveryTransient, match=f"at writing {NAME}"):
            deliver(site, source)
        assert site.names() == []


def test_a_folder_in_the_files_place_is_no_success(site: Site, source: Path) -> None:
    (site.out / NAME).mkdir()
    with pytest.raises(DeliveryTransient, match=f"at renaming {NAME}"):
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


def succeeds(site: Site, source: Path, port: int) -> bool:
    """Whether we were told so; a line that breaks is no more than that."""
    try:
        deliver(site, source, port=port)
    except DeliveryTransient:
        return False
    return True


def test_wherever_the_host_falls_silent_we_do_not_wait_for_ever(site: Site, source: Path) -> None:
    total = traffic(site, source)[1]
    for after in [total * piece // 6 for piece in range(6)]:
        begun = time.monotonic()
        with silent(site.endpoint.port, after) as line:
            assert not succeeds(site, source, line.port), after
        assert time.monotonic() - begun < HURRIED.delivery_deadline_seconds + 2, after
        assert size_or_none(site.out / NAME) in (None, SIZE), after
