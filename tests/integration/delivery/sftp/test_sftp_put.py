"""What a put leaves on a host, and what others see while it goes on."""

import hashlib
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, NameTaken
from pipeline.demo.host import HostKeys, prepare
from tests.support.servers.faulty_host import GivesLittle, Plain, serving
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import KBO, NAME, Site, content, demo_site, file_of, openssh_site


@pytest.fixture
def site(any_site: Site) -> Site:
    return any_site


def test_a_file_arrives_whole_with_its_own_mode_and_nothing_beside_it(site: Site, tmp_path: Path) -> None:
    source = file_of(tmp_path, 700_000)
    with site.host().open() as folder:
        folder.put(source, NAME, "run")
        assert folder.stat(NAME) == 700_000
        assert folder.sha256(NAME) == hashlib.sha256(content(700_000)).hexdigest()
    assert site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(700_000)
    assert (site.out / NAME).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "size", [0, 1, 31_999, 32_000, 32_001, 64 * 32_000 - 1, 64 * 32_000, 64 * 32_000 + 1, 5_000_000]
)
def test_the_same_bytes_as_a_plain_write(site: Site, tmp_path: Path, size: int) -> None:
    """The reference: one write of at most 32,000 bytes at a time, each answered before the next."""
    source = file_of(tmp_path, size)
    with site.host().open() as folder:
        folder.put(source, NAME, "run")
        with folder._client.open("/out/plain", "wb") as plain, source.open("rb") as stream:
            plain.set_pipelined(False)
            while block := stream.read(32_000):
                plain.write(block)
        assert folder.sha256(NAME) == folder.sha256("plain")
    assert (site.out / NAME).read_bytes() == (site.out / "plain").read_bytes() == content(size)


