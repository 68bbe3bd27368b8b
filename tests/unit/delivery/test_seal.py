"""What is bound together, and that exchanging any one of it is refused in words that give nothing away."""

import base64
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pysequoia import Tsk

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.delivery.hosts import host_of, sealed
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.seal import Binding, refuse_unsealed, seal_of, signing_key_in
from pipeline.ledger.persons import LedgerKey
from tests.support.signing import signing_connection, signing_key

KEY = LedgerKey("2026-11", bytes(range(32)))
GENT = Binding(
    Kbo("0212214125"), "drop_host", "sftp.example.org", 22, "ocmw-gent", "/out", "SHA256:aaaa", "ab" * 20,
    signing_key(1).fingerprint,
)  # fmt: skip
AALST = Binding(
    Kbo("0212237387"), "drop_host_0212237387", "own.example.org", 2222, "agentschap", "/in", "SHA256:bbbb", "none",
    signing_key(2).fingerprint,
)  # fmt: skip
WAY_BACK = ["way_back", "way_back_folder"]
NAMES = [field.name for field in fields(Binding) if field.name not in WAY_BACK]


def test_a_seal_names_the_three_keys_and_hides_its_own() -> None:
    key_id, public_key, signer, digest = seal_of(GENT, KEY).split(":")
    assert (key_id, public_key, len(digest)) == ("2026-11", "ab" * 20, 64)
    assert f"SHA256:{signer}" == signing_key_in(seal_of(GENT, KEY)) == signing_key(1).fingerprint
    assert seal_of(GENT, KEY) == seal_of(replace(GENT), KEY), "the same again"
    assert replace_settings(seal=seal_of(GENT, KEY)).sealed_key == "ab" * 20
    assert replace_settings(seal=seal_of(AALST, KEY)).sealed_key == "none"


def replace_settings(**changes: Any) -> RecipientSettings:
    return RecipientSettings(**({"kbo": GENT.kbo, "account": "a", "folder": "/", "encryption": "none"} | changes))


def test_what_was_sealed_passes() -> None:
    for binding in (GENT, AALST):
        refuse_unsealed(binding, seal_of(binding, KEY), KEY)


BEFORE_THE_WAY_BACK = "9a942e459abf47ec4c2ce7f1214ac0af7ca705630a90ce8583403b45b11a4c7e"
EXCHANGES = [names for count in range(1, len(NAMES) + 1) for names in combinations(NAMES, count)]


@pytest.mark.parametrize("names", EXCHANGES, ids="+".join)
def test_exchanging_any_of_it_between_two_recipients_refuses_both(names: tuple[str, ...]) -> None:
    for own, other in ((GENT, AALST), (AALST, GENT)):
        mixed = replace(own, **{name: getattr(other, name) for name in names})
        with pytest.raises(SettingsError) as refused:
            refuse_unsealed(mixed, seal_of(own, KEY), KEY)
        said = str(refused.value)
        assert said.startswith(f"recipient {mixed.kbo}: its settings are not those that were sealed")
        assert f"run gegevensdeling seal {mixed.kbo}" in said and "\n" not in said
        told = (own.account, other.account, own.host, other.host, "SHA256", "ab" * 20)
        assert [value for value in told if value in said] == [], "not what differs"


def test_a_way_back_is_sealed_and_a_seal_from_before_there_was_one_holds() -> None:
    """The keyed hash of GENT, as it was made then."""
    on = replace(GENT, way_back="art. 5", way_back_folder="/in")
    refuse_unsealed(on, seal_of(on, KEY), KEY)
    for other in (GENT, replace(on, way_back="art. 6"), replace(on, way_back_folder="/terug")):
        for one, sealed_as in ((on, other), (other, on)):
            with pytest.raises(SettingsError, match="not those that were sealed"):
                refuse_unsealed(one, seal_of(sealed_as, KEY), KEY)
    assert seal_of(GENT, KEY).endswith(BEFORE_THE_WAY_BACK)


def test_another_s_seal_is_no_seal() -> None:
    with pytest.raises(SettingsError, match="not those that were sealed"):
        refuse_unsealed(GENT, seal_of(AALST, KEY), KEY)


def test_values_that_run_into_each_other_are_told_apart() -> None:
    one, other = replace(GENT, account="a", folder='b","host":"c'), replace(GENT, account='a","folder":"b', folder="c")
    assert seal_of(one, KEY) != seal_of(other, KEY)
    assert seal_of(replace(GENT, account="11", port=1), KEY) != seal_of(replace(GENT, account="1", port=11), KEY)


def test_no_seal_is_refused_and_so_is_one_of_another_key() -> None:
    with pytest.raises(SettingsError, match="0212214125: its settings are not sealed: compare them"):
        refuse_unsealed(GENT, "", KEY)
    rotated = LedgerKey("2027-01", bytes(32))
    with pytest.raises(SettingsError, match="sealed with ledger key 2026-11, not with 2027-01: put that key back, or"):
        refuse_unsealed(GENT, seal_of(GENT, KEY), rotated)
    with pytest.raises(SettingsError, match="not those that were sealed"):
        refuse_unsealed(GENT, seal_of(GENT, KEY), LedgerKey("2026-11", bytes(32)))


@pytest.mark.parametrize("at", range(-64, 0))
def test_every_digit_of_the_hash_counts(at: int) -> None:
    seal = seal_of(GENT, KEY)
    changed = seal[:at] + ("0" if seal[at] != "0" else "1") + (seal[at:][1:])
    with pytest.raises(SettingsError, match="not those that were sealed"):
        refuse_unsealed(GENT, changed, KEY)


# Now as settings, connections and key files, two recipients on hosts of their own and in every respect different.


