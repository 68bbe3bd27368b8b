"""`make airflow`: the demo's parts under `airflow standalone`, with its UI, until it is interrupted."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import TerminalError
from pipeline.core.local_time import local_day
from pipeline.core.terminal import console
from pipeline.demo.home import Home
from pipeline.demo.processes import running
from pipeline.demo.scene import Environment, set_scene
from pipeline.tasks.at_work import end_silent_runs

EXECUTOR = {"AIRFLOW__CORE__EXECUTOR": "pipeline.airflow.preloading.PreloadingExecutor"}
_STARTS_WITHIN_SECONDS = 180


def run_standalone(path: Path, scale: float, port: int) -> int:
    """Start, print the address and the password, and stop everything at the end."""
    require_free_port(port)
    home, today = Home(path), local_day(datetime.now(UTC))
    home.make()
    with (
        set_scene(home, scale, today, None) as environment,
        airflow_up(home, environment | EXECUTOR, port) as process,
    ):
        _say_where(home, port)
        return process.wait()


@contextmanager
def airflow_up(
    home: Home, environment: Environment, port: int, within: float = _STARTS_WITHIN_SECONDS
) -> "Iterator[subprocess.Popen[bytes]]":
    """`airflow standalone`, once it is healthy; stopped at the end. Its log is in the demo's folder."""
    url = f"http://127.0.0.1:{port}"
    environment = environment | {
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
    }
    airflow = str(Path(sys.executable).with_name("airflow"))
    with (home.path / "standalone.log").open("w", encoding="utf-8") as log:
        for arguments in (("db", "migrate"), ("pools", "set", "deliveries", "8", "Deliveries at once")):
            with running([airflow, *arguments], log, environment) as process:
                if process.wait():
                    raise TerminalError(f"`airflow {arguments[0]} {arguments[1]}` failed: see {log.name}")
        try:
            with running([airflow, "standalone"], log, environment) as process:
                with console.status("Airflow starts"):
                    _wait_until_healthy(process, port, within)
                yield process
        finally:
            end_silent_runs(home.staging)


def require_free_port(port: int) -> None:
    """Raises TerminalError: an Airflow of somebody else's that listens there would pass for ours."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that closed a moment ago is free
        try:
            tried.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "it is no port's number"
            raise TerminalError(
                f"port {port} of 127.0.0.1 cannot be had ({why}): end what listens there, or choose another: "
                "`make airflow PORT=8081`, or `gegevensdeling airflow --port 8081`"
            ) from None


def _wait_until_healthy(process: "subprocess.Popen[bytes]", port: int, within: float) -> None:
    deadline = time.monotonic() + within
    while not _healthy(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise TerminalError("airflow standalone did not start: see standalone.log in the demo's folder")
        time.sleep(0.5)  # Airflow tells its health only when asked


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))


def _say_where(home: Home, port: int) -> None:
    passwords = json.loads((home.airflow / "simple_auth_manager_passwords.json.generated").read_text("utf-8"))
    ((user, password),) = passwords.items()
    console.print(f"Airflow   http://127.0.0.1:{port}\nUser      {user}\nPassword  {password}")
    console.print("Trigger nightly_delivery there, and look at Gegevensdeling. Ctrl-C stops everything.")
