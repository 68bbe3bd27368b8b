"""The pages in docs/ontvanger, tried as they are written, with the real sftp and gpg commands on a real server."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.delivery import test_drop, verify
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import references
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.delivery.sftp.keys import host_key
from tests.golden.example import GOLDEN, SETTINGS, example
from tests.support import schema_page
from tests.support.docs import PAGES, commands_of
from tests.support.received import fetch, manifest_sha256, one_a_night, stem
from tests.support.servers.gnupg import Gpg
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import Site, openssh_site

KIT = sorted(path.name for path in PAGES.iterdir())
NOTICE = "INTREKKING_OPGROEIEN_0212214125_20260616_000001"
WITHOUT_TERMINAL = """set -eu
ssh-keygen() { case "$*" in *-lf*) command ssh-keygen "$@" ;; *) command ssh-keygen -q -N "" "$@" ;; esac; }
gpg() { command gpg --batch --quiet --pinentry-mode loopback --passphrase "" "$@"; }
"""
"""What a person would be asked: a passphrase. Nobody is there, and it is empty."""


@dataclass
class Recipient:
    """Somebody at an OCMW, with a folder, what the agency told it, and the pages."""

    folder: Path
    site: Site
    environment: dict[str, str] = field(default_factory=dict)

    def types(self, commands: str, expect: int = 0, **variables: str) -> str:
        """In a shell, in its folder; what was said. Fails unless it ends with `expect`."""
        given = os.environ | self.environment | variables
        shell = ["bash", "-c", WITHOUT_TERMINAL + commands]
        ran = subprocess.run(shell, cwd=self.folder, env=given, capture_output=True, text=True, timeout=300)
        assert ran.returncode == expect, (commands, ran.stdout, ran.stderr)
        return ran.stdout

    @property
    def fetched(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "leveringen").iterdir())


@pytest.fixture
def newcomer(openssh: OpenSsh, tmp_path: Path) -> Iterator[Recipient]:
    """Did nothing yet. What the agency told it: address, port and account."""
    site = openssh_site(openssh)
    folder = tmp_path / "bij het OCMW"
    folder.mkdir()
    shutil.copy(verify.__file__, folder / "verify.py")
    shutil.copy(PAGES / "haal-op.sh", folder)
    told = {"adres": "127.0.0.1", "poort": str(openssh.port), "account": site.endpoint.account}
    authorized = openssh.chroots / "keys" / site.endpoint.account
    before = authorized.read_bytes()
    yield Recipient(folder, site, told | {"sleutel": str(folder / "opgroeien")})
    authorized.write_bytes(before)


@pytest.fixture
def recipient(newcomer: Recipient, openssh: OpenSsh) -> Recipient:
    """Made a key, learned to know the server, and wrote its settings: the first blocks of the page."""
    make, scan, know, *_ = commands_of("ophalen.md")
    public = newcomer.types(make).strip()
    with (openssh.chroots / "keys" / newcomer.site.endpoint.account).open("a") as authorized:
        authorized.write(f"\n{public}\n")
    assert host_key(openssh.host_key, "").fingerprint in newcomer.types(scan), "what is read out over the telephone"
    newcomer.types(know)
    return newcomer


LOOK, BY_HAND, SCRIPT, CLEAR = range(3, 7)
"""Which block of ophalen.md does it."""


def publish(recipient: Recipient, staged: Path) -> None:
    """Put what is staged before the recipient, by the way that every drop takes, GO files last."""
    with recipient.site.host().open() as folder:
        for path in sorted(staged.iterdir(), key=lambda path: path.suffix == ".GO"):
            folder.put(path, path.name, "a run")


def test_by_hand_from_looking_to_acknowledging(recipient: Recipient, tmp_path: Path) -> None:
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    blocks, levering = commands_of("ophalen.md"), stem(43)
    assert f"{levering}.GO" in recipient.types(blocks[LOOK])
    recipient.types(blocks[BY_HAND], levering=levering)
    assert recipient.fetched == [f"{levering}.{each}" for each in ("GO", "csv", "datapackage.json")]
    check, by_hand = commands_of("nakijken.md")
    assert "Alles in orde: 1 levering" in recipient.types(check)
    said = recipient.types(by_hand, levering=levering)
    hashes = re.findall("[0-9a-f]{64}", said)
    assert len(hashes) == 3 and hashes[0] == hashes[2], "of the list, of the manifest, and what that says of the list"
    (acknowledge,) = commands_of("bevestigen.md")
    recipient.types(acknowledge, levering=levering)
    assert (recipient.site.out / f"{levering}.ACK").read_bytes() == b""
    recipient.types(blocks[CLEAR], levering=levering)
    assert recipient.site.names() == [f"{levering}.ACK"], "the drop is gone, the acknowledgement is not"
    recipient.types(blocks[CLEAR], levering=levering)


def test_the_go_file_is_removed_last() -> None:
    """sftp does what is written in the order in which it is."""
    assert [line for line in commands_of("ophalen.md")[CLEAR].splitlines() if "rm" in line] == [
        "-rm $levering.[a-z]*", "-rm $levering.GO",
    ]  # fmt: skip


def test_every_night_by_itself(recipient: Recipient, tmp_path: Path) -> None:
    script = commands_of("ophalen.md")[SCRIPT] + commands_of("nakijken.md")[0]
    recipient.types(script, expect=1)
    assert recipient.fetched == [], "nothing is there yet, and that is said"
    staged = fetch(tmp_path / "staged", 41, previous="0" * 64)
    publish(recipient, staged)
    assert "opgehaald: " + stem(41) in recipient.types(script)
    assert "opgehaald" not in recipient.types(script), "nothing is fetched twice"
    one_a_night(staged, 42, manifest_sha256(staged, 41), ("csv", "xlsx"))
    for path in (staged / f"{NOTICE}.csv", staged / f"{NOTICE}.GO"):
        path.write_bytes(b"referentie;datum\r\nAAAA;2026-06-16\r\n" if path.suffix == ".csv" else b"")
    publish(recipient, staged)
    said = recipient.types(script)
    assert "Alles in orde: 2 leveringen en 1 intrekkingsbericht." in said and NOTICE in said
    (compare,) = commands_of("nakijken.md", "intrekking")
    recipient.types(compare, bericht=NOTICE)
    (acknowledge,) = commands_of("bevestigen.md")
    recipient.types(acknowledge, levering=NOTICE)
    assert f"{NOTICE}.ACK" in recipient.site.names()


def test_a_drop_without_go_is_left_alone(recipient: Recipient, tmp_path: Path) -> None:
    staged = fetch(tmp_path / "staged", 43, previous="0" * 64)
    (staged / f"{stem(43)}.GO").unlink()
    publish(recipient, staged)
    recipient.types(commands_of("ophalen.md")[SCRIPT])
    assert recipient.fetched == []


@pytest.mark.parametrize("block", [SCRIPT, BY_HAND])
@pytest.mark.parametrize("suffix", ["csv", "datapackage.json", "GO"])
def test_the_go_file_is_fetched_last(recipient: Recipient, tmp_path: Path, block: int, suffix: str) -> None:
    """Whichever file cannot be fetched, nothing counts here; and the next try mends it."""
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    commands, unreadable = commands_of("ophalen.md")[block], recipient.site.out / f"{stem(43)}.{suffix}"
    unreadable.chmod(0)
    recipient.types(commands, expect=1, levering=stem(43))
    assert f"{stem(43)}.GO" not in recipient.fetched
    assert suffix != "GO" or len(recipient.fetched) == 2, "all the others came before it"
    assert "nog niet klaar" in recipient.types(commands_of("nakijken.md")[0], expect=1) or not recipient.fetched
    unreadable.chmod(0o640)
    assert "Alles in orde" in recipient.types(commands + commands_of("nakijken.md")[0], levering=stem(43))


def test_a_server_with_another_key_is_refused(recipient: Recipient, tmp_path: Path) -> None:
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    recipient.types("ssh-keygen -t ed25519 -f vals")
    another = " ".join((recipient.folder / "vals.pub").read_text().split()[:2])
    known = recipient.folder / "opgroeien_known_hosts"
    known.write_text(f"[127.0.0.1]:{recipient.environment['poort']} {another}\n")
    recipient.types(commands_of("ophalen.md")[SCRIPT], expect=255)
    assert not list((recipient.folder / "leveringen").iterdir())


def test_an_encrypted_drop_is_opened_as_the_page_says(recipient: Recipient, tmp_path: Path, new_gnupg: Gpg) -> None:
    gnupg, (make, open_) = new_gnupg, commands_of("openen.md")
    recipient.environment["GNUPGHOME"] = str(gnupg.home)
    recipient.types(make)
    listed = gnupg("--with-colons", "--list-keys", "it@voorbeeld.example.org").decode()
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    (tmp_path / "key.asc").write_bytes(gnupg.public(fingerprint))
    sealed = replace(SETTINGS, encryption=str(tmp_path / "key.asc"), seal=f"test:{fingerprint.lower()}:{'0' * 64}")
    now = datetime.now(UTC)
    name = test_drop.put_test_drop(sealed, recipient.site.host(), tmp_path / "staged", now)
    recipient.types(commands_of("ophalen.md")[SCRIPT])
    assert f"{name}.csv.pgp" in recipient.fetched and f"{name}.csv" not in recipient.fetched
    assert "Alles in orde" in recipient.types(open_, levering=name)
    assert "Téstpersoon" in (recipient.folder / "leveringen" / f"{name}.csv").read_text("utf-8-sig")
    clear = recipient.folder / "leveringen" / f"{name}.csv"
    clear.write_bytes(clear.read_bytes().replace(b"Test", b"Tost"))
    assert f"- {name}.csv is veranderd" in recipient.types(commands_of("nakijken.md")[0], expect=1)


# -- the test drop ---------------------------------------------------------------------------------------------------

AT = datetime(2026, 6, 15, 10, tzinfo=UTC)


def _removed(recipient: RecipientSettings, host: SftpHost) -> tuple[int, bool]:
    """How many files go, and whether an acknowledgement is among them."""
    names = test_drop.remove_test_drops(recipient, host)
    return len(names), any(name.endswith(".ACK") for name in names)


TEST = "TEST_OPGROEIEN_0212214125_20260615_000000"


def test_a_newcomer_fetches_the_test_drop_and_acknowledges_it(recipient: Recipient, tmp_path: Path) -> None:
    settings = replace(SETTINGS, formats=("csv", "xlsx"))
    assert test_drop.put_test_drop(settings, recipient.site.host(), tmp_path / "one", AT) == TEST
    recipient.types(commands_of("ophalen.md")[SCRIPT])
    said = recipient.types(commands_of("nakijken.md")[0])
    assert f"{TEST} is een test met verzonnen personen" in said and "Alles in orde" in said
    recipient.types(commands_of("bevestigen.md")[0], levering=TEST)
    assert _removed(settings, recipient.site.host()) == (5, True)
    assert recipient.site.names() == []


def test_it_is_repeated_another_day_and_leaves_one(site: Site, tmp_path: Path) -> None:
    for day in range(3):
        (site.out / f".{TEST}.csv.0123456789ab.part").write_bytes(b"killed")
        test_drop.put_test_drop(SETTINGS, site.host(), tmp_path / str(day), AT + timedelta(day))
        name = f"TEST_OPGROEIEN_0212214125_202606{15 + day}_000000"
        names = [f"{name}.{each}" for each in ("GO", "csv", "datapackage.json")]
        assert site.names() == names
    assert _removed(SETTINGS, site.host()) == (3, False)
    assert _removed(SETTINGS, site.host()) == (0, False)


def test_it_and_real_drops_leave_each_other_alone(site: Site, tmp_path: Path) -> None:
    staged = fetch(tmp_path / "staged", 43, previous="0" * 64)
    with site.host().open() as folder:
        for path in staged.iterdir():
            folder.put(path, path.name, "a run")
    part = f".{stem(43)}.csv.0123456789ab.part"
    other = TEST.replace("0212214125", "0212237387") + ".GO"
    for name in (part, other, "nota.txt", "TEST_OPGROEIEN_0212214125.txt"):
        (site.out / name).write_bytes(b"")
    before = site.names()
    test_drop.put_test_drop(SETTINGS, site.host(), tmp_path / "one", AT)
    assert set(before) < set(site.names())
    with site.host().open() as folder:
        assert folder.remove_temporary() == 1, "the real drop's alone"
    assert {f"{TEST}.{each}" for each in ("GO", "csv", "datapackage.json")} < set(site.names())
    test_drop.remove_test_drops(SETTINGS, site.host())
    assert site.names() == sorted(set(before) - {part})


def test_nobody_real_is_in_it(tmp_path: Path) -> None:
    """Nor the reference of a real parent with the same number, nor anything like a national number."""
    text = json.dumps(test_drop.PERSONS, ensure_ascii=False)
    assert all(each.endswith("@example.org") for each in re.findall(r"\S+@[a-z.]+", text))
    assert not re.search(r"[0-9]{9}", re.sub(r"[ .-]", "", text).replace("3290000000", "").replace("090000000", ""))
    drop = example(tmp_path / "real", [{"first_name": "x", "last_name": "y"}] * 3)
    real = {line.split(";")[0] for line in Path(drop.data[0].path).read_text(encoding="utf-8").splitlines()[1:]}
    assert real.isdisjoint(references(test_drop.KEY, SETTINGS.kbo, [1, 2, 3]).to_pylist())


# -- the pages themselves --------------------------------------------------------------------------------------------


def test_the_schema_page_is_what_the_code_makes() -> None:
    assert schema_page.PATH.read_text("utf-8") == schema_page.page(), "run python -m tests.support.schema_page"


@pytest.mark.parametrize("page", [name for name in KIT if name.endswith(".md")])
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (PAGES / page).read_text("utf-8")):
        assert (PAGES / target).exists(), target


def test_every_page_is_in_the_table_of_contents() -> None:
    linked = set(re.findall(r"\]\(([^)]+)\)", (PAGES / "README.md").read_text("utf-8")))
    assert {name for name in KIT if name.endswith(".md")} - {"README.md"} <= linked


def test_the_days_that_the_page_names_are_the_defaults() -> None:
    page, settings = (PAGES / "bevestigen.md").read_text("utf-8"), RecipientSettings(SETTINGS.kbo, "a", "/out", "none")
    for days in (settings.remind_after_days, settings.expire_after_days):
        assert f"| {days} dagen (tenzij anders afgesproken)" in page


def test_what_the_page_says_of_a_cell_is_so() -> None:
    assert "`'+32 " in (PAGES / "openen.md").read_text("utf-8")
    assert b";'+32 9 000" in (GOLDEN / "awkward.csv").read_bytes()
