"""The demo's folder: everything it makes rests here, and Airflow is told so through the environment."""

import base64
import json
import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncssh

from pipeline.core.package_data import data_folder
from pipeline.core.staging import private_folder, purge, writing

_PREFIXES = ("AIRFLOW", "GEGEVENSDELING")


class Home:
    """Paths and the environment of one demo."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "last-night.log"
        self.state = path / "world"
        """World, ledger, staging and the hosts' folders: a fresh start forgets them."""
        self.world, self.ledger = self.state / "agency.db", self.state / "ledger.db"
        self.anchors = self.state / "anchors"
        """The ledger's anchors: on another machine, when it is not a demo."""
        self.recipients, self.staging = self.state / "recipients.toml", self.state / "staging"
        self.hosts = self.state / "host"
        """The demo's SFTP host keeps each recipient's folder here, with the drops."""
        self.airflow = path / "airflow"
        self.airflow_db = self.airflow / "airflow.db"
        self.airflow_ready = self.airflow / "database-is-ready"
        """There once Airflow's database is whole."""

    def make(self, afresh: bool = False) -> None:
        """Make the folders; `afresh` forgets world, ledger and drops. Airflow's own history stays."""
        if afresh:
            purge(self.state)
        private_folder(self.path)
        private_folder(self.state)
        private_folder(self.anchors)

    def environment(self, port: int, host_key: str, private_key: str) -> dict[str, str]:
        """For Airflow and the command line: the same settings and connections."""
        airflow = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "TMPDIR": str(private_folder(self.path / "tmp")),
            "AIRFLOW_HOME": str(self.airflow),
            "AIRFLOW__CORE__DAGS_FOLDER": str(data_folder("dags")),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        }
        # What is set for another Airflow must not reach this one.
        ours = {key: value for key, value in os.environ.items() if not key.startswith(_PREFIXES)}
        return ours | airflow | self._settings() | self._connections(port, host_key, private_key)

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """For a shell: `. .demo/env.sh` lets the command line find this demo's world. Its keys are in it."""
        ours = {name: value for name, value in environment.items() if name.startswith(_PREFIXES)}
        lines = [f"export {name}={shlex.quote(ours[name])}\n" for name in sorted(ours)]
        with writing(self.path / "env.sh") as part:
            part.write_text("".join(lines), "utf-8")

    def _settings(self) -> dict[str, str]:
        return {
            "GEGEVENSDELING_STAGING": str(self.staging),
            "GEGEVENSDELING_RECIPIENTS": str(self.recipients),
            "GEGEVENSDELING_ANCHORS": str(self.anchors),
            "GEGEVENSDELING_DATA_DOCS": str(self.path / "data_docs"),
            "GEGEVENSDELING_OVERVIEWS": str(self.path / "overviews"),
            "GEGEVENSDELING_ALERTS": str(self.path / "alerts"),
            "GEGEVENSDELING_APPROVERS": "admin",  # the one user of `airflow standalone`
        }

    def _connections(self, port: int, host_key: str, private_key: str) -> dict[str, str]:
        host = {"host_key": host_key, "private_key": private_key}
        return {
            "AIRFLOW_CONN_AGENCY_DB": f"sqlite:///{self.world}",
            "AIRFLOW_CONN_LEDGER_DB": f"sqlite:///{self.ledger}",
            "AIRFLOW_CONN_DROP_HOST": json.dumps(
                {"conn_type": "sftp", "host": "127.0.0.1", "port": port, "extra": host}
            ),
            "AIRFLOW_CONN_REFERENCE_KEY": self._key("reference"),
            "AIRFLOW_CONN_LEDGER_KEY": self._key("ledger"),
            "AIRFLOW_CONN_SIGNING_KEY": self._signing_key(),
        }

    def _key(self, name: str) -> str:
        """Made once: references and hashes stay the same from night to night."""
        path = self.path / f"{name}.key"
        if not path.exists():
            with writing(path) as part:
                part.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), "utf-8")
        return json.dumps({"conn_type": "generic", "login": "demo", "password": path.read_text("utf-8")})

    def _signing_key(self) -> str:
        """Made once, as the others."""
        path = self.path / "signing.key"
        if not path.exists():
            with writing(path) as part:
                part.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        return json.dumps({"conn_type": "generic", "extra": {"private_key": path.read_text("utf-8")}})
