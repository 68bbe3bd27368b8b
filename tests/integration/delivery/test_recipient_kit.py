"""The pages in docs/ontvanger, tried as they are written, with the real sftp and gpg commands on a real server."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.delivery import test_drop
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import references
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.delivery.sftp.keys import host_key
from tests.golden.example import GOLDEN, SETTINGS, example
from tests.support import schema_page
from tests.support.docs import PAGES, commands_of
from tests.support.fetching import BY_HAND, CLEAR, LOOK, SCRIPT, Recipient, introduced, set_up
from tests.support.received import fetch, manifest_sha256, one_a_night, sign, stem, tell
from tests.support.servers.gnupg import Gpg
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import Site
from tests.support.signing import SIGNING_KEY, allowed_signers, signing_key
from tests.support.worlds.sheets import on_record

KIT = sorted(path.name for path in PAGES.iterdir())
OTHER = "0212237387"
ENDS = ("GO", "csv", "datapackage.json", "datapackage.json.sig")


@pytest.fixture
def newcomer(openssh: OpenSsh, tmp_path: Path) -> Iterator[Recipient]:
    with introduced(openssh, tmp_path / "bij het OCMW") as newcomer:
        yield newcomer


@pytest.fixture
def recipient(newcomer: Recipient, openssh: OpenSsh) -> Recipient:
    assert host_key(openssh.host_key, "").fingerprint in set_up(newcomer, openssh), "what is read out by telephone"
    return newcomer


def publish(recipient: Recipient, staged: Path) -> None:
    """Sign what is staged, and put it before the recipient by the way that every drop takes, GO files last."""
    sign(staged)
    with recipient.site.host().open() as folder:
        for path in sorted(staged.iterdir(), key=lambda path: path.suffix == ".GO"):
            folder.put(path, path.name, "a run")


def test_by_hand_from_looking_to_acknowledging(recipient: Recipient, tmp_path: Path) -> None:
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    blocks, levering = commands_of("ophalen.md"), stem(43)
    assert f"{levering}.GO" in recipient.types(blocks[LOOK])
    recipient.types(blocks[BY_HAND], levering=levering)
    assert recipient.fetched == [f"{levering}.{each}" for each in ENDS]
    check, signature, by_hand = commands_of("nakijken.md")
    assert "Alles in orde: 1 levering" in recipient.types(check)
    assert recipient.types(signature, levering=levering).startswith(
        'Good "gegevensdeling" signature for opgroeien with'
    )
    (whose,) = commands_of("nakijken.md", "allowed_signers")
    assert SIGNING_KEY.fingerprint in recipient.types(whose), "what is read out over the telephone"
    said = recipient.types(by_hand, levering=levering)
    hashes = re.findall("[0-9a-f]{64}", said)
    assert len(hashes) == 4 and hashes[0] == hashes[3], "of list, manifest and signature, and what it says of the list"
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
    script, check = commands_of("ophalen.md")[SCRIPT], commands_of("nakijken.md")[0]
    recipient.types(script + check, expect=3)
    assert recipient.fetched == [], "nothing is there yet, and that is said"
    staged = fetch(tmp_path / "staged", 41, previous="0" * 64)
    publish(recipient, staged)
    said = recipient.types(script)
    assert f"opgehaald: {stem(41)}" in said and f"bevestigd: {stem(41)}" in said
    assert recipient.site.names() == sorted(f"{stem(41)}.{each}" for each in (*ENDS, "ACK"))
    assert recipient.ended(script.strip() + f" --ontvanger {OTHER}") == 1, "what follows is for verify.py"
    again = recipient.types(script)
    assert "opgehaald" not in again and "bevestigd" not in again, "nothing is fetched or acknowledged twice"
    one_a_night(staged, 42, manifest_sha256(staged, 41), ("csv", "xlsx"))
    notice = tell(staged, 1, "A" * 32).stem
    publish(recipient, staged)
    said = recipient.types(script + check)
    assert said.count("Alles in orde: 2 leveringen en 1 intrekkingsbericht.") == 2 and f"opgehaald: {notice}" in said
    assert f"bevestigd: {stem(42)}" in said and f"{notice}.ACK" not in recipient.site.names(), "that is for a person"
    (compare,) = commands_of("nakijken.md", "intrekking")
    recipient.types(compare, bericht=notice)
    (acknowledge,) = commands_of("bevestigen.md")
    recipient.types(acknowledge, levering=notice)
    assert f"{notice}.ACK" in recipient.site.names()


def acknowledged(recipient: Recipient) -> bool:
    return any(name.endswith(".ACK") for name in recipient.site.names())


UNPROVEN: dict[str, tuple[Callable[[Recipient], object], int]] = {
    "no signers": (lambda r: (r.folder / "allowed_signers").unlink(), 4),
    "no verify.py": (lambda r: (r.folder / "verify.py").unlink(), 4),
    "another signer": (lambda r: allowed_signers(r.folder, signing_key(2)), 1),
    "revoked": (lambda r: (r.folder / "revoked_keys").write_text(f"{SIGNING_KEY.public_line}\n"), 1),
    "unsigned": (lambda r: (r.site.out / f"{stem(43)}.datapackage.json.sig").unlink(), 1),
    "altered": (lambda r: (r.site.out / f"{stem(43)}.csv").write_bytes(b"x"), 1),
    "another's": (lambda r: (r.site.out / f"AANMELDING_OPGROEIEN_{OTHER}_20260616_000043.GO").touch(), 1),
}


def contents(*folders: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.iterdir() if path.is_file()}


def test_what_is_not_proven_is_not_acknowledged(recipient: Recipient, tmp_path: Path) -> None:
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    script, places = commands_of("ophalen.md")[SCRIPT], (recipient.folder, recipient.site.out)
    before = contents(*places)
    for spoilt, (spoil, ends) in UNPROVEN.items():
        spoil(recipient)
        assert recipient.ended(script) == ends, spoilt
        assert not acknowledged(recipient) and f"{stem(43)}.GO" in recipient.fetched, spoilt
        shutil.rmtree(recipient.folder / "leveringen")
        for path in contents(*places).keys() - before.keys():
            path.unlink()
        for path, content in before.items():
            path.write_bytes(content)
    assert recipient.ended(script) == 0 and acknowledged(recipient)


def test_cut_off_anywhere_it_goes_on(recipient: Recipient, tmp_path: Path) -> None:
    """Half a drop that is gone from the host by now is forgotten; an acknowledgement that was cut off is said again."""
    script = commands_of("ophalen.md")[SCRIPT]
    half = recipient.folder / "leveringen" / f"{stem(40)}.csv"
    half.parent.mkdir()
    half.write_bytes(b"half")
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    recipient.site.out.chmod(0o550)
    recipient.types(script, expect=1)
    assert f"{stem(43)}.GO" in recipient.fetched and not half.exists() and not acknowledged(recipient)
    recipient.site.out.chmod(0o750)
    assert "bevestigd" in recipient.types(script) and acknowledged(recipient)
    (recipient.site.out / f"{stem(43)}.ACK").unlink()
    recipient.types(script)
    assert not acknowledged(recipient), "the agency read it: it is not said again"


KILLED = """#!/bin/sh
# sftp, which kills who called it: before or after its call with that number.
echo x >> calls
call=$(wc -l < calls)
[ "$call.voor" != "$MOMENT" ] || { kill -9 $PPID; exit 137; }
[ "$call.half" != "$MOMENT" ] || { head -n 3 | "$SFTP" "$@"; kill -9 $PPID; exit 137; }
"$SFTP" "$@" || exit
[ "$call.na" != "$MOMENT" ] || { kill -9 $PPID; exit 137; }
"""
KILLED_CHECKING = """#!/bin/sh
[ "$MOMENT" != nakijken ] || { kill -9 $PPID; exit 137; }
exec "$PYTHON" "$@"
"""


def test_killed_at_any_step_it_ends_as_it_would_have(recipient: Recipient, tmp_path: Path) -> None:
    """Looking, fetching a drop and a notice, checking, acknowledging; each time what counts here is whole."""
    staged = fetch(tmp_path / "staged", 43, previous="0" * 64)
    notice = tell(staged, 1, "A" * 32).stem
    publish(recipient, staged)
    before = recipient.site.names()
    recipient.replaces("sftp", KILLED)
    recipient.replaces("python3", KILLED_CHECKING)
    script, told = (
        "PATH=$PWD:$PATH; " + commands_of("ophalen.md")[SCRIPT],
        {"SFTP": str(shutil.which("sftp")), "PYTHON": sys.executable, "TMPDIR": str(tmp_path)},
    )
    of_a_drop, of_a_notice, at_last = ("2.half", "2.voor", "2.na"), ("2.voor", "2.na"), ("nakijken", "2.voor", "2.na")
    for moment in ("1.voor", "1.na", *of_a_drop, *of_a_notice, *at_last):
        (recipient.folder / "calls").unlink(missing_ok=True)
        assert recipient.ended(script, MOMENT=moment, **told) != 0
        whole = {name.removesuffix(".GO") for name in recipient.fetched if name.endswith(".GO")}
        assert {f"{name}.{end}" for name in whole for end in ENDS} <= set(recipient.fetched), moment
    assert recipient.ended(script, MOMENT="", **told) == 0
    assert recipient.fetched == sorted([*before, f"{stem(43)}.ACK"])
    assert recipient.site.names() == sorted([*before, f"{stem(43)}.ACK"]) and f"{notice}.ACK" not in recipient.fetched


MEANWHILE = """#!/bin/sh
# sftp, before whose second call the agency does something.
echo x >> calls
[ "$(wc -l < calls)" -ne 2 ] || eval "$AGENCY"
exec "$SFTP" "$@"
"""


def test_what_is_taken_away_meanwhile_is_forgotten_and_what_came_instead_is_fetched(
    recipient: Recipient, tmp_path: Path
) -> None:
    """A recall with nothing in its place, and then a drop that another one replaces."""
    publish(recipient, fetch(tmp_path / "staged", 42, 43, previous="0" * 64))
    hidden, out = tmp_path / "hidden", recipient.site.out
    hidden.mkdir()
    recipient.replaces("sftp", MEANWHILE)
    script, sftp = "PATH=$PWD:$PATH; " + commands_of("ophalen.md")[SCRIPT], str(shutil.which("sftp"))
    move = f"mv '{out}'/{stem(43)}.* '{hidden}'"
    move_back = f"mv '{hidden}'/{stem(43)}.* '{out}'; mv '{out}'/{stem(42)}.* '{hidden}'"
    (out / f"{stem(42)}.GO").rename(hidden / f"{stem(42)}.GO")
    assert f"intussen weg: {stem(43)}" in recipient.types(script, SFTP=sftp, AGENCY=move)
    assert recipient.fetched == []
    (hidden / f"{stem(42)}.GO").rename(out / f"{stem(42)}.GO")
    (recipient.folder / "calls").unlink()
    said = recipient.types(script, SFTP=sftp, AGENCY=move_back)
    assert [line for line in said.splitlines() if ": " in line and "_OPGROEIEN_" in line] == [
        f"intussen weg: {stem(42)}", f"opgehaald: {stem(43)}", f"bevestigd: {stem(43)}",
    ]  # fmt: skip
    assert recipient.fetched == sorted(f"{stem(43)}.{each}" for each in (*ENDS, "ACK"))


def test_what_the_recipient_removes_is_not_fetched_again_unless_all_of_it_goes(
    recipient: Recipient, tmp_path: Path
) -> None:
    """The list once it is old, as the page on checking says; the drop on the host; and then everything here."""
    staged, script = tmp_path / "staged", commands_of("ophalen.md")[SCRIPT]
    publish(recipient, fetch(staged, 43, previous="0" * 64))
    recipient.types(script)
    whole, list_ = recipient.fetched, recipient.folder / "leveringen" / f"{stem(43)}.csv"
    list_.unlink()
    assert recipient.ended(script) == 1 and not list_.exists(), "of the newest drop the list has to be there"
    recipient.types("rm leveringen/*")
    recipient.types(script)
    assert recipient.fetched == whole
    recipient.types(commands_of("ophalen.md")[CLEAR], levering=stem(43))
    assert "opgehaald" not in recipient.types(script) and recipient.fetched == whole


@pytest.mark.parametrize(
    "command",
    [
        "lftp -c \"set net:max-retries 1; set sftp:connect-program 'ssh -a -x -F opgroeien.conf'\n"
        'open -u $account, sftp://opgroeien\nmirror --Remove-source-files /out leveringen"',
        "{rclone} && rc move :sftp:/out leveringen",
    ],
)
def test_what_the_page_says_of_mirror_and_move_is_so(recipient: Recipient, tmp_path: Path, command: str) -> None:
    """They take what is being written, and remove it: the lines of the page do not."""
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    (recipient.site.out / (part := f".{stem(44)}.csv.0123456789ab.part")).write_bytes(b"half")
    defines, copies = commands_of("ophalen.md", "rclone")[0].split("rc copy ", 1)
    for marked in ("lftp", "rclone"):
        recipient.types(commands_of("ophalen.md", marked)[0], levering=stem(43))
    assert part not in recipient.fetched and part in recipient.site.names() and copies
    shutil.rmtree(recipient.folder / "leveringen")
    recipient.types(command.replace("{rclone} &&", defines))
    assert part in recipient.fetched and recipient.site.names() == []


@pytest.mark.parametrize("script", ["haal-op.ps1", "haal-op.winscp.txt"])
def test_what_was_not_run_says_so_and_takes_the_go_file_last(script: str) -> None:
    lines = (PAGES / script).read_text("utf-8").splitlines()
    assert lines[0].startswith("# Niet door ons uitgevoerd") and f"[{script}]({script})" in _page("ophalen.md")
    data = {"haal-op.ps1": "$gegevens + ", "haal-op.winscp.txt": "%1%.* .\\leveringen"}[script]
    go = {"haal-op.ps1": '+ "$Naam.GO"', "haal-op.winscp.txt": "%1%.GO .\\leveringen"}[script]
    text = "\n".join(lines)
    assert text.index(data) < text.index(go)


def _page(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


def test_two_at_once_do_not_mix(recipient: Recipient) -> None:
    beside = "mkdir leveringen; exec 8< leveringen; flock 8; "
    recipient.types(beside + commands_of("ophalen.md")[SCRIPT], expect=1)


def test_a_file_that_is_larger_than_ours_ever_are_is_not_fetched_whole(recipient: Recipient, tmp_path: Path) -> None:
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    with (recipient.site.out / f"{stem(43)}.zzz").open("wb") as stream:
        stream.truncate(1 << 40)
    script = commands_of("ophalen.md")[SCRIPT]
    ran = recipient.ended(script, MEESTE_BLOKKEN="64")
    assert ran not in (0, 1, 2, 3, 4) and f"{stem(43)}.GO" not in recipient.fetched
    assert (recipient.folder / "leveringen" / f"{stem(43)}.zzz").stat().st_size <= 64 << 10


CLIENTS = {"sftp": ("", BY_HAND), "lftp": ("lftp", 0), "rclone": ("rclone", 0), "curl": ("curl", 0)}


def test_each_client_fetches_what_verifies(recipient: Recipient, openssh: OpenSsh, tmp_path: Path) -> None:
    """The lines of the page as they stand there; then the signature by ssh-keygen, and verify.py."""
    publish(recipient, one_with_a_sheet(tmp_path / "staged"))
    there, go = recipient.site.names(), recipient.site.out / f"{stem(42)}.GO"
    check, signature, _ = commands_of("nakijken.md")
    known = recipient.folder / "opgroeien_known_hosts"
    told = {"levering": stem(42), "vingerafdruk": host_key(openssh.host_key, "").fingerprint.removeprefix("SHA256:")}
    for client, (marked, at) in CLIENTS.items():
        fetching = commands_of("ophalen.md", marked)[at]
        recipient.types(fetching, **told)
        assert recipient.fetched == there, client
        assert "Good" in recipient.types(signature, **told), client
        assert "Alles in orde: 1 levering " in recipient.types(check), client
        shutil.rmtree(recipient.folder / "leveringen")
        go.rename(tmp_path / "go")
        assert recipient.ended(fetching, **told) != 0 and go.name not in recipient.fetched, f"{client}: gone meanwhile"
        (tmp_path / "go").rename(go)
        shutil.rmtree(recipient.folder / "leveringen")
        right = known.read_text()
        known.write_text(f"[127.0.0.1]:{openssh.port} {signing_key(2).public_line}\n")
        other = {"vingerafdruk": "A" * 43}
        assert recipient.ended(fetching, **told | other) != 0 and recipient.fetched == [], f"{client}: another server"
        known.write_text(right)


def one_with_a_sheet(staged: Path) -> Path:
    staged.mkdir()
    one_a_night(staged, 42, "0" * 64, ("csv", "xlsx"), sheets=[on_record()])
    return staged


def test_a_drop_without_go_is_left_alone(recipient: Recipient, tmp_path: Path) -> None:
    staged = fetch(tmp_path / "staged", 43, previous="0" * 64)
    (staged / f"{stem(43)}.GO").unlink()
    publish(recipient, staged)
    recipient.types(commands_of("ophalen.md")[SCRIPT])
    assert recipient.fetched == []


@pytest.mark.parametrize("block", [SCRIPT, BY_HAND])
@pytest.mark.parametrize("suffix", ["csv", "datapackage.json", "datapackage.json.sig", "GO"])
def test_the_go_file_is_fetched_last(recipient: Recipient, tmp_path: Path, block: int, suffix: str) -> None:
    """Whichever file cannot be fetched, nothing counts here; and the next try mends it."""
    publish(recipient, fetch(tmp_path / "staged", 43, previous="0" * 64))
    commands, unreadable = commands_of("ophalen.md")[block], recipient.site.out / f"{stem(43)}.{suffix}"
    unreadable.chmod(0)
    recipient.types(commands, expect=1, levering=stem(43))
    assert f"{stem(43)}.GO" not in recipient.fetched
    assert suffix != "GO" or len(recipient.fetched) == 3, "all the others came before it"
    assert "nog niet klaar" in recipient.types(commands_of("nakijken.md")[0], expect=3) or not recipient.fetched
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
    name = test_drop.put_test_drop(sealed, recipient.site.host(), SIGNING_KEY, tmp_path / "staged", now)
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
    assert test_drop.put_test_drop(settings, recipient.site.host(), SIGNING_KEY, tmp_path / "one", AT) == TEST
    recipient.types(commands_of("ophalen.md")[SCRIPT])
    said = recipient.types(commands_of("nakijken.md")[0])
    assert f"{TEST} is een test met verzonnen personen" in said and "Alles in orde" in said
    recipient.types(commands_of("bevestigen.md")[0], levering=TEST)
    assert _removed(settings, recipient.site.host()) == (7, True)
    assert recipient.site.names() == []


def test_it_is_repeated_another_day_and_leaves_one(site: Site, tmp_path: Path) -> None:
    for day in range(3):
        (site.out / f".{TEST}.csv.0123456789ab.part").write_bytes(b"killed")
        test_drop.put_test_drop(SETTINGS, site.host(), SIGNING_KEY, tmp_path / str(day), AT + timedelta(day))
        name = f"TEST_OPGROEIEN_0212214125_202606{15 + day}_000000"
        names = [f"{name}.{each}" for each in (*ENDS, "wijzigingen.csv")]
        assert site.names() == names
    assert _removed(SETTINGS, site.host()) == (5, False)
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
    test_drop.put_test_drop(SETTINGS, site.host(), SIGNING_KEY, tmp_path / "one", AT)
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
