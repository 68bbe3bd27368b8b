"""A whole night with encrypted and with exchanged recipients: who is not as sealed is stopped alone, before a byte."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.hosts import binding_of
from pipeline.adapters.sftp import SftpFolder, SftpHost
from pipeline.connections import require
from pipeline.demo.host import prepare
from pipeline.errors import DeliveryTransient, SettingsError
from pipeline.model import Kbo
from pipeline.night import ledger_key
from pipeline.recipients import load_recipients, recipients_toml
from pipeline.seal import seal_of
from tests.gnupg import Gpg
from tests.night import House, Run, lay, run_night
from tests.small_world import BRUGGE, GENT, LEUVEN, small_world


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with lay(tmp_path / "house", small_world({BRUGGE: 2, LEUVEN: 2, GENT: 2})) as laid:
        yield laid


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The account of every connection that is begun."""
    accounts: list[str] = []
    open_ = SftpHost.open

    def noted(host: SftpHost) -> AbstractContextManager[SftpFolder]:
        accounts.append(host.endpoint.account)
        return open_(host)

    monkeypatch.setattr(SftpHost, "open", noted)
    return accounts


def change(house: House, kbo: Kbo, **values: Any) -> None:
    """In recipients.toml, without sealing."""
    known = load_recipients(house.home.recipients)
    known[kbo] = replace(known[kbo], **values)
    house.home.recipients.write_text(recipients_toml(known.values()))


def encrypt_for(house: House, kbo: Kbo, key: bytes) -> Path:
    """Put the public key in place and seal."""
    path = house.path / f"{kbo}.asc"
    path.write_bytes(key)
    change(house, kbo, encryption=str(path))
    house.seal()
    return path


def only_refused(run: Run, *kbos: Kbo) -> None:
    assert {one.kbo for one in run.publications} == {BRUGGE, LEUVEN, GENT} - set(kbos)
    assert run.errors.keys() == {*kbos, "close"} and all(isinstance(run.errors[kbo], SettingsError) for kbo in kbos)


def drop_of(house: House, kbo: Kbo) -> dict[str, bytes]:
    return {path.name.partition(".")[2]: path.read_bytes() for path in house.out(kbo).iterdir()}


def test_a_drop_exists_outside_the_agency_only_encrypted(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa()))
    run = run_night(house.night())
    assert not run.errors
    found = drop_of(house, LEUVEN)
    assert found.keys() == {"csv.pgp", "datapackage.json", "GO"}
    (resource,) = json.loads(found["datapackage.json"])["resources"]
    opened = gnupg.decrypt(found["csv.pgp"])
    assert len(opened) == resource["decrypted"]["bytes"]
    theirs = [line.split(b";")[2] for line in opened.splitlines()[1:]]
    assert len(theirs) == 2 and all(b"achter" in name for name in theirs), "last names of the small world"
    assert drop_of(house, BRUGGE).keys() == {"csv", "datapackage.json", "GO"}, "the others as before"
    left = [path for path in house.path.rglob("*") if path.is_file() and path != house.home.world]
    assert [path for path in left for name in theirs if name in path.read_bytes()] == []


def expired(house: House, gnupg: Gpg) -> None:
    """Sealed while it was alive."""
    fingerprint = gnupg.key("expired", expires="1y", subkey_expires="1y")
    path = house.path / "expired.asc"
    path.write_bytes(gnupg.public(fingerprint))
    change(house, LEUVEN, encryption=str(path))
    settings = load_recipients(house.home.recipients)[LEUVEN]
    binding = binding_of(settings, require(house.connections, settings.connection), fingerprint.lower())
    change(house, LEUVEN, seal=seal_of(binding, ledger_key(house.connections)))


def revoked(house: House, gnupg: Gpg) -> None:
    gnupg.home.joinpath("kept").write_bytes(gnupg.public(gnupg.key("revoked-later")))
    path = encrypt_for(house, LEUVEN, gnupg.home.joinpath("kept").read_bytes())
    path.write_bytes(gnupg.public(gnupg.revoked("revoked-later")))


def gone(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa())).unlink()


def another(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa())).write_bytes(gnupg.public(gnupg.curve25519()))


def secret(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa())).write_bytes(gnupg.secret(gnupg.rsa()))


def in_clear(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa()))
    change(house, LEUVEN, encryption="none")


def unsealed(house: House, _: Gpg) -> None:
    change(house, LEUVEN, seal="")


def another_folder(house: House, _: Gpg) -> None:
    change(house, LEUVEN, folder="/")


