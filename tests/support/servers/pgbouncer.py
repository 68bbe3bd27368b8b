"""A real PgBouncer before a PostgreSQL, in the mode that a test asks for."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.support.servers.postgres import CLUSTERS, _postgres_owner
from tests.support.servers.services import (
    FIRST,
    SCRATCH,
    Missing,
    first_place,
    free_port,
    may_be_entered,
    own_folder,
    running,
)


@contextmanager
def run_pgbouncer(uri: str, pool_mode: str) -> Iterator[str]:
    """The address of the same database by way of a PgBouncer that pools by `session`, `transaction` or `statement`."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        raise Missing("PgBouncer is not installed")
    server, port, owner = urlsplit(uri), free_port(), _postgres_owner()
    base = first_place((SCRATCH, CLUSTERS), may_be_entered, f"PgBouncer: no folder that its user may enter, {FIRST}")
    with own_folder(base, f"pgbouncer-{pool_mode}") as folder:
        settings = folder / "pgbouncer.ini"
        settings.touch(mode=0o600)
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port} user={server.username} password={server.password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = {pool_mode}\nlogfile = {folder / 'log'}\n",
            encoding="utf-8",
        )
        if owner:
            for path in (folder, settings):
                shutil.chown(path, owner, owner)
        as_owner = {"user": owner, "group": owner, "extra_groups": []} if owner else {}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([program, str(settings)], cwd=folder, **quiet, **as_owner)  # type: ignore[call-overload]
        with running(process, port, folder / "log"):
            yield f"postgresql://{server.username}@127.0.0.1:{port}{server.path}"
