"""A real mail server on 127.0.0.1 (aiosmtpd) with a certificate of its own, which keeps what it is handed."""

import json
import shlex
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pipeline.core.connections import Connection
from tests.support.servers.services import free_port

_OF_AIRFLOW = ("conn_type", "host", "port", "login", "password", "extra")


@dataclass
class Server:
    """`reply`, when set, is what it answers to every recipient's address; `unknown` is an address that it refuses."""

    port: int
    certificate: Path
    reply: str = ""
    unknown: str = ""
    leave: str = "221 Bye"
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.reply or address == self.unknown:
            return self.reply or "550 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return self.leave

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def connection(self, password: str = "secret", **extra: object) -> Connection:
        """As the agency's Airflow has it."""
        given = {"sender": "gegevensdeling@agency.example.org", "ca_file": str(self.certificate)} | extra
        return Connection("mail", "smtp", "localhost", self.port, "agency", password, extra=given)

    def alerting(self, **groups: str) -> dict[str, str]:
        """The environment in which these groups are told, whatever the hour at which a test runs."""
        mail = {name: getattr(self.connection(), name) for name in _OF_AIRFLOW}
        told = {f"GEGEVENSDELING_ALERT_{group.upper()}": address for group, address in groups.items()}
        hours = {"GEGEVENSDELING_FEEDS_DUE_HOUR": "0.01", "GEGEVENSDELING_NIGHT_DUE_HOUR": "0.01"}
        return told | hours | {"AIRFLOW_CONN_MAIL": json.dumps(mail)}

    def took(self) -> list[tuple[str, str, str]]:
        """For whom, subject and text of each mail since the last time."""
        found = [(one["To"], one["Subject"].strip(), one.get_content().replace("\r\n", "\n")) for one in self.received]
        self.received.clear()
        return found


def accounts(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"agency", b"secret"), handled=False)


@contextmanager
def mail_server(folder: Path, *, tls: bool = True) -> Iterator[Server]:
    """It insists on STARTTLS and a login; without `tls` it offers neither."""
    key, certificate = folder / "mail.key", folder / "mail.crt"
    made = shlex.split(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    )
    files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*made, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = Server(free_port(), certificate)
    safe = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": accounts}
    controller = Controller(server, "127.0.0.1", server.port, **(safe if tls else {}))
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
