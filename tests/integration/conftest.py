"""A PostgreSQL of our own for the ledger's tests."""

import itertools
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

BIN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Gives the address of a fresh database at each call."""
    folder = Path(mkdtemp())
    user = pwd.getpwnam("postgres")
    shutil.chown(folder, user.pw_uid, user.pw_gid)

    def as_postgres(*command: str) -> None:
        subprocess.run(command, user="postgres", group="postgres", cwd=folder, check=True, capture_output=True)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    as_postgres(str(BIN / "initdb"), "-D", str(data), "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    log = str(folder / "log")
    as_postgres(str(BIN / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start")
    number = itertools.count()

    def fresh() -> str:
        name = f"ledger_{next(number)}"
        as_postgres(str(BIN / "createdb"), "-h", "127.0.0.1", "-p", str(port), name)
        return f"postgresql://postgres@127.0.0.1:{port}/{name}"

    try:
        yield fresh
    finally:
        as_postgres(str(BIN / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)
