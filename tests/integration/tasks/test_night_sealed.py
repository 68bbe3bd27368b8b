"""A whole night with encrypted and with exchanged recipients: who is not as sealed is stopped alone, before a byte."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.connections import require
from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.core.model import Kbo, Outcome, Publication, StagedFile
from pipeline.delivery.hosts import binding_of
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.delivery.seal import seal_of
from pipeline.delivery.sftp.folder import SftpFolder, SftpHost
from pipeline.demo.host import prepare
from pipeline.ledger.persons import ledger_key
from pipeline.tasks import nightly_delivery as tasks
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save, saved
from tests.support.servers.gnupg import Gpg
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, small_world


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("sealed"), small_world({BRUGGE: 2, LEUVEN: 2, GENT: 2})) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SavedHouse, StagedFile]]:
    """A night up to its release, in a house of the module."""
    folder = tmp_path_factory.mktemp("sealed")
    with lay(folder / "house", small_world({BRUGGE: 2, LEUVEN: 2, GENT: 2})) as house:
        night = house.night()
        released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
        yield save(house, folder / "copy"), released.staged_release


@dataclass(frozen=True)
class Released:
    """The module's house as it was released, with only the deliveries to do."""

    house: House
    release: StagedFile

    def deliver(self, kbo: Kbo) -> Publication:
        return tasks.deliver_night(self.house.night(), self.release, kbo)


@pytest.fixture
def released(laid: tuple[SavedHouse, StagedFile]) -> Released:
    house, release = laid
    return Released(house.anew(), release)


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
    save_recipients(house.home.recipients, known.values())


def encrypt_for(house: House, kbo: Kbo, key: bytes) -> Path:
    """Put the public key in place and seal."""
    path = house.path / f"{kbo}.asc"
    path.write_bytes(key)
    change(house, kbo, encryption=str(path))
    house.seal()
    return path


ALWAYS = {"datapackage.json", "datapackage.json.sig", "GO"}


def drop_of(house: House, kbo: Kbo) -> dict[str, bytes]:
    return {path.name.partition(".")[2]: path.read_bytes() for path in house.out(kbo).iterdir()}


def test_a_drop_exists_outside_the_agency_only_encrypted(house: House, gnupg: Gpg) -> None:
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.rsa()))
    run = run_night(house.night())
    assert not run.errors
    found = drop_of(house, LEUVEN)
    assert found.keys() == {"csv.pgp", "wijzigingen.csv.pgp", *ALWAYS}
    resource, changes = json.loads(found["datapackage.json"])["resources"]
    opened = gnupg.decrypt(found["csv.pgp"])
    assert len(opened) == resource["decrypted"]["bytes"]
    theirs = [line.split(b";")[2] for line in opened.splitlines()[1:]]
    assert len(theirs) == 2 and all(b"achter" in name for name in theirs), "last names of the small world"
    told = gnupg.decrypt(found["wijzigingen.csv.pgp"])
    assert len(told) == changes["decrypted"]["bytes"] and told.count(b";nieuw") == 2
    assert drop_of(house, BRUGGE).keys() == {"csv", "wijzigingen.csv", *ALWAYS}, "the others as before"
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
def test_who_is_not_as_sealed_is_stopped_before_anything_is_connected_to(
    released: Released, gnupg: Gpg, connected: list[str], spoil: Callable[[House, Gpg], None], says: str
) -> None:
    spoil(released.house, gnupg)
    with pytest.raises(SettingsError, match=f"recipient {LEUVEN}: {says}"):
        released.deliver(LEUVEN)
    nothing_went_to(released.house, connected, LEUVEN)


def nothing_went_to(house: House, connected: list[str], *kbos: Kbo) -> None:
    assert connected == []
    for kbo in kbos:
        assert not list(house.out(kbo).iterdir())
        assert (kbo, "intent") not in house.ledger_lines()


