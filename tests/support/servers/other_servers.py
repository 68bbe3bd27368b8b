"""SFTP servers besides OpenSSH's own, with the same chroot accounts: ProFTPD's mod_sftp, and gesftpserver behind sshd.

ProFTPD can be told to offer neither posix-rename nor fsync, as many hosts do.
"""

import grp
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers.openssh import GROUP, OpenSsh, chroots, run_openssh
from tests.support.servers.services import FIRST, Missing, running

_GESFTPSERVER = Path("/usr/libexec/gesftpserver")
_MODULES = Path("/usr/lib/proftpd")


@contextmanager
def run_proftpd(*, plain: bool = False) -> Iterator[OpenSsh]:
    """`plain`: without posix-rename and fsync."""
    proftpd = shutil.which("proftpd", path="/usr/sbin:/usr/local/sbin")
    if not proftpd or not (_MODULES / "mod_sftp.so").exists():
        raise Missing(f"ProFTPD: not installed with mod_sftp, {FIRST}")
    with chroots(f"proftpd{'-plain' if plain else ''}", keys="rfc4716") as server:
        config, log = _proftpd_config(server, plain), server.chroots / "log"
        command = ["setpriv", "--pdeathsig", "TERM", proftpd, "--nodaemon", "--quiet", "--config", str(config)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with running(process, server.port, log):
            yield server


def _proftpd_config(server: OpenSsh, plain: bool) -> Path:
    """Its accounts are in a file of its own: their homes are their chroots."""
    folder, config, users = server.chroots, server.chroots / "proftpd.conf", server.chroots / "users"
    group = grp.getgrnam(GROUP).gr_gid
    users.touch(mode=0o600)
    users.write_text(
        "".join(
            f"{account}:*:{pwd.getpwnam(account).pw_uid}:{group}::{folder / account}:/usr/sbin/nologin\n"
            for account in server.accounts
        )
    )
    config.write_text(f"""\
ModulePath {_MODULES}
LoadModule mod_sftp.c
ServerType standalone
DefaultAddress 127.0.0.1
UseIPv6 off
UseReverseDNS off
Port {server.port}
User nobody
Group nogroup
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
SystemLog {folder}/log
WtmpLog off
TransferLog none
AuthOrder mod_auth_file.c
AuthUserFile {users}
RequireValidShell off
DefaultRoot ~
Umask 0027
AllowOverwrite on
SFTPEngine on
SFTPLog {folder}/sftp.log
SFTPHostKey {folder}/host
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{folder}/keys/%u
{"SFTPExtensions -posixRename -fsync" if plain else ""}
""")
    return config


@contextmanager
def run_gesftpserver() -> Iterator[OpenSsh]:
    """A subsystem of sshd; it runs in the chroots, so each holds a copy of it."""
    if not _GESFTPSERVER.exists():
        raise Missing(f"gesftpserver: not installed, {FIRST}")
    with run_openssh(files=str(_GESFTPSERVER), furnish=_furnish) as server:
        yield server


def _furnish(chroot: Path) -> None:
    """It, a shell in the place of the accounts' own (sshd starts a subsystem by it), and what both are linked to."""
    shell = Path("/usr/bin/dash")
    for program, place in ((_GESFTPSERVER, _GESFTPSERVER), (shell, Path("/usr/sbin/nologin"))):
        for source, target in ((program, place), *((library, library) for library in _libraries(program))):
            copy = chroot / target.relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)


def _libraries(program: Path) -> list[Path]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", said)]
