"""The real `gpg`, with a home of its own: makes recipients' keys of every kind, and opens what was made for them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
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

    def keys(self, kinds: Mapping[str, tuple[str, str]]) -> None:
        """Make keys of these kinds (of the primary and of the subkey, if any) by their names, in one process."""
        new = {name: kind for name, kind in kinds.items() if name not in self._made}
        self("--generate-key", given="".join(_block(name, *kind) for name, kind in new.items()).encode())
        lines = [line.split(":") for line in self("--with-colons", "--list-keys").decode().splitlines()]
        primaries = [after[9] for line, after in pairwise(lines) if line[0] == "pub"]
        addresses = [line[9].removesuffix("@example.org") for line in lines if line[0] == "uid"]
        self._made |= {name: mark for mark, name in zip(primaries, addresses, strict=True) if name in new}

    def taken_in(self, secret: Path) -> str:
        """The fingerprint of a key that was made elsewhere."""
        shown = self("--with-colons", "--import-options", "show-only", "--import", str(secret)).decode().splitlines()
        self("--import", str(secret))
        return next(line.split(":")[9] for line in shown if line.startswith("fpr"))

    def several_subkeys(self) -> str:
        """Of its four subkeys to encrypt to, one expired, one was revoked and two are alive."""
        fingerprint = self.key("several", subkey_expires="1y")
        for _ in range(3):
            self("--quick-add-key", fingerprint, "cv25519", "encr", "never")
        self("--command-fd", "0", "--edit-key", fingerprint, given=b"key 2\nrevkey\ny\n0\n\ny\nsave\n")
        return fingerprint

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


def _block(name: str, primary: str, subkey: str) -> str:
    """Of a file that `gpg --generate-key` reads."""
    lines = [f"Key-{line}" for line in _kind(primary, "EDDSA" if primary == "ed25519" else "ECDSA")]
    lines.append("Key-Usage: sign" if subkey else "Key-Usage: sign,encrypt")
    if subkey:
        lines += [*(f"Subkey-{line}" for line in _kind(subkey, "ECDH")), "Subkey-Usage: encrypt"]
    return "\n".join([*lines, f"Name-Email: {name}@example.org", "Expire-Date: 0", "%no-protection", "%commit", ""])


def _kind(name: str, on_a_curve: str) -> tuple[str, str]:
    return ("Type: RSA", f"Length: {name[3:]}") if name.startswith("rsa") else (f"Type: {on_a_curve}", f"Curve: {name}")


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