def host_key() -> str:
    return str(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip())


@pytest.fixture
def two(tmp_path: Path) -> dict[str, Any]:
    secret = {"private_key": "geheim"}
    found: dict[str, Any] = {
        "ledger_key": Connection("ledger_key", "generic", login="k", password=base64.b64encode(bytes(32)).decode()),
        "signing_key": signing_connection(),
    }
    for number, kbo in enumerate((GENT.kbo, AALST.kbo)):
        path = tmp_path / f"{kbo}.pgp"
        path.write_bytes(bytes(Tsk.generate(user_id=f"{kbo}@example.org").extract_certificate()))
        own = f"drop_host_{kbo}"
        found[own] = Connection(
            own, "sftp", host=f"h{number}", port=22 + number, extra={"host_key": host_key()} | secret
        )
        found[kbo] = RecipientSettings(kbo, f"account{number}", f"/{number}", str(path), own)
    both = [found[GENT.kbo], found[AALST.kbo]]
    return found | {each.kbo: each for each in sealed(both, found.get)}


def swap_settings(*names: str) -> Callable[[dict[str, Any]], None]:
    def swap(found: dict[str, Any]) -> None:
        one, other = found[GENT.kbo], found[AALST.kbo]
        found[GENT.kbo] = replace(one, **{name: getattr(other, name) for name in names})
        found[AALST.kbo] = replace(other, **{name: getattr(one, name) for name in names})

    return swap


def swap_connections(*names: str) -> Callable[[dict[str, Any]], None]:
    def swap(found: dict[str, Any]) -> None:
        ids = [f"drop_host_{kbo}" for kbo in (GENT.kbo, AALST.kbo)]
        one, other = (found[conn_id] for conn_id in ids)
        found[ids[0]] = replace(one, **{name: getattr(other, name) for name in names})
        found[ids[1]] = replace(other, **{name: getattr(one, name) for name in names})

    return swap


def swap_key_files(found: dict[str, Any]) -> None:
    one, other = (Path(found[kbo].encryption) for kbo in (GENT.kbo, AALST.kbo))
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


SWAPS: dict[str, Callable[[dict[str, Any]], None]] = {
    "account": swap_settings("account"),
    "folder": swap_settings("folder"),
    "account and folder": swap_settings("account", "folder"),
    "path of the public key": swap_settings("encryption"),
    "content of the key file": swap_key_files,
    "seal": swap_settings("seal"),
    "public key and seal": swap_settings("encryption", "seal"),
    "everything but the KBO": swap_settings("account", "folder", "encryption", "seal"),
    "host": swap_connections("host"),
    "port": swap_connections("port"),
    "host and port": swap_connections("host", "port"),
    "host key": swap_connections("extra"),
    "the whole connection": swap_connections("host", "port", "extra"),
}


def test_as_they_were_sealed_both_pass(two: dict[str, Any]) -> None:
    for kbo in (GENT.kbo, AALST.kbo):
        assert host_of(two[kbo], two.get, Settings()).endpoint.account == two[kbo].account


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
def test_two_recipients_that_exchange_anything_get_nothing(
    two: dict[str, Any], swap: Callable[[dict[str, Any]], None]
) -> None:
    swap(two)
    for kbo in (GENT.kbo, AALST.kbo):
        with pytest.raises(SettingsError, match=f"recipient {kbo}: its settings are not those that were sealed") as no:
            host_of(two[kbo], two.get, Settings())
        assert "geheim" not in str(no.value)


CHANGES: dict[str, dict[str, Any]] = {
    "the agency's host": {"connection": "drop_host"},
    "in clear after all": {"encryption": "none"},
    "another account": {"account": "account9"},
    "another folder": {"folder": "/0/"},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_recipient_that_is_changed_alone_gets_nothing(two: dict[str, Any], changes: dict[str, Any]) -> None:
    two["drop_host"] = replace(two[f"drop_host_{GENT.kbo}"], conn_id="drop_host")
    with pytest.raises(SettingsError, match="not those that were sealed"):
        host_of(replace(two[GENT.kbo], **changes), two.get, Settings())
    assert host_of(two[AALST.kbo], two.get, Settings())


def test_what_has_no_say_in_where_a_drop_goes_may_change(two: dict[str, Any]) -> None:
    own = two[f"drop_host_{GENT.kbo}"]
    kind, content = own.extra["host_key"].split()
    extra = {"host_key": f"{kind} {content} as read out on the phone", "private_key": "rotated"}
    two[own.conn_id] = replace(own, extra=extra, login="x")
    assert host_of(replace(two[GENT.kbo], formats=("xlsx",), expire_after_days=30), two.get, Settings())


def test_who_only_takes_away_needs_no_public_key_but_everything_else(two: dict[str, Any]) -> None:
    Path(two[GENT.kbo].encryption).unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        host_of(two[GENT.kbo], two.get, Settings())
    assert host_of(two[GENT.kbo], two.get, Settings(), sending=False)
    with pytest.raises(SettingsError, match="not those that were sealed"):
        host_of(replace(two[GENT.kbo], account="account1"), two.get, Settings(), sending=False)
    with pytest.raises(SettingsError, match="not sealed"):
        host_of(replace(two[GENT.kbo], seal=""), two.get, Settings(), sending=False)
    with pytest.raises(SettingsError, match="not those that were sealed"):
        host_of(replace(two[GENT.kbo], encryption="none"), two.get, Settings(), sending=False)


def test_without_the_ledger_key_nobody_is_served(two: dict[str, Any]) -> None:
    del two["ledger_key"]
    with pytest.raises(SettingsError, match="connection ledger_key is missing"):
        host_of(two[GENT.kbo], two.get, Settings())
