"""A host that fails in the middle of a put: nothing gets its name, its error says what to do, the next try mends."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, GroundTransient, PipelineError
from pipeline.core.settings import Settings
from pipeline.demo.host import HostKeys
from tests.support.servers import faulty_host as faulty
from tests.support.servers.faulty_host import serving
from tests.support.servers.openssh import run_openssh
from tests.support.servers.proxies import cut_down, cut_up, dripping, silent
from tests.support.servers.services import or_left_out
from tests.support.servers.sftp_sites import NAME, PATIENT, Site, content, demo_site, file_of, openssh_site

SEVEN_BLOCKS = 7 * 32_000 - 5


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Whatever broke: neither a transport nor a timer outlives its visit."""
    before = set(threading.enumerate())
    yield
    for thread in threading.enumerate():
        if thread not in before and not _is_paramiko_s_own(thread):
            thread.join(5)
            assert not thread.is_alive(), thread


def _is_paramiko_s_own(thread: threading.Thread) -> bool:
    """The timer of a handshake that failed runs out by itself, after 15 s; it does not keep a process from ending."""
    return isinstance(thread, threading.Timer) and thread.function.__name__ == "read_timer" and thread.daemon


def put(site: Site, source: Path, settings: Settings = PATIENT) -> None:
    with site.host(settings).open() as folder:
        folder.put(source, NAME, "run")


def says(error: BaseException, site: Site) -> str:
    """Its text, after looking at what each of them must be: one sentence, where, and what to do."""
    text = str(error)
    assert text.startswith(f"{site.endpoint.account}@127.0.0.1:"), text
    assert "\n" not in text and ". " not in text and not text.endswith(".")
    assert re.search(r": (it is tried again|have |ask |check )", text), text
    assert error.__suppress_context__ or error.__context__ is None
    for secret in (site.endpoint.private_key, site.endpoint.host_key.split()[1]):
        assert secret not in text and secret not in repr(error)
    return text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (faulty.RefusesThirdWrite, "answers Failure at writing"),
        (faulty.DiskFull, "answers Failure at writing"),
        (faulty.RefusesClose, "answers Failure at writing"),
        (faulty.RefusesSync, "answers Failure at writing"),
        (faulty.Alters, f"gives {NAME} back altered"),
        (faulty.Truncates, f"gives {NAME} back altered"),
        (faulty.RefusesRename, "answers Failure at renaming"),
    ],
)
def test_a_failure_is_noticed_and_leaves_nothing(
    tmp_path: Path, demo_keys: HostKeys, kind: type[asyncssh.SFTPServer], words: str
) -> None:
    with serving(tmp_path, kind) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with pytest.raises(DeliveryTransient) as caught:
            put(site, file_of(tmp_path, SEVEN_BLOCKS))
    assert words in says(caught.value, site)
    assert site.names() == []


@pytest.mark.parametrize(
    "kind", [faulty.RefusesThirdWrite, faulty.DiskFull, faulty.Alters, faulty.RefusesClose, faulty.RefusesRename]
)
def test_a_failure_leaves_what_was_there(tmp_path: Path, demo_keys: HostKeys, kind: type[asyncssh.SFTPServer]) -> None:
    with serving(tmp_path) as port:
        put(demo_site(tmp_path, demo_keys, port), file_of(tmp_path, 77))
    with serving(tmp_path, kind) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with pytest.raises(DeliveryTransient):
            put(site, file_of(tmp_path, SEVEN_BLOCKS))
    assert site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(77)


def test_paramiko_s_own_put_would_have_been_content(tmp_path: Path, demo_keys: HostKeys) -> None:
    """Why there is a writer of our own: this is to fail on the day that paramiko checks every write itself."""
    with serving(tmp_path, faulty.RefusesThirdWrite) as port:
        site = demo_site(tmp_path, demo_keys, port)
        source = file_of(tmp_path, SEVEN_BLOCKS)
        with site.host().open() as folder:
            folder._client.put(str(source), f"/out/{NAME}", confirm=True)
    assert (site.out / NAME).stat().st_size == SEVEN_BLOCKS
    assert (site.out / NAME).read_bytes() != source.read_bytes()


