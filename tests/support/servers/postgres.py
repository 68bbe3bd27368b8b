"""A real PostgreSQL cluster, made by initdb and gone afterwards; started as another user when root."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.support.servers.services import (
    FIRST,
    IS_ROOT,
    SCRATCH,
    Missing,
    first_place,
    free_port,
    may_be_entered,
    own_folder,
)

CLUSTERS = Path(os.environ.get("PG_BASE", "/srv/gegevensdeling/postgres"))


@dataclass(frozen=True)
class Databases:
    """Those of a cluster, for several processes: called, it gives the address of a fresh, empty one."""

    server: str

    def __call__(self) -> str:
        name, spare = f"test_{secrets.token_hex(8)}", _spare(self.server)
        self._execute(f"alter database {spare} rename to {name}" if spare else f"create database {name}")
        return f"{self.server}/{name}"

    @contextmanager
    def borrowed(self) -> Iterator[str]:
        """As called, and gone afterwards, whoever is connected to it."""
        address = self()
        yield address
        self._execute(f"drop database {address.rpartition('/')[2]} with (force)")

    def _execute(self, statement: str) -> None:
        with closing(psycopg2.connect(f"{self.server}/postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


_spares: dict[tuple[str, int], list[str]] = {}
"""Empty databases that nobody wants any more, by server and process."""


def _spare(server: str) -> str | None:
    found = _spares.get((server, os.getpid()))
    return found.pop() if found else None


def set_aside(cursor: "psycopg2.extensions.cursor", server: str, database: str) -> None:
    """An empty database, for whoever next asks for one: to make one and to drop one takes longer than most tests do.

    `cursor` is of another database of the server. Where somebody lingers in it, it is dropped.
    """
    name = f"spare_{secrets.token_hex(8)}"
    try:
        cursor.execute(f"alter database {database} rename to {name}")
    except psycopg2.errors.ObjectInUse:
        cursor.execute(f"drop database {database} with (force)")
    else:
        _spares.setdefault((server, os.getpid()), []).append(name)


QUIET = ("fsync=off", "full_page_writes=off", "autovacuum=off")
"""No cluster outlives its tests, and none is left for long; a worker that vacuums would visit each of its databases."""


@contextmanager
def run_postgres() -> Iterator[Databases]:
    """A cluster of our own. Who it lets in proves a password by md5, since scram-sha-256 is slow on purpose."""
    tools = _postgres_tools()
    owner = _postgres_owner()
    fits = may_be_entered if IS_ROOT else _may_write
    base = first_place((SCRATCH, CLUSTERS), fits, f"PostgreSQL: no folder that its user may enter, {FIRST}")
    with own_folder(base, "postgres") as folder:
        password, port = secrets.token_hex(16), free_port()
        _write_secret(folder / "password", password)
        if owner:
            for path in (folder, folder / "password"):
                shutil.chown(path, owner, owner)

        def run(tool: str, *arguments: str) -> None:
            done = subprocess.run(
                [str(tools / tool), "-D", str(folder / "data"), *arguments],
                **({"user": owner, "group": owner, "extra_groups": []} if owner else {}),
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
            if done.returncode:
                pytest.fail(f"{tool} {' '.join(arguments)}: {done.stderr.decode()}", pytrace=False)

        access = ("-U", "gegevensdeling", "-A", "md5", "--pwfile", str(folder / "password"))
        run("initdb", *access, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=''", *QUIET)
        options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in settings)])
        run("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "-o", options)
        try:
            yield Databases(f"postgresql://gegevensdeling:{password}@127.0.0.1:{port}")
        finally:
            run("pg_ctl", "stop", "--mode", "immediate")


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _postgres_tools() -> Path:
    found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)
    if found is None:
        raise Missing("PostgreSQL: initdb is not installed")
    return Path(found).resolve().parent


def _postgres_owner() -> str | None:
    """PostgreSQL refuses root."""
    if not IS_ROOT:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise Missing("PostgreSQL: refuses to run as root, and there is no user postgres") from None


def _may_write(folder: Path) -> bool:
    return os.access(folder if folder.exists() else folder.parent, os.W_OK)
