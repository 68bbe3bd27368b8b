"""Seals are written beside recipients.toml; of that file nothing changes but that an old seal moves over."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients_file import (
    load_recipients,
    parse_recipients,
    save_recipients,
    seals_path,
    write_seals,
)

GENT, AALST = Kbo("0212214125"), Kbo("0212237387")
OLD, NEW, OTHER = (f"k:none:{digit * 64}" for digit in "0ab")
BOTH = """# Ontvangers. Wijzigen? Eerst bellen.

[recipient.0212214125]   # OCMW Gent
account = "ocmw-gent"    # sinds 2026
folder = "/out"
encryption = "none"
formats = [
  "csv",
  "xlsx",
]

# OCMW Aalst: eigen server
[ recipient . "0212237387" ]
  connection = "drop_host_0212237387"
  account = 'agentschap'
  folder = "/in"
  encryption = "none"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "recipients.toml"
    path.write_bytes(BOTH.encode())
    return path


def seals(path: Path) -> dict[Kbo, str]:
    return {kbo: each.seal for kbo, each in load_recipients(path).items()}


def with_old_seal(line: str) -> str:
    return BOTH.replace('folder = "/out"', f'{line}\nfolder = "/out"')


def test_a_seal_is_written_beside_the_file(path: Path) -> None:
    write_seals(path, {GENT: NEW, AALST: OTHER})
    assert seals(path) == {GENT: NEW, AALST: OTHER}
    assert path.read_text(encoding="utf-8") == BOTH
    assert seals_path(path).read_text().splitlines()[1:] == ["[seals]", f'{GENT} = "{NEW}"', f'{AALST} = "{OTHER}"']
    assert sorted(path.parent.iterdir()) == [seals_path(path), path]


def test_a_seal_is_replaced_and_the_others_stay(path: Path) -> None:
    write_seals(path, {GENT: OLD, AALST: OTHER})
    write_seals(path, {GENT: NEW})
    assert seals(path) == {GENT: NEW, AALST: OTHER}


def test_sealing_again_changes_nothing(path: Path) -> None:
    write_seals(path, {GENT: NEW})
    once = seals_path(path).read_bytes()
    write_seals(path, {GENT: NEW})
    assert seals_path(path).read_bytes() == once


def test_only_the_one_that_is_meant(path: Path) -> None:
    write_seals(path, {AALST: NEW})
    assert seals(path) == {GENT: "", AALST: NEW}


def test_the_seal_of_who_is_no_recipient_any_more_goes(path: Path) -> None:
    write_seals(path, {GENT: NEW, AALST: OTHER})
    path.write_text(BOTH[: BOTH.index("# OCMW Aalst")], encoding="utf-8")
    assert seals(path) == {GENT: NEW}
    write_seals(path, {})
    assert AALST not in seals_path(path).read_text()


OLD_LINES = [
    f'seal = "{OLD}"',
    f"  seal='{OLD}'  # compared by phone",
    f'\tseal\t=\t"{OLD}" # seal = "x"',
    f'seal = """{OLD}"""',
]


@pytest.mark.parametrize("line", OLD_LINES)
def test_an_old_seal_moves_over_as_it_is_whoever_is_sealed(path: Path, line: str) -> None:
    path.write_text(with_old_seal(line), encoding="utf-8")
    before = load_recipients(path)
    write_seals(path, {AALST: NEW})
    assert path.read_text(encoding="utf-8") == BOTH
    assert load_recipients(path) == before | {AALST: replace(before[AALST], seal=NEW)}


def test_an_old_seal_is_replaced_by_a_new_one(path: Path) -> None:
    path.write_text(with_old_seal(f'seal = "{OLD}"'), encoding="utf-8")
    write_seals(path, {GENT: NEW})
    assert path.read_text(encoding="utf-8") == BOTH and seals(path) == {GENT: NEW, AALST: ""}


@pytest.mark.parametrize("cut", range(1, 4))
def test_cut_off_at_any_file_every_seal_is_the_old_or_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    path.write_text(with_old_seal(f'seal = "{OLD}"'), encoding="utf-8")
    replaced: list[Path] = []
    replace_file = Path.replace

    def killed(part: Path, real: Path) -> None:
        replaced.append(real)
        if len(replaced) == cut:
            raise KeyboardInterrupt
        replace_file(part, real)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_seals(path, {GENT: NEW, AALST: OTHER})
    assert seals(path) == {GENT: OLD, AALST: ""}
    monkeypatch.undo()
    write_seals(path, {GENT: NEW, AALST: OTHER})
    assert seals(path) == {GENT: NEW, AALST: OTHER} and path.read_text(encoding="utf-8") == BOTH