STOPPED: dict[str, tuple[Callable[[House, Gpg], None], str]] = {
    "expired": (expired, "its OpenPGP key expired on 2020-12-31: ask the recipient for its renewed public key"),
    "revoked": (revoked, "its OpenPGP key is revoked: ask the recipient"),
    "gone": (gone, "its OpenPGP key cannot be read"),
    "another's key": (another, "its settings are not those that were sealed"),
    "secret": (secret, "its OpenPGP key holds a secret key"),
    "in clear": (in_clear, "its settings are not those that were sealed"),
    "unsealed": (unsealed, "its settings are not sealed"),
    "another folder": (another_folder, "its settings are not those that were sealed"),
}


@pytest.mark.parametrize(("spoil", "says"), STOPPED.values(), ids=STOPPED)
def test_that_recipient_is_stopped_alone_before_anything_is_connected_to(
    house: House, gnupg: Gpg, connected: list[str], spoil: Callable[[House, Gpg], None], says: str
) -> None:
    spoil(house, gnupg)
    run = run_night(house.night())
    only_refused(run, LEUVEN)
    assert f"recipient {LEUVEN}: {says}" in str(run.errors[LEUVEN])
    assert "OCMW Leuven" in str(run.errors["close"])
    assert len(connected) == 2 and not [account for account in connected if LEUVEN in account]
    assert not list(house.out(LEUVEN).iterdir())
    assert (LEUVEN, "intent") not in house.ledger_lines()
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.curve25519()))
    mended = run_night(house.night("mended"))
    assert not mended.errors and drop_of(house, LEUVEN).keys() == {"csv.pgp", "datapackage.json", "GO"}


@pytest.mark.parametrize("what", [("account",), ("seal",), ("account", "seal")], ids="+".join)
def test_two_recipients_exchanged_are_both_stopped(house: House, connected: list[str], what: tuple[str, ...]) -> None:
    known = load_recipients(house.home.recipients)
    one, other = known[LEUVEN], known[BRUGGE]
    known[LEUVEN] = replace(one, **{name: getattr(other, name) for name in what})
    known[BRUGGE] = replace(other, **{name: getattr(one, name) for name in what})
    house.home.recipients.write_text(recipients_toml(known.values()))
    only_refused(run_night(house.night()), LEUVEN, BRUGGE)
    assert len(connected) == 1 and GENT in connected[0]


@pytest.mark.parametrize("changed", ["host_key", "port", "host"])
def test_a_connection_that_is_exchanged_stops_everyone_on_it(
    house: House, connected: list[str], changed: str, tmp_path: Path
) -> None:
    connection = json.loads(house.environment["AIRFLOW_CONN_DROP_HOST"])
    other = prepare(tmp_path / "other", []).host_public
    values = {"host_key": other, "port": connection["port"] + 1, "host": "localhost"}
    (connection["extra"] if changed == "host_key" else connection)[changed] = values[changed]
    house.environment["AIRFLOW_CONN_DROP_HOST"] = json.dumps(connection)
    only_refused(run_night(house.night()), LEUVEN, BRUGGE, GENT)
    assert connected == []


@pytest.mark.parametrize("cut", ["csv.pgp", "datapackage.json", "GO"])
def test_a_drop_that_is_rendered_again_replaces_what_an_earlier_try_left(
    house: House, gnupg: Gpg, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """Other bytes under the same names: the ledger follows, and what lies there in the end is one whole drop."""
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa()))
    put, sent = SftpFolder.put, []

    def cut_off(folder: SftpFolder, source: Path, name: str, *more: Any) -> None:
        if name.endswith(cut) and LEUVEN in name:
            raise DeliveryTransient("the line was cut")
        put(folder, source, name, *more)
        sent.append(source.read_bytes())

    with monkeypatch.context() as patched:
        patched.setattr(SftpFolder, "put", cut_off)
        first = run_night(house.night("first"))
    assert first.errors.keys() == {LEUVEN, "close"} and "GO" not in drop_of(house, LEUVEN)
    second = run_night(house.night("second"))
    assert not second.errors
    found = drop_of(house, LEUVEN)
    assert found.keys() == {"csv.pgp", "datapackage.json", "GO"}
    assert found["csv.pgp"] not in sent
    assert str(len(gnupg.decrypt(found["csv.pgp"]))) in found["datapackage.json"].decode()
    kinds = [kind for kbo, kind in house.ledger_lines() if kbo == LEUVEN]
    assert kinds[0] == "intent" and kinds.count("intent") >= 2 and kinds.count("published") == 1
