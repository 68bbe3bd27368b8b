"""`gegevensdeling signing-key` around whole nights: a rotation, then a stolen key; each drop judged by ssh-keygen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.seal import signing_key_in
from pipeline.delivery.signature import SigningKey, signing_keys
from tests.support.night import House, lay, run_night
from tests.support.signing import allowed_signers, signing_environment, signing_key, ssh_keygen_verifies
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

NEW = signing_key(7)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with lay(tmp_path / "house", small_world({BRUGGE: 1, GENT: 1})) as house:
        house.enter(monkeypatch)
        monkeypatch.setenv("COLUMNS", "200")
        yield house


def keep(house: House, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    """In the secrets backend, for tasks and commands alike."""
    if value is None:
        house.environment.pop(f"AIRFLOW_CONN_{name.upper()}")
        monkeypatch.delenv(f"AIRFLOW_CONN_{name.upper()}")
    else:
        house.environment[f"AIRFLOW_CONN_{name.upper()}"] = value
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", value)


def night(house: House, days: int) -> dict[object, BaseException]:
    return dict(run_night(house.night(f"night {days}", at=datetime.now(UTC) + timedelta(days))).errors)


def drop_of(house: House, kbo: Kbo) -> tuple[str, bytes, Path]:
    """The stem, the manifest and where its signature lies, of the one drop there."""
    (go,) = house.out(kbo).glob("AANMELDING*.GO")
    manifest = go.with_suffix(".datapackage.json")
    return go.stem, manifest.read_bytes(), manifest.with_name(f"{manifest.name}.sig")


def is_signed_with(key: SigningKey, house: House, kbo: Kbo, *options: str) -> bool:
    _, manifest, signature = drop_of(house, kbo)
    return ssh_keygen_verifies(manifest, signature, allowed_signers(house.path, key), *options)


def test_a_rotation_leaves_two_keys_side_by_side_until_every_recipient_is_moved(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (old,) = signing_keys(house.connections)
    rotate = ("signing-key", "rotate", "--reason", "each year")
    assert night(house, 0) == {} and is_signed_with(old, house, GENT)
    assert main(rotate) == 1 and "is in use already: make a new one" in capsys.readouterr().err
    before = house.environment["AIRFLOW_CONN_SIGNING_KEY"]
    keep(house, monkeypatch, "signing_key", signing_environment(7))
    assert main(rotate) == 1 and "which the secrets backend does not hold: store it" in capsys.readouterr().err
    errors = night(house, 1)
    assert errors.keys() >= {BRUGGE, GENT} and "so nothing was sent: put it back" in str(errors[GENT])
    keep(house, monkeypatch, "signing_key_old", before)
    assert main(rotate) == 0
    said = capsys.readouterr().out
    assert "2 recipients are to be moved: give each its allowed_signers line below" in said
    for key in (old, NEW):
        assert f'opgroeien namespaces="gegevensdeling" {key.public_line} gegevensdeling' in said.splitlines()
    assert main(["seal", GENT, "--yes"]) == 0
    assert night(house, 1) == {}
    assert is_signed_with(NEW, house, GENT) and is_signed_with(old, house, BRUGGE)
    assert main([*rotate, "--end"]) == 1 and "was not ended: give each" in (said := capsys.readouterr().err)
    assert BRUGGE in said and GENT not in said
    assert main(["seal", "--all", "--yes"]) == 0 and main([*rotate, "--end"]) == 0
    keep(house, monkeypatch, "signing_key_old", None)
    assert night(house, 2) == {} and is_signed_with(NEW, house, BRUGGE)
    assert main(["signing-key", "show"]) == 0
    shown = capsys.readouterr().out
    assert f"{BRUGGE} {GENT}" in shown and shown.count("not held") == 1 and "end 20" in shown
    keep(house, monkeypatch, "signing_key", before)
    assert main(["seal", "--all", "--yes"]) == 1 and "was ended on" in capsys.readouterr().err


def test_a_stolen_key_signs_no_more_and_what_it_signed_before_is_listed_as_genuine(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (stolen,) = signing_keys(house.connections)
    assert night(house, 0) == {}
    genuine, manifest, _ = drop_of(house, GENT)
    since = datetime.now(UTC)
    assert night(house, 1) == {}
    suspect, _, signature = drop_of(house, GENT)
    revoke = ["signing-key", "revoke", stolen.fingerprint, "--by", "An Peeters", "--reason", "laptop", "--yes"]
    revoke += ["--out", str(tmp_path / "lists"), "--since"]
    assert main([*revoke, (since + timedelta(days=1)).isoformat()]) == 1 and "yet to come" in capsys.readouterr().err
    assert main([*revoke, since.isoformat()]) == 0
    said = capsys.readouterr().out
    assert suspect in said and genuine not in said and "2 recipients are to be moved" in said
    lists = tmp_path / "lists" / f"ingetrokken_{GENT}.txt"
    assert f"# echt {sha256(manifest).hexdigest()} {genuine}" in lists.read_text().splitlines()
    assert suspect not in lists.read_text() and BRUGGE not in lists.read_text()
    assert is_signed_with(stolen, house, GENT) and not is_signed_with(stolen, house, GENT, "-r", str(lists))
    errors = night(house, 2)
    assert isinstance(errors[GENT], SettingsError) and "was revoked on" in str(errors[GENT])
    assert drop_of(house, GENT)[0] == suspect and signature.exists(), "nothing else was put"
    assert main(["seal", "--all", "--yes"]) == 1 and "by An Peeters" in capsys.readouterr().err
    keep(house, monkeypatch, "signing_key", signing_environment(7))
    assert main(["seal", "--all", "--yes"]) == 0
    assert night(house, 2) == {} and is_signed_with(NEW, house, GENT, "-r", str(lists))
    known = load_recipients(house.home.recipients)
    assert {signing_key_in(each.seal) for each in known.values()} == {NEW.fingerprint}
    assert main(["ledger", "verify"]) == 0