def test_two_seals_that_differ_are_refused_before_anything_is_written(path: Path) -> None:
    write_seals(path, {GENT: NEW})
    path.write_text(with_old_seal(f'seal = "{OLD}"'), encoding="utf-8")
    before = seals_path(path).read_bytes()
    with pytest.raises(SettingsError, match=f"recipient {GENT}: its seal is not the one in its table: find out who"):
        write_seals(path, {GENT: NEW})
    assert seals_path(path).read_bytes() == before and OLD in path.read_text(encoding="utf-8")


def test_line_ends_of_windows_stay(path: Path) -> None:
    path.write_bytes(with_old_seal(f'seal = "{OLD}"').replace("\n", "\r\n").encode())
    write_seals(path, {GENT: NEW})
    assert path.read_bytes() == BOTH.replace("\n", "\r\n").encode()


PLAIN = f'account = "a"\nfolder = "/"\nencryption = "none"\nseal = "{OLD}"\n'
INLINE = f'{{account = "a", folder = "/", encryption = "none", seal = "{OLD}"}}'
NOT_PLAIN = {
    "inline": f"recipient.{GENT} = {INLINE}\n",
    "dotted": "".join(f"recipient.{GENT}.{line}\n" for line in PLAIN.splitlines()),
    "in a table above": f"[recipient]\n{GENT} = {INLINE}\n",
    "a line within a text": f"[recipient.{GENT}]\n{PLAIN}".replace('"a"', '"""\\\nseal = x"""'),
    "on lines of its own": f"[recipient.{GENT}]\n{PLAIN}".replace(f'"{OLD}"', f'"""\\\n{OLD}"""'),
}


@pytest.mark.parametrize("text", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_a_seal_that_is_no_line_of_its_own_is_left_to_the_person(path: Path, text: str) -> None:
    assert parse_recipients(text)[GENT].seal == OLD
    path.write_text(text, encoding="utf-8")
    by_hand = f"{GENT}: its table is not plain: remove seal from it by hand and seal again"
    with pytest.raises(SettingsError, match=by_hand):
        write_seals(path, {GENT: NEW})
    assert path.read_text(encoding="utf-8") == text
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("form", ["inline", "in a table above", "a line within a text"])
def test_a_table_of_any_form_can_be_sealed(path: Path, form: str) -> None:
    text = NOT_PLAIN[form].replace(f', seal = "{OLD}"', "").replace(f'seal = "{OLD}"\n', "")
    path.write_text(text, encoding="utf-8")
    write_seals(path, {GENT: NEW})
    assert path.read_text(encoding="utf-8") == text and seals(path) == {GENT: NEW}


def test_the_seals_have_the_rights_of_the_settings_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "recipients.toml"
    real.write_text(with_old_seal(f'seal = "{OLD}"'))
    real.chmod(0o640)
    link.symlink_to(real)
    kept, beside = tmp_path / "kept", tmp_path / "recipients.seals.toml"
    kept.touch()
    beside.symlink_to(kept)
    kept.write_text("[seals]\n")
    write_seals(link, {GENT: NEW})
    assert link.is_symlink() and beside.is_symlink()
    assert real.stat().st_mode & 0o777 == kept.stat().st_mode & 0o777 == 0o640
    assert real.read_text() == BOTH and seals(link)[GENT] == NEW
    assert sorted(tmp_path.iterdir()) == sorted([real, link, kept, beside])


def test_settings_that_nobody_keeps_by_hand_are_written_with_their_seals(path: Path) -> None:
    known = [replace(each, seal=NEW if each.kbo == GENT else "") for each in load_recipients(path).values()]
    save_recipients(path, known)
    assert list(load_recipients(path).values()) == known
    assert "seal" not in path.read_text(encoding="utf-8")


WINDOWS = {
    "a mark before UTF-8": lambda text: text.encode("utf-8-sig"),
    "a mark and CRLF": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "UTF-16 of PowerShell": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}
"""What Windows editors and shells make of a file."""


@pytest.mark.parametrize("how", WINDOWS)
def test_what_a_windows_editor_saves_is_read_and_sealed(path: Path, how: str) -> None:
    path.write_bytes(WINDOWS[how](BOTH))
    assert load_recipients(path) == parse_recipients(BOTH)
    write_seals(path, {GENT: NEW})
    assert seals(path) == {GENT: NEW, AALST: ""}
    assert path.read_bytes() == WINDOWS[how](BOTH)


@pytest.mark.parametrize("how", WINDOWS)
def test_an_old_seal_moves_out_of_it_too(path: Path, how: str) -> None:
    path.write_bytes(WINDOWS[how](with_old_seal(f'seal = "{OLD}"')))
    write_seals(path, {AALST: NEW})
    assert seals(path) == {GENT: OLD, AALST: NEW}
    assert path.read_text("utf-8").replace("\r\n", "\n") == BOTH


def test_what_is_no_text_is_refused_with_the_remedy(path: Path) -> None:
    path.write_bytes(BOTH.replace("Eerst", "Vóór").encode("cp1252"))
    with pytest.raises(SettingsError, match=r"recipients\.toml: is not UTF-8: save it as UTF-8"):
        load_recipients(path)
