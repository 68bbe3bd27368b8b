"""The real `gpg`, with a home of its own: makes recipients' keys of every kind, and opens what was made for them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.servers.services import FIRST, SCRATCH, Missing, own_folder

_LONGEST_HOME = 80
"""Its agent's socket lies in there, and a socket's path has at most 107 characters."""
LONG_AGO = "20200101T000000"


@dataclass
class Gpg:
    """One keyring. Keys are made once, by name; their passphrase is empty."""

    home: Path
    _made: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, given: bytes = b"") -> bytes:
        """Standard output; the test fails when gpg does."""
        batch = ("gpg", "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        environment = os.environ | {"GNUPGHOME": str(self.home), "LC_ALL": "C"}
        ran = subprocess.run([*batch, *arguments], input=given, capture_output=True, env=environment)
        assert ran.returncode == 0, (arguments, ran.stderr.decode())
        return ran.stdout

    def key(
        self,
        name: str,
        primary: str = "ed25519",
        subkey: str | None = "cv25519",
        expires: str = "never",
        subkey_expires: str = "never",
        *more: str,
    ) -> str:
        """The fingerprint. What expires was made long ago, for a year."""
        if name not in self._made:
            then = ("--faked-system-time", LONG_AGO) if "1y" in (expires, subkey_expires) else ()
            self(*then, *more, "--quick-gen-key", f"{name}@example.org", primary, "sign", expires)
            listed = self("--with-colons", "--list-keys", f"{name}@example.org").decode().splitlines()
            fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
            if subkey:
                self(*then, *more, "--quick-add-key", fingerprint, subkey, "encr", subkey_expires)
            self._made[name] = fingerprint
        return self._made[name]

    def rsa(self) -> str:
        return self.key("rsa", "rsa3072", "rsa3072")

    def curve25519(self) -> str:
        return self.key("curve25519")

    def revoked(self, name: str = "revoked") -> str:
        fingerprint = self.key(name)
        certificate = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self("--import", given=certificate.replace(":-----BEGIN", "-----BEGIN").encode())
        return fingerprint

    def revoked_subkey(self) -> str:
        fingerprint = self.key("revoked-subkey")
        self("--command-fd", "0", "--edit-key", fingerprint, given=b"key 1\nrevkey\ny\n0\n\ny\nsave\n")
        return fingerprint

    def public(self, fingerprint: str, armor: bool = True) -> bytes:
        return self(*(["--armor"] if armor else []), "--export", fingerprint)

    def secret(self, fingerprint: str) -> bytes:
        return self("--armor", "--export-secret-keys", fingerprint)

    def decrypt(self, message: bytes) -> bytes:
        """As the recipient does."""
        return self("--decrypt", given=message)


@contextmanager
def run_gnupg(name: str = "gpg") -> Iterator[Gpg]:
    if not shutil.which("gpg"):
        raise Missing(f"GnuPG: not installed: {FIRST}")
    if len(str(SCRATCH)) > _LONGEST_HOME:
        raise Missing(f"GnuPG: {SCRATCH} is too long a path for its agent's socket")
    with own_folder(SCRATCH, name) as home:
        home.chmod(0o700)
        try:
            yield Gpg(home)
        finally:
            subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
