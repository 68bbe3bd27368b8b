"""Real receivers on 127.0.0.1 of what is seen from outside: a UDP socket for StatsD, an HTTP server for OpenLineage."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from tests.support.checking import judge_plainly_here


@dataclass
class Listeners:
    """`events`: each body with its headers, as they came."""

    udp: socket.socket
    http: HTTPServer
    events: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(self.udp.getsockname()[1]),
            "GEGEVENSDELING_LINEAGE_URL": f"http://127.0.0.1:{self.http.server_port}/api/v1/lineage",
            "AIRFLOW_CONN_LINEAGE": json.dumps({"conn_type": "http", "password": "s3cret"}),
        }

    def gauges(self) -> dict[str, float]:
        """Of ours, by name, what each was last."""
        found = {}
        self.udp.setblocking(False)
        try:
            while True:
                name, _, value = self.udp.recv(65536).decode().partition(":")
                if ".gegevensdeling." in name and value.endswith("|g"):
                    found[name.partition(".gegevensdeling.")[2]] = float(value.removesuffix("|g"))
        except BlockingIOError:
            return found


@contextmanager
def listeners() -> Iterator[Listeners]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        udp.bind(("127.0.0.1", 0))

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found.events.append((body, dict(self.headers)))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        found = Listeners(udp, HTTPServer(("127.0.0.1", 0), Handler))
        thread = Thread(target=found.http.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found.http.shutdown()
            found.http.server_close()


def judge_plainly_and_measure() -> None:
    """For a command's process, which had Airflow before it had its settings."""
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory
    from airflow.sdk.observability.stats import initialize

    judge_plainly_here()
    initialize(factory=get_stats_factory(), export_legacy_names=False)