def test_a_full_disk_of_openssh(tmp_path: Path) -> None:
    with or_left_out(run_openssh(file_size_limit=100_000)) as server:
        site = openssh_site(server)
        with pytest.raises(DeliveryTransient) as caught:
            put(site, file_of(tmp_path, SEVEN_BLOCKS))
        assert "answers Failure at writing" in says(caught.value, site)
        assert site.names() == []


def test_a_big_file_is_not_sent_on_after_a_refusal(tmp_path: Path, demo_keys: HostKeys) -> None:
    with serving(tmp_path, faulty.RefusesThirdWrite) as port, cut_up(port, 10**9) as line:
        site = demo_site(tmp_path, demo_keys, line.port)
        with pytest.raises(DeliveryTransient):
            put(site, file_of(tmp_path, 20_000_000))
        assert line.up < 5_000_000


# Hosts that stop answering. The bounds below hold on a loaded machine, and are far from what stops next.


@pytest.mark.parametrize("kind", faulty.STALLS)
def test_a_stall_is_bounded_by_the_channel_timeout(
    tmp_path: Path, demo_keys: HostKeys, kind: type[asyncssh.SFTPServer]
) -> None:
    impatient = Settings(connect_timeout_seconds=30, channel_timeout_seconds=0.5, delivery_deadline_seconds=60)
    with serving(tmp_path, kind) as port:
        site = demo_site(tmp_path, demo_keys, port)
        began = time.monotonic()
        with pytest.raises(DeliveryTransient) as caught:
            put(site, file_of(tmp_path, SEVEN_BLOCKS), impatient)
        assert 0.4 < time.monotonic() - began < 20
    assert "does not answer at" in says(caught.value, site)
    assert NAME not in site.names()


def test_a_stall_while_a_try_s_leftover_is_removed_is_bounded_too(tmp_path: Path, demo_keys: HostKeys) -> None:
    """Each try has temporary names of its own: the next visit removes those that a broken one left there."""
    impatient = Settings(connect_timeout_seconds=30, channel_timeout_seconds=0.5, delivery_deadline_seconds=60)
    source = file_of(tmp_path, SEVEN_BLOCKS)
    with serving(tmp_path, faulty.StallsAtRename) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with pytest.raises(DeliveryTransient):
            put(site, source, impatient)
    (left,) = site.names()
    assert left.endswith(".part")
    with serving(tmp_path, faulty.StallsAtRemove) as port:
        site = demo_site(tmp_path, demo_keys, port)
        began = time.monotonic()
        with pytest.raises(DeliveryTransient) as caught, site.host(impatient).open() as folder:
            folder.remove_temporary()
        assert 0.4 < time.monotonic() - began < 20
    assert "does not answer at removing temporary files" in says(caught.value, site)
    assert site.names() == [left] and (site.out / left).read_bytes() == source.read_bytes()
    with serving(tmp_path) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with site.host().open() as folder:
            assert folder.remove_temporary() == 1
        put(site, source)
    assert site.names() == [NAME] and (site.out / NAME).read_bytes() == source.read_bytes()


def test_after_a_stall_the_connection_is_not_used_again(tmp_path: Path, demo_keys: HostKeys) -> None:
    """A late answer would be taken for the next one's."""
    impatient = Settings(channel_timeout_seconds=0.3)
    with serving(tmp_path, faulty.StallsAtRemove) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with site.host(impatient).open() as folder:
            with pytest.raises(DeliveryTransient):
                folder.remove(NAME)
            with pytest.raises(DeliveryTransient):
                folder.stat(NAME)


def test_a_slow_drip_is_bounded_by_the_deadline(site: Site, tmp_path: Path) -> None:
    patient = Settings(connect_timeout_seconds=10, channel_timeout_seconds=10, delivery_deadline_seconds=1.5)
    with dripping(site.endpoint.port, 3_000) as line:
        slow = Site(site.host(port=line.port).endpoint, site.out)
        began = time.monotonic()
        with pytest.raises(DeliveryTransient) as caught:
            put(slow, file_of(tmp_path, SEVEN_BLOCKS), patient)
        assert 1.4 < time.monotonic() - began < 9
    assert "took longer than the deadline at" in says(caught.value, slow)


