"""Who is let in where, what a stranger learns of us, and what each refusal says."""

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, PipelineError, SettingsError
from pipeline.core.settings import Settings
from pipeline.delivery.sftp import keys as sftp_keys
from pipeline.demo.host import Accounts, HostKeys
from tests.support.servers.faulty_host import close, loop_in_thread, serving
from tests.support.servers.proxies import cut_up, mute
from tests.support.servers.services import free_port
from tests.support.servers.sftp_sites import KBO, NAME, PATIENT, Site, demo_site, file_of

HASTY = Settings(connect_timeout_seconds=0.5, channel_timeout_seconds=0.5, delivery_deadline_seconds=10)


def a_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(kind, comment="ours")  # paramiko cannot read every ECDSA key without one


def public(key: asyncssh.SSHKey) -> str:
    return str(key.export_public_key().decode().strip())


def private(key: asyncssh.SSHKey, **how: str) -> str:
    return str(key.export_private_key(**how).decode())


def refused(site: Site, settings: Settings = PATIENT, **changes: object) -> PipelineError:
    host = site.host(settings, **changes)
    with pytest.raises(PipelineError) as caught, host.open() as folder:
        folder.stat(NAME)
    where, text = f"{host.endpoint.account}@{host.endpoint.host}:{host.endpoint.port}", str(caught.value)
    assert text.startswith(f"{where} ") or text.startswith(f"{where}: "), text
    assert ": " in text and ". " not in text and "\n" not in text
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "pipeline.ssh")
    yield caplog


# The host's key


def test_a_changed_host_key_is_for_a_person(site: Site) -> None:
    error = refused(site, host_key=public(a_key()))
    assert isinstance(error, DeliveryRefused)
    assert "another host key than the pinned one: ask the host's owner before all else" in str(error)


def test_a_host_with_a_key_of_another_kind_is_for_a_person(site: Site) -> None:
    error = refused(site, host_key=public(a_key("ecdsa-sha2-nistp256")))
    assert isinstance(error, DeliveryRefused)
    assert "another host key than the pinned one" in str(error)


