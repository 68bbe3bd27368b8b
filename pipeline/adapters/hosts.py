"""A recipient's host: the connection that its settings name, with the account and folder that they give."""

from pathlib import Path
from typing import Any

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
    if not isinstance(path, str) or not path:
        raise SettingsError(f"connection {connection.conn_id}: key_file is not a path: correct it")
    try:
        return Path(path).read_text()
    except (OSError, ValueError) as error:
        why = type(error).__name__
        raise SettingsError(f"connection {connection.conn_id}: key_file cannot be read ({why}): correct it") from None


def _required(connection: Connection, what: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"connection {connection.conn_id} lacks {what}: add it")
    return value
