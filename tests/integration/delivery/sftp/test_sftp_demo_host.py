"""The demo's host as a process of its own, and who it lets in."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.errors import DeliveryRefused
from pipeline.demo.host import HostKeys, prepare
from tests.support.servers.demo_hosts import demo_host
from tests.support.servers.services import listens, wait_for
from tests.support.servers.sftp_sites import KBO, NAME, demo_site, file_of

OTHER = "0207500123"


@contextmanager
def host(root: Path, *options: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Its port and process."""
    (ready := root / "ready").unlink(missing_ok=True)
    command = [sys.executable, "-m", "pipeline.demo.host", "--root", str(root), "--ready", str(ready), *options]
    process = subprocess.Popen(command)
    try:
        wait_for("the demo's host to write its port", ready.exists)
        yield int(ready.read_text()), process
    finally:
        process.kill()
        process.wait()


def test_it_takes_files_until_it_is_told_to_end(tmp_path: Path) -> None:
    keys = prepare(tmp_path, [KBO])
    with host(tmp_path) as (port, process):
        site = demo_site(tmp_path, keys, port)
        with site.host().open() as folder:
            folder.put(file_of(tmp_path, 1_000), NAME, "run")
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert not listens(port)
    assert site.names() == [NAME]


def test_one_recipient_refuses_and_the_other_does_not_until_it_mends(tmp_path: Path) -> None:
    keys = prepare(tmp_path, [KBO, OTHER])
    with host(tmp_path, "--refuse", KBO) as (port, _):
        with pytest.raises(DeliveryRefused, match=f"ocmw-{KBO}@"), demo_site(tmp_path, keys, port).host().open():
            pass
        with demo_site(tmp_path, keys, port, OTHER).host().open() as folder:
            assert folder.stat(NAME) is None
    with host(tmp_path) as (port, _), demo_site(tmp_path, keys, port).host().open() as folder:
        assert folder.stat(NAME) is None


def test_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    prepare(tmp_path, [KBO])
    with host(tmp_path) as (port, _):
        hexadecimal = f"0100007F:{port:04X}"
        listening = [
            line.split()[1] for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines() if " 0A " in line
        ]
        assert hexadecimal in listening
        assert f"00000000:{port:04X}" not in listening


@pytest.mark.parametrize("account", ["ocmw-keys", "ocmw-..", "ocmw-/", f"ocmw-{OTHER}", KBO, "ocmw-", "root", "keys"])
def test_nobody_gets_in_but_the_recipients(tmp_path: Path, account: str) -> None:
    keys = prepare(tmp_path, [KBO])
    with demo_host(tmp_path, tmp_path / "ready", tmp_path / "log") as port:
        site = demo_site(tmp_path, keys, port)
        with pytest.raises(DeliveryRefused, match="refuses our key"), site.host(account=account, folder="/").open():
            pass


def test_nobody_gets_in_without_the_agencys_key(tmp_path: Path) -> None:
    keys = prepare(tmp_path, [KBO])
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with host(tmp_path) as (port, _):
        site = demo_site(tmp_path, HostKeys(keys.host_public, stranger), port)
        with pytest.raises(DeliveryRefused, match="refuses our key"), site.host().open():
            pass


def test_keys_and_folders_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = prepare(tmp_path / "root", [KBO])
    assert prepare(tmp_path / "root", [KBO, OTHER]) == first
    assert first.agency_private not in repr(demo_site(tmp_path, first, 22).endpoint)
    root = tmp_path / "root"
    for path in (root / "keys" / "host", root / "keys" / "agency"):
        assert path.stat().st_mode & 0o777 == 0o600
    for path in (root / "keys", root / KBO, root / KBO / "out", root / OTHER / "out"):
        assert path.stat().st_mode & 0o777 == 0o700


def test_keys_cut_off_while_being_made_are_made_again(tmp_path: Path) -> None:
    prepare(tmp_path, [KBO])
    (tmp_path / "keys" / "agency").write_text("")
    (tmp_path / "keys" / "agency.pub").unlink()
    assert "PRIVATE KEY" in prepare(tmp_path, [KBO]).agency_private
