"""From settings and a connection to where drops go; what is missing is said by name, never by value."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from pipeline.core.connections import Connection, Connections
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.delivery import hosts
from pipeline.delivery.hosts import sealed
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.seal import seal_of
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.ledger.persons import ledger_key
from tests.support.signing import signing_connection

GENT = Kbo("0212214125")
RECIPIENT = RecipientSettings(GENT, "ocmw-gent", "/out", "none")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
EXTRA = {"host_key": HOST_KEY, "private_key": "geheim"}
SIGNING = signing_connection()
LEDGER_KEY = Connection("ledger_key", "generic", login="2026", password=base64.b64encode(bytes(32)).decode())


def connections(conn_id: str = "drop_host", **changes: Any) -> Connections:
    values = {"host": "sftp.example.org", "port": 2222, "extra": EXTRA} | changes
    return {conn_id: Connection(conn_id, "sftp", **values), "ledger_key": LEDGER_KEY, "signing_key": SIGNING}.get


def host_of(recipient: RecipientSettings, found: Connections, settings: Settings) -> SftpHost:
    """Of settings that were sealed as they are."""
    (sealed_now,) = sealed([recipient], found)
    return hosts.host_of(sealed_now, found, settings)


def test_account_and_folder_are_the_recipient_s_and_the_rest_the_connection_s() -> None:
    host = host_of(RECIPIENT, connections(login="someone else"), Settings(connect_timeout_seconds=3))
    assert str(host.endpoint) == "ocmw-gent@sftp.example.org:2222"
    assert host.endpoint.folder == "/out"
    assert (host.endpoint.host_key, host.endpoint.private_key) == (HOST_KEY, "geheim")
    assert host.settings.connect_timeout_seconds == 3


def test_the_port_is_22_unless_said_otherwise() -> None:
    assert host_of(RECIPIENT, connections(port=None), Settings()).endpoint.port == 22


def test_the_private_key_may_rest_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("geheim")
    extra = {"host_key": HOST_KEY, "key_file": str(tmp_path / "key")}
    assert host_of(RECIPIENT, connections(extra=extra), Settings()).endpoint.private_key == "geheim"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"host": None}, "connection drop_host lacks host: add it"),
        ({"host": ""}, "connection drop_host lacks host: add it"),
        ({"extra": {"private_key": "geheim"}}, "connection drop_host lacks extra host_key: add it"),
        ({"extra": {"host_key": HOST_KEY}}, "connection drop_host lacks extra private_key or key_file: add it"),
        ({"extra": {**EXTRA, "host_key": ""}}, "connection drop_host lacks extra host_key: add it"),
        ({"extra": {**EXTRA, "host_key": 5}}, "connection drop_host lacks extra host_key: add it"),
        ({"extra": {**EXTRA, "host_key": "x"}}, "host_key in its connection is not a public key: correct it"),
        ({"extra": {**EXTRA, "private_key": ["geheim"]}}, "connection drop_host lacks extra private_key or key_file"),
        ({"extra": {**EXTRA, "key_file": 5}}, "connection drop_host: key_file is not a path"),
        ({"extra": {**EXTRA, "key_file": ""}}, "connection drop_host: key_file is not a path"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        host_of(RECIPIENT, connections(**changes), Settings())
    assert says in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_key_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, content in (("missing", None), ("binary", b"\xff\xfe\x00")):
        if content:
            (tmp_path / path).write_bytes(content)
        with pytest.raises(SettingsError, match="key_file cannot be read"):
            host_of(RECIPIENT, connections(extra={**EXTRA, "key_file": str(tmp_path / path)}), Settings())


def test_a_recipient_s_own_host_is_another_connection() -> None:
    own = RecipientSettings(GENT, "agentschap", "/in", "none", connection=f"drop_host_{GENT}")
    with pytest.raises(
        SettingsError, match=f"connection drop_host_{GENT} is missing: set AIRFLOW_CONN_DROP_HOST_{GENT}"
    ):
        host_of(own, connections(), Settings())
    found = connections(own.connection, host="own.example.org", port=None)
    assert str(host_of(own, found, Settings()).endpoint) == "agentschap@own.example.org:22"


def test_keys_are_in_no_repr() -> None:
    host = host_of(RECIPIENT, connections(password="geheim"), Settings())
    assert "geheim" not in repr(host) + repr(connections(password="geheim")("drop_host"))
    assert HOST_KEY.split()[1] not in repr(host) + repr(connections()("drop_host"))


# A place on record


OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def two_hosts(**by_name: dict[str, Any]) -> Connections:
    """By the name of a connection, what differs from the usual."""
    return {name: Connection(name, "sftp", **{"host": name, "extra": EXTRA} | how) for name, how in by_name.items()}.get


def test_a_place_says_where_a_drop_would_lie_today() -> None:
    place = hosts.drop_place_of(RECIPIENT, connections(), "i1")
    assert (place.installation, place.connection, place.account, place.folder) == (
        "i1",
        "drop_host",
        "ocmw-gent",
        "/out",
    )
    assert place.host_key.startswith("SHA256:")


def test_the_host_of_a_place_on_record_is_found_by_its_connection_of_then() -> None:
    place = hosts.drop_place_of(RECIPIENT, connections())
    moved = two_hosts(drop_host={}, drop_host_0212214125={"extra": {**EXTRA, "host_key": OTHER_KEY}})
    found = hosts.host_at(place, moved, Settings()).endpoint
    assert (found.host, found.port, found.account, found.folder) == ("drop_host", 22, "ocmw-gent", "/out")


def test_where_the_connection_leads_elsewhere_now_the_one_of_before_is_taken() -> None:
    place = hosts.drop_place_of(RECIPIENT, connections())
    exchanged = two_hosts(drop_host={"extra": {**EXTRA, "host_key": OTHER_KEY}}, drop_host_old={})
    assert hosts.host_at(place, exchanged, Settings()).endpoint.host == "drop_host_old"


@pytest.mark.parametrize(
    "known",
    [{}, {"drop_host": {"extra": {**EXTRA, "host_key": OTHER_KEY}}}, {"drop_host": {"extra": {}}}, {"other": {}}],
)
def test_no_host_with_another_key_is_taken_for_the_one_on_record(known: dict[str, Any]) -> None:
    place = hosts.drop_place_of(RECIPIENT, connections())
    with pytest.raises(SettingsError, match="neither connection drop_host nor drop_host_old has the host key SHA256:"):
        hosts.host_at(place, two_hosts(**known), Settings())


def test_a_signing_key_that_is_not_to_be_had_stops_what_is_sent_and_not_what_is_taken_away() -> None:
    held = {"drop_host": connections()("drop_host"), "ledger_key": LEDGER_KEY, "signing_key": SIGNING}
    (named,) = sealed([RECIPIENT], held.get)
    held["signing_key"] = signing_connection(2)
    with pytest.raises(SettingsError, match=f"recipient {GENT}: signing key SHA256:.*nothing was sent: put it back"):
        hosts.host_of(named, held.get, Settings())
    assert hosts.host_of(named, held.get, Settings(), sending=False)
    held["signing_key_old"] = SIGNING
    assert hosts.host_of(named, held.get, Settings())
    before = hosts.binding_of(RECIPIENT, held["drop_host"], "none")
    old = replace(RECIPIENT, seal=seal_of(before, ledger_key(held.get)))
    with pytest.raises(SettingsError, match="its seal names no signing key, so nothing was sent: run gegevensdeling"):
        hosts.host_of(old, held.get, Settings())
    assert hosts.host_of(old, held.get, Settings(), sending=False)