def test_a_stranger_learns_nothing_of_us(tmp_path: Path, demo_keys: HostKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the key exchange is sent: no account, no public key, no byte of a file."""
    asked: list[str] = []
    monkeypatch.setattr(Accounts, "begin_auth", lambda _self, name: asked.append(name) or True)
    with serving(tmp_path) as port, cut_up(port, 10**6) as line:
        site = demo_site(tmp_path, demo_keys, line.port)
        refused(site, host_key=public(a_key()))
        stranger = line.up
        refused(site)
        assert line.up > stranger
    assert asked == [site.endpoint.account], "the first was asked for nobody, the second for us"


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa"])
def test_host_keys_and_client_keys_of_each_kind(tmp_path: Path, demo_keys: HostKeys, kind: str) -> None:
    ours, theirs = a_key(kind), a_key(kind)
    (tmp_path / "keys" / "host").write_text(private(theirs))
    (tmp_path / "keys" / "host.pub").write_text(public(theirs))
    (tmp_path / "keys" / "agency.pub").write_text(public(ours))
    with serving(tmp_path) as port:
        site = demo_site(tmp_path, demo_keys, port)
        for form in ("openssh", "pkcs1-pem") if kind != "ssh-ed25519" else ("openssh",):
            changes = {"host_key": public(theirs) + " a comment", "private_key": private(ours, format_name=form)}
            with site.host(**changes).open() as folder:
                assert folder.stat(NAME) is None


# Our key, and the account


def test_a_key_that_is_not_known_there(site: Site) -> None:
    error = refused(site, private_key=private(a_key()))
    assert isinstance(error, DeliveryRefused)
    assert "refuses our key: have the account made and our public key put on it" in str(error)


def test_an_account_that_is_not_known_there(site: Site) -> None:
    assert isinstance(refused(site, account="ocmw-0207500123"), DeliveryRefused)


@pytest.mark.parametrize(
    "text", ["", "geheim", "-----BEGIN OPENSSH PRIVATE KEY-----\ngeheim\n-----END OPENSSH PRIVATE KEY-----"]
)
def test_a_private_key_that_is_none(site: Site, text: str) -> None:
    error = refused(site, private_key=text)
    assert isinstance(error, SettingsError)
    assert "private_key in its connection is not PEM or OpenSSH" in str(error) and "geheim" not in str(error)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
def test_a_private_key_with_a_passphrase_is_not_for_a_night_run(kind: str, form: str) -> None:
    text = private(a_key(kind), format_name=form, passphrase="geheim")
    with pytest.raises(SettingsError, match="without passphrase"):
        sftp_keys.private_key(text, "a@b:22")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "geheim",
        "ssh-ed25519",
        "ssh-ed25519 geheim",
        "ssh-ed25519 Z2VoZWlt",
        "ssh-rsa AAAA",
        "ssh-dss AAAAB3NzaC1kc3M=",
        "no-such-kind AAAA",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
    ],
)
def test_a_host_key_that_is_none(site: Site, text: str, everything_logged: pytest.LogCaptureFixture) -> None:
    error = refused(site, host_key=text)
    assert isinstance(error, SettingsError)
    assert "host_key in its connection is not a public key: correct it" in str(error)
    for part in (text, *text.split()[1:]):
        assert not part or part not in str(error) + everything_logged.text


def test_a_host_key_of_another_kind_than_it_says() -> None:
    _, content = public(a_key("ecdsa-sha2-nistp256")).split()[:2]
    with pytest.raises(SettingsError):
        sftp_keys.host_key(f"ssh-ed25519 {content}", "a@b:22")


# The folder


def test_a_folder_that_is_not_there(site: Site) -> None:
    error = refused(site, folder="/elsewhere")
    assert isinstance(error, DeliveryRefused)
    assert "lacks the folder or file at entering the folder: have the account's folder restored" in str(error)


def test_a_folder_that_is_read_only(openssh_place: Site, tmp_path: Path) -> None:
    """On OpenSSH: root, as which the demo's host may run here, can write anywhere."""
    openssh_place.out.chmod(0o550)
    with pytest.raises(DeliveryRefused) as caught, openssh_place.host().open() as folder:
        folder.put(file_of(tmp_path, 10), NAME, "run")
    assert f"denies permission at writing {NAME}: have the account's rights restored" in str(caught.value)
    openssh_place.out.chmod(0o750)


def test_a_file_that_may_not_be_read_back_or_removed(openssh_place: Site) -> None:
    (openssh_place.out / NAME).touch(mode=0o600)  # root's
    openssh_place.out.chmod(0o550)
    with openssh_place.host().open() as folder:
        with pytest.raises(DeliveryRefused, match="denies permission at reading back"):
            folder.sha256(NAME)
        with pytest.raises(DeliveryRefused, match="denies permission at removing"):
            folder.remove(NAME)
        assert folder.stat(NAME) == 0, "the connection is sound after a refusal"
    openssh_place.out.chmod(0o750)


def test_a_folder_at_the_top(demo: Site, tmp_path: Path) -> None:
    with demo.host(folder="/").open() as folder:
        folder.put(file_of(tmp_path, 10), NAME, "run")
        assert folder.stat(NAME) == 10
        assert folder.remove_temporary() == 0


# The way there


def test_a_name_without_an_address(demo: Site) -> None:
    error = refused(demo, host="no-such-host.invalid")
    assert isinstance(error, DeliveryTransient)
    assert "has no address" in str(error) and "name server" in str(error)


def test_a_closed_port(demo: Site) -> None:
    error = refused(demo, port=free_port())
    assert isinstance(error, DeliveryTransient)
    assert "does not answer at connecting (ConnectionRefusedError): it is tried again" in str(error)


def test_a_host_that_accepts_and_says_nothing(demo: Site) -> None:
    with mute() as port:
        error = refused(demo, HASTY, port=port)
    assert isinstance(error, DeliveryTransient)
    assert "does not answer at logging in" in str(error)


def test_a_host_that_speaks_something_else(demo: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(demo, port=port)
        thread.join()
    assert isinstance(error, DeliveryTransient)
    assert "does not answer at logging in" in str(error)


def test_an_account_without_sftp(tmp_path: Path, demo_keys: HostKeys) -> None:
    """A login shell's greeting is not SFTP: a person must look, again and again would not help."""

    class Shell(asyncssh.SSHServerSession[bytes]):
        def connection_made(self, chan: "asyncssh.SSHServerChannel[bytes]") -> None:
            self.channel = chan

        def subsystem_requested(self, subsystem: str) -> bool:
            return True

        def session_started(self) -> None:
            self.channel.write(b"Welkom bij ons! De server is van 8 tot 17 uur bemand.\n")

    class WithoutSftp(Accounts):
        def session_requested(self) -> Shell:
            return Shell()

    async def listen() -> asyncssh.SSHAcceptor:
        keys, accounts = [str(tmp_path / "keys" / "host")], partial(WithoutSftp, tmp_path, None)
        return await asyncssh.listen("127.0.0.1", 0, server_factory=accounts, server_host_keys=keys, encoding=None)

    with loop_in_thread() as run:
        acceptor = run(listen())
        error = refused(demo_site(tmp_path, demo_keys, acceptor.get_port()))
        run(close(acceptor))
    assert isinstance(error, DeliveryRefused)
    assert "does not speak SFTP on this account" in str(error)


# What nobody may read


def test_keys_are_in_no_repr_and_no_log(
    site: Site, tmp_path: Path, everything_logged: pytest.LogCaptureFixture
) -> None:
    host = site.host()
    with host.open() as folder:
        folder.put(file_of(tmp_path, 10), NAME, "run")
        shown = f"{host!r} {host} {host.endpoint!r} {host.endpoint} {folder!r} {folder._connection!r}"
    refused(site, host_key=public(a_key()))
    refused(site, private_key=private(a_key()))
    assert "Authentication" in everything_logged.text, "paramiko's own log is looked at as well"
    told = shown + everything_logged.text
    for line in site.endpoint.private_key.splitlines()[1:-1]:
        assert line not in told
    assert site.endpoint.host_key.split()[1] not in told
    assert KBO in told or site.endpoint.account in told


def test_a_failure_is_told_once_and_without_a_traceback(demo: Site, caplog: pytest.LogCaptureFixture) -> None:
    with mute() as port:
        refused(demo, HASTY, port=port)
    assert [record for record in caplog.records if record.name.startswith(("paramiko", "pipeline"))] == []


def test_an_endpoint_says_where_it_is(demo: Site) -> None:
    assert str(replace(demo.endpoint, host="sftp.example.org", port=22, account="agentschap")) == (
        "agentschap@sftp.example.org:22"
    )
