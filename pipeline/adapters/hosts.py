"""A recipient's host: the connection that its settings name, with the account and folder that they give."""

from pathlib import Path

from pipeline.adapters.sftp import Endpoint, SftpHost
from pipeline.connections import Connection, Connections, require
from pipeline.errors import SettingsError
from pipeline.recipients import RecipientSettings
from pipeline.settings import Settings


def host_of(recipient: RecipientSettings, connections: Connections, settings: Settings) -> SftpHost:
    """Raises SettingsError when the connection is missing, or lacks its host, its pinned key or our private key."""
    connection = require(connections, recipient.connection)
    endpoint = Endpoint(
        host=_required(connection, "host", connection.host),
        port=connection.port or 22,
        account=recipient.account,
        folder=recipient.folder,
        host_key=_required(connection, "extra host_key", connection.extra.get("host_key")),
        private_key=_private_key(connection),
    )
    return SftpHost(endpoint, settings)


def _private_key(connection: Connection) -> str:
    """`private_key` as text, as a secrets backend holds it, or the path of a `key_file`."""
    path = connection.extra.get("key_file")
    if path is None:
        return _required(connection, "extra private_key or key_file", connection.extra.get("private_key"))
    try:
        return Path(path).read_text()
    except OSError as error:
        raise SettingsError(f"connection {connection.conn_id}: key_file cannot be read ({error.strerror})") from None


def _required(connection: Connection, what: str, value: str | None) -> str:
    if not value:
        raise SettingsError(f"connection {connection.conn_id} lacks {what}: add it")
    return value
