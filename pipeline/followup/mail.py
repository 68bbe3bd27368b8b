"""Sends an e-mail over SMTP, by the Airflow connection `mail`: encrypted unless the connection says otherwise."""

import logging
import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage

from pipeline.core.connections import Connection
from pipeline.core.errors import DeliveryTransient, SettingsError

log = logging.getLogger(__name__)

CONNECTION = "mail"
SECURITY = ("starttls", "tls", "none")
TRANSIENT = range(400, 500)
"""Reply codes of a server that may accept the message later (RFC 5321, 4.2.1)."""


def send_mail(connection: Connection, to: str, subject: str, text: str, timeout: float) -> None:
    """Hand one message of plain text to the mail server; of several addresses those that it refuses are a warning,
    unless it refuses all. `timeout` in seconds bounds each read of its answers.

    The connection's extra: `sender` (the address for an answer), `security` (starttls, tls, or a written-out none), and
    `ca_file` for a server whose certificate is signed by the agency's own authority.
    Raises DeliveryTransient for a failure that may pass, SettingsError for one that a person must mend.
    """
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, _sender(connection), to
    message.set_content(text)
    try:
        with closing(_connected(connection, timeout)) as server:
            refused = server.send_message(message)
            if refused:  # of several recipients, not all
                log.warning("connection %s: the mail server refuses %d recipients", connection.conn_id, len(refused))
            with suppress(OSError, smtplib.SMTPException):  # the message is accepted: ignore errors of QUIT
                server.quit()
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        raise _failure(connection, error) from None


def greet_mail_server(connection: Connection, timeout: float) -> None:
    """As far as a message would get without being sent: reached, its certificate trusted, logged in. Raises as
    `send_mail`."""
    _sender(connection)
    try:
        with closing(_connected(connection, timeout)) as server:
            server.noop()
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        raise _failure(connection, error) from None


def _failure(connection: Connection, error: Exception) -> DeliveryTransient | SettingsError:
    """The error to raise: what a person must mend, or a failure that is tried again."""
    name = f"connection {connection.conn_id}"
    match error:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            return _refused(connection, "refuses the recipient", codes[0])
        case smtplib.SMTPResponseException():
            return _refused(connection, "refuses it", error.smtp_code)
        case UnicodeError():
            return SettingsError(f"{name}: its login or password is not ASCII: correct it")
        case smtplib.SMTPNotSupportedError():
            return SettingsError(f"{name}: the mail server offers no STARTTLS or no login: correct `security`")
        case ssl.SSLCertVerificationError():
            return SettingsError(
                f"{name}: the mail server's certificate is not trusted: "
                "correct the host, or name its authority in `ca_file`"
            )
    return DeliveryTransient(f"{name}: the mail server failed ({type(error).__name__}): it is tried again")


def _connected(connection: Connection, timeout: float) -> smtplib.SMTP:
    """A session with the mail server, logged in where the connection has a login."""
    security, port = connection.extra.get("security", "starttls"), connection.port or 0
    if security not in SECURITY or not connection.host:
        known = ", ".join(SECURITY)
        raise SettingsError(
            f"connection {connection.conn_id} lacks its host, or a `security` among {known}: correct it"
        )
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(connection.host, port, timeout=timeout, context=_trust(connection))
    else:
        server = smtplib.SMTP(connection.host, port, timeout=timeout)
    try:
        if security == "starttls":
            server.starttls(context=_trust(connection))
        if connection.login:
            server.login(connection.login, connection.password or "")
    except (OSError, UnicodeError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _trust(connection: Connection) -> ssl.SSLContext:
    path = connection.extra.get("ca_file")
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, TypeError):
        raise SettingsError(f"connection {connection.conn_id}: ca_file cannot be read: correct it") from None


def _sender(connection: Connection) -> str:
    sender = connection.extra.get("sender")
    if not isinstance(sender, str) or "@" not in sender or not sender.isprintable():
        raise SettingsError(f"connection {connection.conn_id} lacks extra sender, an e-mail address: add it")
    return sender


def _refused(connection: Connection, what: str, code: int) -> DeliveryTransient | SettingsError:
    said = f"connection {connection.conn_id}: the mail server {what} (reply {code})"
    if code in TRANSIENT:
        return DeliveryTransient(f"{said}: it is tried again")
    return SettingsError(f"{said}: correct its login, its sender, or the recipient's address in recipients.toml")