@pytest.mark.parametrize("after", [30, 400, 1_600, 2_000, 2_400])
def test_silence_at_any_phase_of_the_login_is_bounded(site: Site, tmp_path: Path, after: int) -> None:
    impatient = Settings(connect_timeout_seconds=0.6, channel_timeout_seconds=0.6, delivery_deadline_seconds=60)
    with silent(site.endpoint.port, after) as line:
        slow = Site(site.host(port=line.port).endpoint, site.out)
        began = time.monotonic()
        with pytest.raises(DeliveryTransient) as caught:
            put(slow, file_of(tmp_path, 10), impatient)
        assert time.monotonic() - began < 20
    says(caught.value, slow)


def test_a_host_that_stops_taking_is_bounded_by_the_deadline(tmp_path: Path, demo_keys: HostKeys) -> None:
    """Its buffers full, our own writing blocks: no channel timeout sees that."""
    settings = Settings(channel_timeout_seconds=60, delivery_deadline_seconds=1)
    with serving(tmp_path, faulty.StallsAtWrite) as port:
        site, source = demo_site(tmp_path, demo_keys, port), file_of(tmp_path, 20_000_000)
        began = time.monotonic()
        with pytest.raises(DeliveryTransient, match="took longer than the deadline"):
            put(site, source, settings)
        assert time.monotonic() - began < 20


# Lines that are cut

CUTS_DOWN = [0, 10, 40, 500, 1_200, 1_500, 1_700, 1_900, 2_100, 2_300, 2_500, 2_700, 3_000, 50_000, 150_000]
CUTS_UP = [0, 10, 40, 500, 1_200, 1_500, 1_900, 2_300, 2_500, 3_000, 50_000, 200_000, 225_000, 226_500]


@pytest.mark.parametrize("after", CUTS_DOWN)
def test_cut_after_so_many_bytes_from_the_host(site: Site, tmp_path: Path, after: int) -> None:
    with cut_down(site.endpoint.port, after) as line:
        _cut_then_mended(site, line.port, tmp_path)


@pytest.mark.parametrize("after", CUTS_UP)
def test_cut_after_so_many_bytes_to_the_host(site: Site, tmp_path: Path, after: int) -> None:
    with cut_up(site.endpoint.port, after) as line:
        _cut_then_mended(site, line.port, tmp_path)


def _cut_then_mended(site: Site, port: int, tmp_path: Path) -> None:
    cut, source = Site(site.host(port=port).endpoint, site.out), file_of(tmp_path, SEVEN_BLOCKS)
    with pytest.raises(DeliveryTransient) as caught:
        put(cut, source)
    says(caught.value, cut)
    if NAME in site.names():  # it was cut between the rename and its answer
        assert (site.out / NAME).read_bytes() == content(SEVEN_BLOCKS)
    with site.host().open() as folder:
        folder.remove_temporary()
        folder.put(source, NAME, "run")
    assert site.names() == [NAME]
    assert (site.out / NAME).read_bytes() == content(SEVEN_BLOCKS)


def test_every_failure_of_the_network_is_transient(site: Site, tmp_path: Path) -> None:
    """Cut after a growing number of bytes, until it gets through."""
    source, after, failures = file_of(tmp_path, 10), 0, 0
    while True:
        with cut_down(site.endpoint.port, after) as line:
            cut = Site(site.host(port=line.port).endpoint, site.out)
            try:
                put(cut, source)
                break
            except DeliveryTransient as error:
                says(error, cut)
                failures, after = failures + 1, after + 211
    assert failures > 10
    assert (site.out / NAME).read_bytes() == content(10)


# Errors that are ours


def test_what_fails_inside_a_visit_without_the_host_is_not_put_on_the_host(site: Site) -> None:
    with pytest.raises(GroundTransient, match="cannot be used"), site.host().open() as folder:
        folder.put(Path("/nowhere/at/all"), NAME, "run")
    with pytest.raises(ConnectionRefusedError), site.host().open():
        raise ConnectionRefusedError
    assert site.names() == []


def test_the_names_of_errors_tell_who_acts() -> None:
    assert issubclass(DeliveryTransient, PipelineError) and issubclass(DeliveryRefused, PipelineError)
    assert not issubclass(DeliveryTransient, DeliveryRefused)


def test_a_name_server_that_does_not_answer(demo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    with pytest.raises(DeliveryTransient, match="has no address: it is tried again"), demo.host().open():
        pass
