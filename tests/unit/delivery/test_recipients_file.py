"""A seal is put into recipients.toml, and nothing else of the file changes."""

from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import parse_recipients
from pipeline.delivery.recipients_file import with_seals, write_seals

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


def test_a_seal_is_added_under_its_header() -> None:
    text = with_seals(BOTH, {GENT: NEW, AALST: OTHER})
    assert {kbo: each.seal for kbo, each in parse_recipients(text).items()} == {GENT: NEW, AALST: OTHER}
    added = [line for line in text.splitlines() if line not in BOTH.splitlines()]
    assert added == [f'seal = "{NEW}"', f'seal = "{OTHER}"']
    assert "".join(line for line in text.splitlines(keepends=True) if "seal" not in line) == BOTH


@pytest.mark.parametrize(
    "line", [f'seal = "{OLD}"', f"  seal='{OLD}'  # compared by phone", f'\tseal\t=\t"{OLD}" # seal = "x"', 'seal = ""']
)
def test_a_seal_is_replaced_where_it_stands(line: str) -> None:
    before = BOTH.replace('folder = "/out"', f'{line}\nfolder = "/out"')
    after = with_seals(before, {GENT: NEW})
    quoted = f"'{OLD}'" if "'" in line else f'"{OLD}"' if OLD in line else '""'
    assert after == before.replace(quoted, f'"{NEW}"', 1)


def test_sealing_again_changes_nothing() -> None:
    once = with_seals(BOTH, {GENT: NEW})
    assert with_seals(once, {GENT: NEW}) == once


def test_only_the_one_that_is_meant() -> None:
    text = with_seals(BOTH, {AALST: NEW})
    assert {kbo: each.seal for kbo, each in parse_recipients(text).items()} == {GENT: "", AALST: NEW}


def test_line_ends_of_windows_stay() -> None:
    text = with_seals(BOTH.replace("\n", "\r\n"), {GENT: NEW, AALST: OTHER})
    assert text.count("\n") == text.count("\r\n") == BOTH.count("\n") + 2


PLAIN = 'account = "a"\nfolder = "/"\nencryption = "none"\n'
BY_HAND = {
    "inline": f'recipient.{GENT} = {{account = "a", folder = "/", encryption = "none"}}\n',
    "dotted": "".join(f"recipient.{GENT}.{line}\n" for line in PLAIN.splitlines()),
    "in a table above": f"[recipient]\n{GENT} = {{account = 'a', folder = '/', encryption = 'none'}}\n",
    "escaped": f'[recipient."\\u00302{GENT[2:]}"]\n{PLAIN}',
    "a header within a text": f'[recipient]\n{GENT} = {{account = """\\\n[recipient.{GENT}]""", '
    "folder = '/', encryption = 'none'}\n",
    "a seal on lines of its own": f'[recipient.{GENT}]\n{PLAIN}seal = """{OLD}"""\n',
}


@pytest.mark.parametrize("text", BY_HAND.values(), ids=BY_HAND)
def test_what_is_written_otherwise_is_left_to_the_person(text: str) -> None:
    parse_recipients(text)
    with pytest.raises(SettingsError, match=f'{GENT}: its table is not plain: write seal = "{NEW}" in it by hand'):
        with_seals(text, {GENT: NEW})


def test_the_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "recipients.toml"
    real.write_text(BOTH)
    real.chmod(0o640)
    link.symlink_to(real)
    write_seals(link, {GENT: NEW})
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert parse_recipients(real.read_text())[GENT].seal == NEW
    assert sorted(tmp_path.iterdir()) == [real, link]


def test_a_refusal_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "recipients.toml"
    path.write_text(BY_HAND["inline"])
    with pytest.raises(SettingsError):
        write_seals(path, {GENT: NEW})
    assert path.read_text() == BY_HAND["inline"]
    assert list(tmp_path.iterdir()) == [path]
