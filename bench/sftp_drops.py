"""Drops to send, the folders that they go to, and what lies there afterwards."""

import os
import pwd
import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random

from pipeline.core.model import Drop, DropFile, Kbo
from tests.support.servers.openssh import OpenSsh
from tests.support.signing import SIGNING_KEY

NIGHT = date(2026, 6, 15)
MANIFEST_BYTES = 4_000
"""About what a drop's manifest takes."""


def made(folder: Path, drops: int, size: int, accounts: int) -> list[list[Drop]]:
    """Each of one data file of `size` bytes, a manifest and a GO file, for a recipient of its own; by account."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    every = [_drop(folder, Kbo(f"{200_000_000 + number:010}"), size) for number in range(drops)]
    return [every[account::accounts] for account in range(accounts)]


def remote(drop: Drop) -> str:
    """Its recipient's own folder, as the account sees it."""
    return f"/out/{drop.kbo}"


def emptied(server: OpenSsh, lanes: list[list[Drop]]) -> None:
    for account, drops in zip(server.accounts, lanes, strict=False):
        server.empty(account)
        owner = pwd.getpwnam(account)
        for drop in drops:
            folder = server.out(account) / drop.kbo
            folder.mkdir(mode=0o750)
            os.chown(folder, owner.pw_uid, owner.pw_gid)


def found(server: OpenSsh, lanes: list[list[Drop]]) -> dict[str, str]:
    """Mode and SHA-256 of every file there, by its path."""
    outs = [server.out(account) for account, _ in zip(server.accounts, lanes, strict=False)]
    files = [path for out in outs for path in out.rglob("*") if path.is_file()]
    return {f"{path}": f"{path.stat().st_mode:o} {sha256(path.read_bytes()).hexdigest()}" for path in files}


def _drop(folder: Path, kbo: Kbo, size: int) -> Drop:
    stem = f"AANMELDING_OPGROEIEN_{kbo}_{NIGHT:%Y%m%d}_000001"
    chance = Random(kbo)
    data = _file(folder / f"{stem}.csv", chance.randbytes(size))
    manifest = _file(folder / f"{stem}.datapackage.json", chance.randbytes(MANIFEST_BYTES))
    signature = _file(folder / f"{manifest.name}.sig", SIGNING_KEY.sign(Path(manifest.path).read_bytes()))
    (folder / f"{stem}.GO").touch()
    return Drop(kbo, NIGHT, 1, stem, 100, (data,), manifest, signature, SIGNING_KEY.fingerprint)


def _file(path: Path, content: bytes) -> DropFile:
    path.write_bytes(content)
    return DropFile(path.name, str(path), len(content), sha256(content).hexdigest())
