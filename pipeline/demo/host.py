"""A small SFTP host to deliver to: one account per recipient, each shut up in its own folder. For the demo and tests.

Run as `python -m pipeline.demo.host`; listens on 127.0.0.1 only, and ends with SIGTERM.
"""

import argparse
import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from pipeline.core.staging import private_folder

OUT = "/out"
"""Where drops go, as an account sees it."""


def account_of(kbo: str) -> str:
    return f"ocmw-{kbo}"


@dataclass(frozen=True)
class HostKeys:
    """The host's own key and the agency's, as text."""

    host_public: str
    agency_private: str = field(repr=False)


def prepare(root: Path, kbos: Sequence[str]) -> HostKeys:
    """Make both key pairs once, and a folder for each recipient."""
    keys = private_folder(root / "keys")
    for name in ("host", "agency"):
        if not (keys / f"{name}.pub").exists():  # written last: who was interrupted begins again
            made = asyncssh.generate_private_key("ssh-ed25519", comment=name)
            (keys / name).touch(mode=0o600)
            made.write_private_key(str(keys / name))
            made.write_public_key(str(keys / f"{name}.pub"))
    for kbo in kbos:
        private_folder(root / kbo)
        private_folder(root / kbo / OUT.strip("/"))
    return HostKeys((keys / "host.pub").read_text("utf-8").strip(), (keys / "agency").read_text("utf-8"))


class Accounts(asyncssh.SSHServer):
    """Lets the agency's key into every account but the one that is to refuse."""

    def __init__(self, root: Path, refuse: str | None) -> None:
        self._root, self._refuse = root, refuse

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        kbo = _kbo_of(username)
        if kbo and (self._root / kbo).is_dir() and kbo != self._refuse:
            self._connection.set_authorized_keys(str(self._root / "keys" / "agency.pub"))
        return True


def chroot(root: Path, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
    """The files of one account."""
    kbo = _kbo_of(channel.get_extra_info("username"))
    return asyncssh.SFTPServer(channel, chroot=str(root / kbo).encode())


def _kbo_of(username: str) -> str:
    """Nothing for any name that is no recipient's: it would lead to a folder that is no recipient's."""
    account = re.fullmatch(re.escape(account_of("")) + "([0-9]{10})", username)
    return account[1] if account else ""


Files = Callable[[Path, "asyncssh.SSHServerChannel[bytes]"], asyncssh.SFTPServer]


async def serve(root: Path, port: int, refuse: str | None, files: Files = chroot) -> asyncssh.SSHAcceptor:
    """Listen; port 0 takes a free one. `files` answers for an account's files."""
    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: Accounts(root, refuse),
        server_host_keys=[str(root / "keys" / "host")],
        sftp_factory=lambda channel: files(root, channel),
        encryption_algs=["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"],
        compression_algs=None,
    )


async def _serve_until_closed(options: argparse.Namespace) -> None:
    acceptor = await serve(options.root, options.port, options.refuse)
    ready = options.ready.with_suffix(".part")
    ready.write_text(str(acceptor.get_port()), "utf-8")
    ready.replace(options.ready)
    await acceptor.wait_closed()


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready", type=Path, required=True, help="the port is written here once it listens")
    parser.add_argument("--refuse", metavar="KBO")
    asyncio.run(_serve_until_closed(parser.parse_args()))


if __name__ == "__main__":
    _main()
