"""The services that other tests stand on are the real ones, and nothing is left out in silence."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.support.servers.openssh import OpenSsh
from tests.support.servers.services import SCRATCH, first_place, may_be_entered, may_hold_chroots
from tests.support.servers.sftp_sites import openssh_site

PROJECT = SCRATCH.parent
CASE = """
import pytest
from tests.support.servers.services import Missing, leave_out

@pytest.mark.parametrize("number", range(3))
def test_needs_a_service(number):
    leave_out(Missing("Teleprinter: not installed"))

def test_of_another_kind():
    pytest.importorskip("no_such_library", reason="no_such_library: not installed")

def test_passes():
    assert True
"""


def sftp(server: OpenSsh, tmp_path: Path, batch: str) -> "subprocess.CompletedProcess[str]":
    """What OpenSSH's own client sees."""
    (key := tmp_path / "key").touch(mode=0o600)
    key.write_text(server.private_key)
    (known := tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    options = ("-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={known}", "-P", str(server.port))
    command = ["sftp", "-q", "-b", "-", *options, f"{server.accounts[0]}@127.0.0.1"]
    return subprocess.run(command, input=batch, capture_output=True, text=True, check=False)


def test_an_account_of_openssh_sees_its_own_folder_only(openssh: OpenSsh, tmp_path: Path) -> None:
    (openssh.empty(openssh.accounts[0]) / "drop").touch()
    (openssh.empty(openssh.accounts[1]) / "of-somebody-else").touch()
    seen = sftp(openssh, tmp_path, "pwd\nls -1 /\nls -1\n")
    assert seen.returncode == 0, seen.stderr
    lines = [line for line in seen.stdout.splitlines() if not line.startswith("sftp>")]
    assert lines == ["Remote working directory: /out", "/out", "drop"]


def test_an_account_of_openssh_may_write_in_out_only(openssh: OpenSsh, tmp_path: Path) -> None:
    denied = sftp(openssh, tmp_path, "mkdir /beside\n")
    assert denied.returncode != 0
    assert "Permission denied" in denied.stderr


@pytest.mark.parametrize(("kind", "says"), [("proftpd", b"mod_sftp"), ("gesftpserver", b"Green End")])
def test_each_other_server_is_the_real_one(request: pytest.FixtureRequest, kind: str, says: bytes) -> None:
    """By SSH's greeting, or SFTP's: an INIT of version 3 is answered with who one is."""
    with openssh_site(request.getfixturevalue(kind)).host().open() as folder:
        transport = folder._client.get_channel().get_transport()
        channel = transport.open_session(timeout=60)
        channel.settimeout(5)
        channel.invoke_subsystem("sftp")
        channel.send(b"\0\0\0\5\1\0\0\0\3")
        assert says in transport.remote_version.encode() + channel.recv(4096)


def test_each_database_is_fresh(postgres: Callable[[], str]) -> None:
    first, second = postgres(), postgres()
    with closing(psycopg2.connect(first)) as connection:
        connection.cursor().execute("create table seen ()")
        connection.commit()
    with closing(psycopg2.connect(second)) as connection:
        cursor = connection.cursor()
        cursor.execute("select to_regclass('seen'), current_setting('server_encoding')")
        assert cursor.fetchone() == (None, "UTF8")


def test_chromium_runs(chromium: Path) -> None:
    said = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True)
    assert "Chrom" in said.stdout


def test_a_folder_that_others_may_write_holds_no_chroot(tmp_path: Path) -> None:
    (unsafe := tmp_path / "unsafe").mkdir()
    unsafe.chmod(0o777)
    assert not may_hold_chroots(unsafe / "below")


def test_a_private_folder_is_no_place_for_another_user(tmp_path: Path) -> None:
    (private := tmp_path / "private").mkdir(mode=0o700)
    assert not may_be_entered(private / "below")


def test_a_place_that_does_not_exist_is_no_place(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="why"):
        first_place((tmp_path / "missing",), lambda folder: True, "why")


def run_case(tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """pytest on CASE, with this project's conftest."""
    (case := tmp_path / "test_case.py").write_text(CASE)
    ours = {key: value for key, value in os.environ.items() if key != "REQUIRE_SERVICES"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", str(case), f"--rootdir={tmp_path}"]
    return subprocess.run(command, env=ours | environment, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_what_is_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    run = run_case(tmp_path)
    assert run.returncode == 0, run.stdout
    assert "left out, and why" in run.stdout
    assert "3 tests  Teleprinter: not installed" in run.stdout
    assert "1 test   no_such_library: not installed" in run.stdout


def test_where_services_are_required_a_missing_one_fails(tmp_path: Path) -> None:
    run = run_case(tmp_path, REQUIRE_SERVICES="1")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "3 failed, 1 passed, 1 skipped" in run.stdout
    assert "REQUIRE_SERVICES=1, but Teleprinter: not installed" in run.stdout


def test_where_services_are_required_any_other_skip_fails_too(tmp_path: Path) -> None:
    run = run_case(tmp_path, REQUIRE_SERVICES="1", PYTEST_ADDOPTS="-k another")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 skipped" in run.stdout
    assert "nothing may be left out, so this run failed" in run.stdout
