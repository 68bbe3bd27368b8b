"""A machine as far as Linux can pretend: its own disk at one path, name and processes. It can be switched off."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.servers.services import IS_ROOT, Missing

BEGIN = 'hostname "$1" && mount --bind "$2" "$3" && cd "$3" && shift 3 && exec "$@"'
NAMESPACES = ("--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")


@dataclass
class Machine:
    """What runs on it sees `disk` at `path`, where the processes of another machine see their own disk."""

    name: str
    disk: Path
    path: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *command: str, environment: dict[str, str]) -> None:
        """Start a program, with its output in the machine's log."""
        inside = ("sh", "-c", BEGIN, "sh", self.name, str(self.disk), str(self.path), *command)
        # Whoever started it may be killed: then it ends as well, and with it all that it started.
        guarded = ("setpriv", "--pdeathsig", "KILL", "unshare", *NAMESPACES, *inside)
        with self.log.open("ab") as log:
            self.processes.append(subprocess.Popen(guarded, env=environment, stdout=log, stderr=log))

    def switch_off(self) -> None:
        """As by its plug: nothing on it gets a signal that it could answer. Its disk stays as it is."""
        for process in self.processes:
            process.kill()  # and the kernel kills every process of its namespace
        for process in self.processes:
            process.wait()
        self.processes.clear()

    @property
    def runs(self) -> bool:
        return bool(self.processes) and all(process.poll() is None for process in self.processes)

    @property
    def log(self) -> Path:
        return self.disk / "output.log"


def require_namespaces() -> None:
    """Raises Missing where this machine cannot pretend to be several."""
    if not IS_ROOT or not shutil.which("unshare"):
        raise Missing("machines: need root and unshare")
    tried = subprocess.run(["unshare", *NAMESPACES, "true"], capture_output=True, check=False, env=dict(os.environ))
    if tried.returncode:
        raise Missing(f"machines: {tried.stderr.decode().strip()}")
