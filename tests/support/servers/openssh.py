"""A real sshd with chroot accounts, as DESIGN.md describes; it needs root and the accounts of `.ci/services`."""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.support.servers.services import (
    FIRST,
    IS_ROOT,
    SCRATCH,
    Missing,
    first_place,
    free_port,
    may_be_entered,
    may_hold_chroots,
    own_folder,
    running,
)

CHROOTS = Path(os.environ.get("SFTP_CHROOT_BASE", "/srv/gegevensdeling/sftp"))
GROUP = "gdsftp"


INTERNAL = "internal-sftp -d /out -u 0027 -l INFO"


@dataclass(frozen=True)
class OpenSsh:
    """A running server. Each account is shut up in its chroot, may write in `/out` only, and knows `private_key`."""

    port: int
    host_key: str
    private_key: str
    accounts: tuple[str, ...]
    chroots: Path

    def out(self, account: str) -> Path:
        return self.chroots / account / "out"

    @property
    def log(self) -> str:
        return (self.chroots / "log").read_text(errors="replace")

    def empty(self, account: str) -> Path:
        """Its folder as new, and empty."""
        out, user = self.out(account), pwd.getpwnam(account)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        out.chmod(0o750)
        os.chown(out, user.pw_uid, user.pw_gid)
        return out


@contextmanager
def chroots(name: str, keys: str = "openssh") -> Iterator[OpenSsh]:
    """All but the server itself: a folder with the chroots, `host` (its key) and `keys` (ours, in that form)."""
    accounts = _accounts()
    base = first_place((SCRATCH, CHROOTS), _fits, f"{name}: no folder fit for chroots, {FIRST}")
    with own_folder(base, name) as folder:
        ours, theirs = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        _write_key(folder / "host", theirs)
        (folder / "keys").mkdir()
        for account in accounts:
            (folder / account).mkdir()
            (folder / account).chmod(0o755)  # sshd refuses a chroot that a lax umask opened to its group
            (folder / "keys" / account).write_bytes(ours.export_public_key(keys))
        server = OpenSsh(free_port(), _line(theirs), ours.export_private_key().decode(), accounts, folder)
        for account in accounts:
            server.empty(account)
        yield server


@contextmanager
def run_openssh(
    *, file_size_limit: int | None = None, files: str = INTERNAL, furnish: Callable[[Path], None] | None = None
) -> Iterator[OpenSsh]:
    """sshd with one account per test user. Beyond `file_size_limit` bytes a write fails, as on a full disk.

    `files` is the command that answers for them, `furnish` puts into a chroot what that one needs.
    """
    sshd = _sshd()
    with chroots(f"sshd{file_size_limit or ''}{Path(files).name if furnish else ''}") as server:
        folder, port = server.chroots, server.port
        for account in server.accounts if furnish else ():
            furnish(folder / account)
        config = _sshd_config(folder, port, files)
        # Python ignores SIGXFSZ, and sshd inherits that: a write beyond the limit is refused instead of fatal.
        limit = ["prlimit", f"--fsize={file_size_limit}"] if file_size_limit else []
        command = ["setpriv", "--pdeathsig", "TERM", *limit, sshd, "-D", "-f", str(config), "-E", str(folder / "log")]
        process = subprocess.Popen([*command, *_options(sshd, config)], restore_signals=False)
        with running(process, port, folder / "log"):
            yield server


def _fits(folder: Path) -> bool:
    """sshd reads an account's keys as that account."""
    return may_hold_chroots(folder) and may_be_entered(folder)


def _sshd() -> str:
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or ""
    if not sshd:
        raise Missing("OpenSSH: sshd is not installed")
    if not Path("/run/sshd").is_dir():
        raise Missing(f"OpenSSH: sshd lacks /run/sshd, {FIRST}")
    return sshd


def _accounts() -> tuple[str, ...]:
    if not IS_ROOT:
        raise Missing("SFTP servers: chroot accounts need root")
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        raise Missing(f"SFTP servers: no test accounts, {FIRST}") from None
    return tuple(sorted(user.pw_name for user in pwd.getpwall() if user.pw_gid == group))


def _sshd_config(folder: Path, port: int, files: str) -> Path:
    config = folder / "sshd_config"
    config.write_text(f"""\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/keys/%u
Subsystem sftp {files}
AllowGroups {GROUP}
Match Group {GROUP}
  ChrootDirectory {folder}/%u
{"  ForceCommand " + files if files == INTERNAL else ""}
  AllowTcpForwarding no
  X11Forwarding no
""")
    return config


def _options(sshd: str, config: Path) -> list[str]:
    """From 9.8 on sshd shuts out an address that failed to log in: the tests' failures must not hit the next test."""
    option = ["-o", "PerSourcePenalties no"]
    known = subprocess.run([sshd, "-t", "-f", str(config), *option], capture_output=True, check=False)
    return option if known.returncode == 0 else []


def _write_key(path: Path, key: asyncssh.SSHKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())


def _line(key: asyncssh.SSHKey) -> str:
    return str(key.export_public_key().decode().strip())
