"""Somebody at an OCMW, with a folder, what the agency told it, and the pages of docs/ontvanger."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.delivery import verify
from tests.support.docs import PAGES, commands_of
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import Site, openssh_site
from tests.support.signing import SIGNING_KEY, allowed_signers

WITHOUT_TERMINAL = """set -u
ssh-keygen() { case "$*" in *-lf* | *-Y*) command ssh-keygen "$@" ;; *) command ssh-keygen -q -N "" "$@" ;; esac; }
gpg() { command gpg --batch --quiet --pinentry-mode loopback --passphrase "" "$@"; }
"""
"""What a person would be asked: a passphrase. Nobody is there, and it is empty."""
LOOK, BY_HAND, SCRIPT, CLEAR = range(3, 7)
"""Which block of ophalen.md does it."""


@dataclass
class Recipient:
    """Its folder, where `leveringen` comes, and what it put into variables."""

    folder: Path
    site: Site
    environment: dict[str, str] = field(default_factory=dict)

    def types(self, commands: str, expect: int = 0, **variables: str) -> str:
        """In a shell, in its folder; what was said. Fails unless it ends with `expect`."""
        ran = self.ran("set -e\n" + commands, **variables)
        assert ran.returncode == expect, (commands, ran.stdout, ran.stderr)
        return ran.stdout

    def ended(self, commands: str, **variables: str) -> int:
        """What it ends with, whatever was said."""
        return self.ran("set -e\n" + commands, **variables).returncode

    def ran(self, commands: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Typed line by line: after one that fails, the next is typed all the same."""
        given = os.environ | self.environment | variables
        shell = ["bash", "-c", WITHOUT_TERMINAL + commands]
        return subprocess.run(
            shell, cwd=self.folder, env=given, capture_output=True, text=True, errors="replace", timeout=300
        )

    def beside(self, name: str) -> "Recipient":
        """The same, in another folder beside it, with what it had set up."""
        folder = shutil.copytree(self.folder, self.folder.with_name(name))
        return Recipient(folder, self.site, self.environment)

    def replaces(self, program: str, script: str) -> None:
        """Has another program of that name in its folder, for a PATH that begins there."""
        path = self.folder / program
        path.write_text(script)
        path.chmod(0o755)

    @property
    def fetched(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "leveringen").iterdir())


@contextmanager
def introduced(server: OpenSsh, folder: Path) -> Iterator[Recipient]:
    """Did nothing yet. What the agency told it: address, port and account, and who signs."""
    site = openssh_site(server)
    folder.mkdir()
    shutil.copy(verify.__file__, folder / "verify.py")
    shutil.copy(PAGES / "haal-op.sh", folder)
    allowed_signers(folder, SIGNING_KEY)
    told = {"adres": "127.0.0.1", "poort": str(server.port), "account": site.endpoint.account}
    authorized = server.chroots / "keys" / site.endpoint.account
    before = authorized.read_bytes()
    try:
        yield Recipient(folder, site, told | {"sleutel": str(folder / "opgroeien")})
    finally:
        authorized.write_bytes(before)


def let_in(newcomer: Recipient, server: OpenSsh, public_key: str) -> None:
    """The agency lets it in with this key."""
    with (server.chroots / "keys" / newcomer.site.endpoint.account).open("a") as authorized:
        authorized.write(f"\n{public_key.strip()}\n")


def set_up(newcomer: Recipient, server: OpenSsh) -> str:
    """Makes a key, learns to know the server, and writes its settings, as the first blocks of the page say; what was
    said of the server."""
    make, scan, know, *_ = commands_of("ophalen.md")
    let_in(newcomer, server, newcomer.types(make))
    said = newcomer.types(scan)
    newcomer.types(know)
    return said