def test_a_reader_never_sees_a_part_under_the_final_name(
    site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It lists all the time, while files of two contents take turns: it may find none only where no rename replaces."""
    gap = {None} if "plain_proftpd" in request.node.name else set()
    sources = [file_of(tmp_path, 3_000_000, "one"), file_of(tmp_path, 1_000_000, "two")]
    whole = {hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    over, looks, seen = threading.Event(), 0, set()

    def look() -> None:
        nonlocal looks
        with site.host().open() as folder:
            while not over.is_set():
                looks += 1
                if NAME in folder._client.names("/out"):
                    seen.add((folder.stat(NAME), folder.sha256(NAME)))

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(look)
        with site.host().open() as folder:
            puts = 0
            while puts < 6 or looks <= 10:
                folder.put(sources[puts % 2], NAME, "run")
                puts += 1
        over.set()
        reader.result()
    assert looks > 10
    assert {digest for _, digest in seen} <= whole | gap and {size for size, _ in seen} <= {3_000_000, 1_000_000} | gap
    assert {digest for _, digest in seen} & whole


def test_a_put_takes_the_place_of_what_is_there(site: Site, tmp_path: Path) -> None:
    with site.host().open() as folder:
        folder.put(file_of(tmp_path, 1_000), NAME, "run")
        folder.put(file_of(tmp_path, 50), NAME, "another run")
    assert site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(50)


def test_a_put_takes_the_place_of_its_own_earlier_try(site: Site, tmp_path: Path) -> None:
    """A part of the same try, left by a request that broke off, is not in the way."""
    with site.host().open() as folder:
        folder.put(file_of(tmp_path, 1), NAME, "run")
        part = f".{NAME}.{hashlib.sha256(f'run {folder._try}'.encode()).hexdigest()[:12]}.part"
        folder._client.rename(f"/out/{NAME}", f"/out/{part}")
        folder.put(file_of(tmp_path, 50), NAME, "run")
    assert site.names() == [NAME]


def test_two_tries_of_a_run_have_a_temporary_name_each_and_who_lost_it_looks_again(site: Site, tmp_path: Path) -> None:
    """A task that was taken for dead goes on beside its own retry, which begins by clearing away what it left."""
    with site.host().open() as late, site.host().open() as early:

        def meanwhile() -> None:
            (theirs,) = site.names()
            early.put(file_of(tmp_path, 50), NAME, "run", lambda: named.append(sorted({*site.names()} - {theirs})))
            assert early.remove_temporary() == 1

        named: list[list[str]] = []
        with pytest.raises(DeliveryTransient, match=f"lost the temporary file of {NAME} to another try: look again"):
            late.put(file_of(tmp_path, 1_000), NAME, "run", meanwhile)
    assert len(named[0]) == 1 and site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(50)


def test_what_is_not_there_is_none_or_false(site: Site) -> None:
    with site.host().open() as folder:
        assert folder.stat(NAME) is None
        assert folder.sha256(NAME) is None
        assert folder.remove(NAME) is False


def test_a_file_is_removed_once(site: Site, tmp_path: Path) -> None:
    with site.host().open() as folder:
        folder.put(file_of(tmp_path, 10), NAME, "run")
        assert folder.remove(NAME) is True
        assert folder.remove(NAME) is False
    assert site.names() == []


FOREIGN = (
    b"theirs.csv",
    b".theirs.part",
    b".AANMELDING_OPGROEIEN_x.csv.part",
    b".AANMELDING_OPGROEIEN_x.csv.0123456789AB.part",
    b".AANMELDING_OPGROEIEN_x.csv.0123456789ab.part.bak",
    b"AANMELDING_OPGROEIEN_x.csv.0123456789ab.part",
    b"Zo\xeb.csv",
    NAME.encode(),
)


def test_only_our_own_stale_parts_are_swept(site: Site) -> None:
    """Foreign files stay, even one whose name is Latin-1."""
    for name in (*FOREIGN, f".{NAME}.0123456789ab.part".encode(), b".AANMELDING_OPGROEIEN_x.GO.ba9876543210.part"):
        Path(bytes(site.out).decode(), name.decode(errors="surrogateescape")).touch()
    with site.host().open() as folder:
        assert folder.remove_temporary() == 2
        assert folder.remove_temporary() == 0
    assert sorted(name.encode(errors="surrogateescape") for name in site.names()) == sorted(FOREIGN)


def test_hundreds_of_files_are_listed(site: Site) -> None:
    for number in range(700):
        (site.out / f"{number:04}.csv").touch()
    (site.out / f".{NAME}.0123456789ab.part").touch()
    with site.host().open() as folder:
        assert folder.remove_temporary() == 1


def test_a_host_that_gives_little_at_a_time_is_read_whole(tmp_path: Path, demo_keys: HostKeys) -> None:
    with serving(tmp_path, GivesLittle) as port, demo_site(tmp_path, demo_keys, port).host().open() as folder:
        folder.put(file_of(tmp_path, 100_001), NAME, "run")
        assert folder.sha256(NAME) == hashlib.sha256(content(100_001)).hexdigest()


def test_a_plain_host_gets_a_plain_rename_and_the_log_says_so(
    tmp_path: Path, demo_keys: HostKeys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pipeline")
    with serving(tmp_path, Plain) as port:
        place = demo_site(tmp_path, demo_keys, port)
        with place.host().open() as folder:
            folder.put(file_of(tmp_path, 100), NAME, "run")
            folder.put(file_of(tmp_path, 50), NAME, "run")
    assert place.names() == [NAME]
    assert (place.out / NAME).read_bytes() == content(50)
    for what in ("no posix-rename: plain rename", "no fsync: ", "no mode: "):
        assert caplog.text.count(what) == 1, "it is said, and once"
    assert str(place.endpoint) in caplog.text


def test_a_plain_proftpd_gets_a_plain_rename_and_the_log_says_so(
    plain_proftpd: OpenSsh, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pipeline")
    place = openssh_site(plain_proftpd)
    with place.host().open() as folder:
        for size in (100, 50):
            folder.put(file_of(tmp_path, size), NAME, "run")
    assert (place.out / NAME).read_bytes() == content(50)
    assert [caplog.text.count(f"offers no {what}: ") for what in ("posix-rename", "fsync", "mode")] == [1, 1, 0]


@pytest.mark.parametrize("server", ["openssh", "proftpd", "gesftpserver"])
def test_a_host_that_offers_it_all_gets_no_fallback(
    request: pytest.FixtureRequest, server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pipeline")
    with openssh_site(request.getfixturevalue(server)).host().open() as folder:
        folder.put(file_of(tmp_path, 100), NAME, "run")
    assert "offers no" not in caplog.text


def test_eight_at_once_to_openssh(openssh: OpenSsh, tmp_path: Path) -> None:
    sites = [openssh_site(openssh, number) for number in range(8)]
    sources = [file_of(tmp_path, 500_000 + number, f"source{number}") for number in range(8)]
    _put_at_once(sites, sources)


def test_eight_at_once_to_the_demo(tmp_path: Path) -> None:
    kbos = [f"021221412{number}" for number in range(8)]
    keys = prepare(tmp_path, kbos)
    sources = [file_of(tmp_path, 500_000 + number, f"source{number}") for number in range(8)]
    with serving(tmp_path) as port:
        _put_at_once([demo_site(tmp_path, keys, port, kbo) for kbo in kbos], sources)


def _put_at_once(sites: list[Site], sources: list[Path]) -> None:
    together = threading.Barrier(len(sites))

    def deliver(site: Site, source: Path) -> None:
        together.wait(10)
        for number in range(3):
            with site.host().open() as folder:
                folder.put(source, f"{number}-{NAME}", "run")

    with ThreadPoolExecutor(len(sites)) as pool:
        list(pool.map(deliver, sites, sources))
    for site, source in zip(sites, sources, strict=True):
        assert site.names() == [f"{number}-{NAME}" for number in range(3)]
        assert all(path.read_bytes() == source.read_bytes() for path in site.out.iterdir())


def test_an_account_sees_its_own_folder_only(site: Site) -> None:
    with site.host().open() as folder:
        assert set(folder._client.names("/")) - {".", ".."} == {path.name for path in site.out.parent.iterdir()}
        with pytest.raises(OSError):
            folder._client.stat("/etc/passwd")


def test_the_demo_refuses_the_one_it_was_told_to(tmp_path: Path) -> None:
    keys = prepare(tmp_path, [KBO, "0207500123"])
    with serving(tmp_path, asyncssh.SFTPServer, refuse=KBO) as port:
        with demo_site(tmp_path, keys, port, "0207500123").host().open() as folder:
            assert folder.stat(NAME) is None
        with (
            pytest.raises(DeliveryRefused, match="refuses our key"),
            demo_site(tmp_path, keys, port).host().open(),
        ):
            pass


def test_what_is_no_file_counts_as_nothing_and_is_never_waited_for(site: Site, tmp_path: Path) -> None:
    """A folder, a pipe whose writer never comes, a link that leads nowhere, and a circle of links."""
    part = f".{NAME}.0123456789ab.part"
    names = [NAME, part, "pipe", "link", "circle"]
    for name in names[:2]:
        (site.out / name).mkdir()
    os.mkfifo(site.out / "pipe")
    (site.out / "link").symlink_to("gone")
    (site.out / "circle").symlink_to("circle")
    with site.host().open() as folder:
        for name in names:
            assert (folder.stat(name), folder.sha256(name), folder.read(name)) == (None, None, None)
        assert not folder.is_begun(NAME) and folder.remove_temporary() == 0
        with pytest.raises(NameTaken, match="has something else than a file under the name"):
            folder.put(file_of(tmp_path, 10), NAME, "run")
        assert not folder.remove(NAME) and folder.stat(NAME) is None
        folder.put(file_of(tmp_path, 10), "link", "run")
        assert folder.stat("link") == 10, "the line is sound"
    assert site.names() == sorted(names)