def test_the_others_get_theirs_and_a_renewed_key_mends_it(house: House, gnupg: Gpg, connected: list[str]) -> None:
    expired(house, gnupg)
    run = run_night(house.night())
    assert {one.kbo for one in run.publications} == {BRUGGE, GENT}
    assert run.errors.keys() == {LEUVEN, "close"} and "OCMW Leuven" in str(run.errors["close"])
    assert len(connected) == 2 and not [account for account in connected if LEUVEN in account]
    encrypt_for(house, LEUVEN, gnupg.public(gnupg.curve25519()))
    mended = run_night(house.night("mended"))
    assert not mended.errors and drop_of(house, LEUVEN).keys() == {
        "csv.pgp",
        "wijzigingen.csv.pgp",
        *ALWAYS,
    }


@pytest.mark.parametrize("what", [("account",), ("seal",), ("account", "seal")], ids="+".join)
def test_two_recipients_exchanged_are_both_stopped(
    released: Released, connected: list[str], what: tuple[str, ...]
) -> None:
    path = released.house.home.recipients
    known = load_recipients(path)
    one, other = known[LEUVEN], known[BRUGGE]
    known[LEUVEN] = replace(one, **{name: getattr(other, name) for name in what})
    known[BRUGGE] = replace(other, **{name: getattr(one, name) for name in what})
    save_recipients(path, known.values())
    for kbo in (LEUVEN, BRUGGE):
        with pytest.raises(SettingsError, match=f"recipient {kbo}: its settings are not those that were sealed"):
            released.deliver(kbo)
    nothing_went_to(released.house, connected, LEUVEN, BRUGGE)


@pytest.mark.parametrize("changed", ["host_key", "port", "host"])
def test_a_connection_that_is_exchanged_stops_everyone_on_it(
    released: Released, connected: list[str], changed: str, tmp_path: Path
) -> None:
    connection = json.loads(released.house.environment["AIRFLOW_CONN_DROP_HOST"])
    other = prepare(tmp_path / "other", []).host_public
    values = {"host_key": other, "port": connection["port"] + 1, "host": "localhost"}
    (connection["extra"] if changed == "host_key" else connection)[changed] = values[changed]
    released.house.environment["AIRFLOW_CONN_DROP_HOST"] = json.dumps(connection)
    for kbo in (BRUGGE, LEUVEN, GENT):
        with pytest.raises(SettingsError, match=f"recipient {kbo}: its settings are not those that were sealed"):
            released.deliver(kbo)
    nothing_went_to(released.house, connected, BRUGGE, LEUVEN, GENT)


@pytest.mark.parametrize(("kbo", "cut"), [(BRUGGE, "csv.pgp"), (LEUVEN, "datapackage.json"), (GENT, "GO")])
def test_a_drop_that_is_rendered_again_replaces_what_an_earlier_try_left(
    released: Released, gnupg: Gpg, monkeypatch: pytest.MonkeyPatch, kbo: Kbo, cut: str
) -> None:
    """Other bytes under the same names: the ledger follows, and what lies there in the end is one whole drop."""
    encrypt_for(released.house, kbo, gnupg.public(gnupg.rsa()))
    put, sent = SftpFolder.put, []

    def cut_off(folder: SftpFolder, source: Path, name: str, *more: Any) -> None:
        if name.endswith(cut):
            raise DeliveryTransient("the line was cut")
        put(folder, source, name, *more)
        sent.append(source.read_bytes())

    with monkeypatch.context() as patched:
        patched.setattr(SftpFolder, "put", cut_off)
        with pytest.raises(DeliveryTransient, match="the line was cut"):
            released.deliver(kbo)
    assert "GO" not in drop_of(released.house, kbo)
    assert released.deliver(kbo).outcome is Outcome.PUBLISHED
    (whole,) = whole_drops(released.house.out(kbo))
    data, _ = whole.data.values()
    assert data not in sent
    assert len(gnupg.decrypt(data)) == whole.manifest["resources"][0]["decrypted"]["bytes"]
    kinds = [kind for one, kind in released.house.ledger_lines() if one == kbo]
    assert kinds.count("intent") >= 2 and kinds.count("published") == 1
