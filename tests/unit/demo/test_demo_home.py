"""What the demo leaves for a shell, and the port that it asks for before anything begins."""

import os
import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from pipeline.core.connections import from_environment
from pipeline.core.errors import TerminalError
from pipeline.demo.home import Home
from pipeline.demo.standalone import require_free_port, run_standalone


def test_a_shell_that_reads_it_finds_the_demos_world(tmp_path: Path) -> None:
    home = Home(tmp_path / "a 'demo' $HOME")
    home.make()
    made = home.environment(2222, "ssh-ed25519 AAAA host", "-----BEGIN\nkey's text\n-----END\n")
    home.write_environment(made)
    file = home.path / "env.sh"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = subprocess.run(
        ["sh", "-c", '. "$1"; env -0', "sh", str(file)],
        env={"PATH": os.defpath, "KEPT": "yes"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(line.split("=", 1) for line in told.split("\0") if line)
    ours = {name: value for name, value in made.items() if re.match("AIRFLOW|GEGEVENSDELING", name)}
    assert ours.items() <= found.items() and "AIRFLOW_CONN_AGENCY_DB" in ours and "AIRFLOW_HOME" in ours
    host = from_environment("drop_host", found)
    assert host and host.port == 2222 and host.extra["private_key"] == "-----BEGIN\nkey's text\n-----END\n"


def test_a_port_that_is_taken_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(TerminalError, match=rf"port {port} of 127.0.0.1 cannot be had .*make airflow PORT="):
            run_standalone(tmp_path / "home", 0.1, port)
    assert not (tmp_path / "home").exists()
    require_free_port(port)


def test_what_is_no_port_is_named() -> None:
    with pytest.raises(TerminalError, match=r"port 70000 .*it is no port's number"):
        require_free_port(70000)
