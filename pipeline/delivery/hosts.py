"""A recipient's host: connection, account and folder from the recipient's settings, compared with the seal."""

from collections.abc import Iterable
from dataclasses import replace

from pipeline.core.connections import Connection, Connections, require, required
from pipeline.core.errors import SettingsError
from pipeline.core.keys import private_key_text
from pipeline.core.settings import Settings
from pipeline.delivery.openpgp import recipient_key
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.seal import Binding, refuse_unsealed, seal_of, signing_key_in
from pipeline.delivery.sftp.folder import Endpoint, SftpHost
from pipeline.delivery.sftp.keys import host_key
from pipeline.delivery.signature import SigningKey, signing_key_of, signing_keys
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.persons import ledger_key

WAY_BACK_SECONDS = 120


def host_of(
    recipient: RecipientSettings, connections: Connections, settings: Settings, *, sending: bool = True
) -> SftpHost:
    """Connects to no host. Raises SettingsError when the connection is missing, or lacks host, pinned key or private
    key; when the recipient's OpenPGP key or the agency's signing key cannot be used; and when any of the sealed
    settings has changed.

    `sending` is False for a task that only reads or removes: neither of those two keys stops such a task.
    """
    connection = require(connections, recipient.connection)  # once: the sealed connection is the one that is used
    uses_key = sending or recipient.encryption == NO_ENCRYPTION
    binding = binding_of(recipient, connection, _fingerprint(recipient) if uses_key else recipient.sealed_key)
    binding = replace(binding, signing_key=signing_key_in(recipient.seal))
    refuse_unsealed(binding, recipient.seal, ledger_key(connections))
    if sending:
        sealed_signing_key(recipient, connections)
    keys = _host_key(connection), private_key_text(connection)
    return SftpHost(Endpoint(binding.host, binding.port, binding.account, binding.folder, *keys), settings)


def sealed_signing_key(recipient: RecipientSettings, connections: Connections) -> SigningKey:
    """The agency's key that signs for this recipient, by its seal. Raises SettingsError when it is not to be had."""
    who, fingerprint = f"recipient {recipient.kbo}", signing_key_in(recipient.seal)
    if not fingerprint:
        again = f"run gegevensdeling seal {recipient.kbo}"
        raise SettingsError(f"{who}: its seal names no signing key, so nothing was sent: {again}")
    try:
        return signing_key_of(connections, fingerprint)
    except SettingsError as error:
        raise SettingsError(f"{who}: {error}") from None


def drop_place_of(recipient: RecipientSettings, connections: Connections, installation: str = "") -> DropPlace:
    """Where a drop of today would lie. Raises SettingsError."""
    connection = require(connections, recipient.connection)
    pinned = host_key(_host_key(connection), f"recipient {recipient.kbo}")
    return DropPlace(installation, recipient.connection, pinned.fingerprint, recipient.account, recipient.folder)


def host_at(place: DropPlace, connections: Connections, settings: Settings) -> SftpHost:
    """The host of a place on record: by its connection of then, or by that name with `_old` behind it.

    The place on record is what binds here, not the seal of today. Raises SettingsError when neither connection has the
    host key on record.
    """
    for name in (place.connection, f"{place.connection}_old"):
        connection = connections(name)
        if connection is None or not connection.extra.get("host_key"):
            continue
        if host_key(_host_key(connection), f"connection {name}").fingerprint == place.host_key:
            host, keys = (
                required(connection, "host", connection.host),
                (_host_key(connection), private_key_text(connection)),
            )
            return SftpHost(Endpoint(host, connection.port or 22, place.account, place.folder, *keys), settings)
    raise SettingsError(
        f"neither connection {place.connection} nor {place.connection}_old has the host key {place.host_key}"
    )


def way_back_host_of(recipient: RecipientSettings, host: SftpHost) -> SftpHost:
    """The folder of the way back, on the very host and account of the drops."""
    endpoint = replace(host.endpoint, folder=recipient.folder_of_way_back)
    return replace(host, endpoint=endpoint, settings=way_back_settings(host.settings))


def way_back_settings(settings: Settings) -> Settings:
    """Of a visit to that folder, which is soon over: others come after it."""
    return replace(settings, delivery_deadline_seconds=min(WAY_BACK_SECONDS, settings.delivery_deadline_seconds))


def sealed(recipients: Iterable[RecipientSettings], connections: Connections) -> dict[RecipientSettings, Binding]:
    """The same settings, each with the seal of its present binding, and that binding: with the signing key in use.

    Raises SettingsError.
    """
    key, signer = ledger_key(connections), signing_keys(connections)[0].fingerprint
    sealed_bindings = {}
    for each in recipients:
        binding = binding_of(each, require(connections, each.connection), _fingerprint(each))
        binding = replace(binding, signing_key=signer)
        sealed_bindings[replace(each, seal=seal_of(binding, key))] = binding
    return sealed_bindings


def binding_of(recipient: RecipientSettings, connection: Connection, public_key: str) -> Binding:
    """From settings and connection. Raises SettingsError."""
    return Binding(
        kbo=recipient.kbo,
        connection=recipient.connection,
        host=required(connection, "host", connection.host),
        port=connection.port or 22,
        account=recipient.account,
        folder=recipient.folder,
        host_key=host_key(_host_key(connection), f"recipient {recipient.kbo}").fingerprint,
        public_key=public_key,
        way_back=recipient.way_back,
        way_back_folder=recipient.folder_of_way_back,
    )


def _fingerprint(recipient: RecipientSettings) -> str:
    key = recipient_key(recipient)
    return key.fingerprint if key else NO_ENCRYPTION


def _host_key(connection: Connection) -> str:
    return required(connection, "extra host_key", connection.extra.get("host_key"))
