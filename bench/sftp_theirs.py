"""OpenSSH's own client: the same files under temporary names, their mode, and the rename."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.sftp_drops import remote
from pipeline.core.model import Drop
from tests.support.servers.openssh import OpenSsh


def theirs(server: OpenSsh, folder: Path, lanes: list[list[Drop]], a_connection: int, *, is_synced: bool) -> float:
    """Seconds for all; one `sftp -b` an account at a time, each with so many drops."""
    commands = [
        [_command(server, account, folder, drops[first : first + a_connection], is_synced)
         for first in range(0, len(drops), a_connection)]
        for account, drops in zip(server.accounts, lanes, strict=False)
    ]  # fmt: skip
    with ThreadPoolExecutor(len(lanes)) as side_by_side:
        began = time.perf_counter()
        list(side_by_side.map(_run, commands))
        return time.perf_counter() - began


def _run(commands: list[list[str]]) -> None:
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def _command(server: OpenSsh, account: str, folder: Path, drops: list[Drop], is_synced: bool) -> list[str]:
    batch = folder / f"{account}-{drops[0].kbo}.batch"
    batch.write_text("".join(line + "\n" for drop in drops for line in _batch(drop, is_synced)))
    key, known = folder / "key", folder / "known_hosts"
    key.touch(mode=0o600)
    key.write_text(server.private_key, "utf-8")
    known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n", "utf-8")
    options = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", f"IdentityFile={key}", "IdentitiesOnly=yes",
               "Ciphers=aes128-gcm@openssh.com", "LogLevel=ERROR")  # fmt: skip
    said = [word for option in options for word in ("-o", option)]
    return ["sftp", "-q", "-F", "none", *said, "-P", str(server.port), "-b", str(batch), f"{account}@127.0.0.1"]


def _batch(drop: Drop, is_synced: bool) -> Iterator[str]:
    local = [Path(file.path) for file in (*drop.data, drop.manifest, *([drop.signature] if drop.signature else []))]
    for path in (*local, local[0].with_name(drop.go_name)):
        name = f"{remote(drop)}/{path.name}"
        part = f"{remote(drop)}/.{path.name}.part"
        yield from (f"put {'-f ' if is_synced else ''}{path} {part}", f"chmod 640 {part}", f"rename {part} {name}")
