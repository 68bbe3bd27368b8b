"""recipients.toml: what it may say, and one sentence for every mistake."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import FORMATS, RecipientSettings, settings_of
from pipeline.delivery.recipients_file import (
    load_recipients,
    parse_recipients,
    recipients_toml,
    seals_toml,
    with_seals,
)
from tests.unit.delivery.test_render_cells import unhurried

GENT, ANTWERPEN = Kbo("0212214125"), Kbo("0212180069")
PLAIN = RecipientSettings(GENT, account="ocmw-gent", folder="/out", encryption="none")
SEAL = f"2026-11:none:{'0123456789abcdef' * 4}"
LEAST = '[recipient.0212214125]\naccount = "ocmw-gent"\nfolder = "/out"\nencryption = "none"\n'


def load(tmp_path, text: str | bytes):
    path = tmp_path / "recipients.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_recipients(path)


def test_the_least_that_must_be_said(tmp_path):
    assert load(tmp_path, LEAST) == {GENT: PLAIN}
    assert (PLAIN.connection, PLAIN.formats, PLAIN.remind_after_days, PLAIN.expire_after_days) == (
        "drop_host",
        ("csv",),
        3,
        14,
    )


def test_all_that_can_be_said(tmp_path):
    days = f'remind_after_days = 5\nexpire_after_days = 30\nmail = "it@ocmw.example.org"\nseal = "{SEAL}"\n'
    more = f'change_file = false\nconnection = "drop_host_0212214125"\nformats = ["csv", "xlsx"]\n{days}'
    expected = replace(
        PLAIN,
        connection="drop_host_0212214125",
        formats=("csv", "xlsx"),
        remind_after_days=5,
        expire_after_days=30,
        mail="it@ocmw.example.org",
        change_file=False,
        seal=SEAL,
    )
    assert load(tmp_path, LEAST + more) == {GENT: expected}


@pytest.mark.parametrize(
    ("folder", "beside"), [("/out", "/in"), ("/ocmw/gent/out/", "/ocmw/gent/in"), ("out", "in"), ("/", "/in")]
)
def test_the_way_back_is_off_unless_the_protocols_word_is_there(tmp_path, folder, beside):
    assert (PLAIN.way_back, PLAIN.folder_of_way_back) == ("", "")
    on = replace(PLAIN, folder=folder, way_back="art. 5, § 2: de ontvanger meldt terug")
    assert on.folder_of_way_back == beside and replace(on, way_back_folder="/terug").folder_of_way_back == "/terug"
    assert load(tmp_path, recipients_toml([on])) == {GENT: on}


def test_recipients_come_sorted(tmp_path):
    second = LEAST.replace("0212214125", "0212180069").replace("ocmw-gent", "ocmw-antwerpen")
    assert list(load(tmp_path, LEAST + second)) == [ANTWERPEN, GENT]


def test_one_account_name_on_two_hosts_is_two_accounts(tmp_path):
    own = LEAST.replace("0212214125", "0212180069") + 'connection = "drop_host_0212180069"\n'
    assert len(load(tmp_path, LEAST + own)) == 2


def without(key: str) -> str:
    return "".join(line for line in LEAST.splitlines(keepends=True) if not line.startswith(key))


MISTAKES = [
    ("no encryption named", without("encryption"), ["0212214125", 'encryption is missing: write encryption = "none"']),
    ("a key's path from nowhere", LEAST.replace('"none"', '"keys/gent.asc"'), ["0212214125", "encryption", "absolute"]),
    ("encryption misspelt", LEAST.replace('"none"', '"None"'), ["0212214125", "encryption", 'must be "none"']),
    ("a seal by hand", LEAST + 'seal = "ok"\n', ["0212214125", "seal is not as", "seal again"]),
    ("a seal of a number", LEAST + "seal = 0\n", ["0212214125", "seal"]),
    ("a seal of no text", LEAST + "seal = []\n", ["0212214125", "seal"]),
    ("half a seal", LEAST + f'seal = "{SEAL[:-1]}"\n', ["0212214125", "seal"]),
    ("encryption blank", LEAST.replace('"none"', '""'), ["0212214125", "encryption"]),
    ("encryption false", LEAST.replace('"none"', "false"), ["0212214125", "encryption"]),
    ("no account", without("account"), ["0212214125", "account is missing"]),
    ("no folder", without("folder"), ["0212214125", "folder is missing"]),
    ("account blank", LEAST.replace("ocmw-gent", " "), ["0212214125", "account"]),
    ("account a number", LEAST.replace('"ocmw-gent"', "7"), ["0212214125", "account"]),
    ("account with a line end", LEAST.replace("ocmw-gent", r"a\nb"), ["0212214125", "account"]),
    ("folder a list", LEAST.replace('"/out"', '["/out"]'), ["0212214125", "folder"]),
    ("an unknown key", LEAST + "format = 1\n", ["0212214125", "format is not one of the keys"]),
    ("kbo inside the table", LEAST + 'kbo = "0212180069"\n', ["0212214125", "kbo is not one of the keys"]),
    ("an unknown format", LEAST + 'formats = ["pdf"]\n', ["0212214125", "formats", "csv, xlsx, parquet"]),
    ("no format", LEAST + "formats = []\n", ["0212214125", "formats"]),
    ("a format twice", LEAST + 'formats = ["csv", "csv"]\n', ["0212214125", "formats"]),
    ("a format as text", LEAST + 'formats = "csv"\n', ["0212214125", "formats"]),
    ("formats in tables", LEAST + "formats = [{}]\n", ["0212214125", "formats"]),
    ("another's host", LEAST + 'connection = "drop_host_0212180069"\n', ["0212214125", "connection"]),
    ("no such host", LEAST + 'connection = "agency_db"\n', ["0212214125", "connection must be drop_host"]),
    ("connection a number", LEAST + "connection = 1\n", ["0212214125", "connection"]),
    ("a mail to nobody", LEAST + 'mail = "it"\n', ["0212214125", "mail is not an e-mail address"]),
    ("two mails", LEAST + 'mail = "a@b.example, c@d.example"\n', ["0212214125", "mail"]),
    ("a mail with a line", LEAST + 'mail = "a@b.example\\nBcc: c@d.example"\n', ["0212214125", "mail"]),
    ("a mail beyond ASCII", LEAST + 'mail = "zoë@b.example"\n', ["0212214125", "mail"]),
    ("mails", LEAST + 'mail = ["a@b.example"]\n', ["0212214125", "mail"]),
    ("a word of no text", LEAST + "way_back = 1\n", ["0212214125", "way_back must be text"]),
    ("a word of two lines", LEAST + 'way_back = "art. 5\\nb"\n', ["0212214125", "way_back"]),
    ("a blank word", LEAST + 'way_back = " "\n', ["0212214125", "way_back"]),
    ("a folder and no word", LEAST + 'way_back_folder = "/in"\n', ["0212214125", "way_back is missing", "protocol"]),
    ("the same folder", LEAST + 'way_back = "5"\nway_back_folder = "/out/"\n', ["0212214125", "another folder"]),
    ("days as text", LEAST + 'remind_after_days = "3"\n', ["0212214125", "remind_after_days"]),
    ("days as true", LEAST + "remind_after_days = true\n", ["0212214125", "remind_after_days"]),
    ("a switch as a number", LEAST + "change_file = 1\n", ["0212214125", "change_file must be true or false"]),
    ("no days", LEAST + "remind_after_days = 0\n", ["0212214125", "remind_after_days"]),
    ("part of a day", LEAST + "expire_after_days = 1.5\n", ["0212214125", "expire_after_days"]),
    ("expired before reminded", LEAST + "expire_after_days = 3\n", ["0212214125", "expire_after_days"]),
    ("a KBO of nine digits", LEAST.replace("0212214125", "212214125"), ["212214125", "kbo"]),
    ("a KBO that begins with 2", LEAST.replace("0212214125", "2212214125"), ["2212214125", "kbo"]),
    ("a KBO with dots", LEAST.replace("0212214125", '"0212.214.125"'), ["0212.214.125", "kbo"]),
    ("a recipient that is no table", "[recipient]\n0212214125 = 1\n", ["0212214125", "is not a table"]),
    ("a recipient twice", LEAST + LEAST, ["not valid TOML", "0212214125"]),
    ("an account shared", LEAST + LEAST.replace("214125", "180069"), ["0212214125", "account", "0212180069"]),
    ("an unknown table", "[recipients.0212214125]\n", ["unknown key recipients"]),
    ("recipient as text", 'recipient = "x"\n', ["no recipient"]),
    ("nothing", "", ["no recipient"]),
    ("no TOML", "account: x", ["not valid TOML"]),
    ("no UTF-8", b'account = "\xe9"', ["not UTF-8"]),
]


@pytest.mark.parametrize(("text", "words"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_each_mistake_is_one_sentence_naming_file_recipient_and_key(tmp_path, text, words):
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'recipients.toml'}: ")
    assert [word for word in words if word not in message] == []
    assert "\n" not in message


def test_a_missing_file_is_a_mistake_of_settings(tmp_path):
    with pytest.raises(SettingsError, match=r"recipients\.toml: cannot be read"):
        load_recipients(tmp_path / "recipients.toml")


def test_a_recipient_without_settings_is_refused_by_its_number():
    assert settings_of({GENT: PLAIN}, GENT) is PLAIN
    with pytest.raises(SettingsError, match="recipient 0212180069: has no settings"):
        settings_of({GENT: PLAIN}, ANTWERPEN)


def test_no_settings_exist_that_would_publish_in_clear_unasked():
    for almost in ("None", "NONE", " none", "no", "keys/gent.asc", "~/gent.asc", "", "\n"):
        with pytest.raises(SettingsError, match="encryption must be"):
            replace(PLAIN, encryption=almost)
    assert PLAIN.key_file is None
    assert replace(PLAIN, encryption="/keys/gent.asc").key_file == Path("/keys/gent.asc")


def test_the_written_file_is_plain_to_read():
    expected = LEAST + 'connection = "drop_host"\nformats = ["csv"]\nremind_after_days = 3\nexpire_after_days = 14\n'
    assert recipients_toml([PLAIN]) == expected


def test_writing_two_of_one_recipient_or_one_account_is_refused():
    with pytest.raises(SettingsError, match="0212214125"):
        recipients_toml([PLAIN, replace(PLAIN, folder="/in")])
    with pytest.raises(SettingsError, match="account is also that of"):
        recipients_toml([PLAIN, replace(PLAIN, kbo=ANTWERPEN)])


names = st.text(min_size=1).filter(lambda text: text.isprintable() and text.strip())
settings = st.builds(
    RecipientSettings,
    kbo=st.from_regex(r"[01][0-9]{9}", fullmatch=True).map(Kbo),
    account=names,
    folder=names,
    encryption=st.sampled_from(["none", "/keys/a.asc", '/Sleutels van Zoë/"b".pgp']),
    seal=st.sampled_from(["", SEAL, SEAL.replace("none", "ab" * 20), SEAL.replace("none", "0" * 64)]),
    formats=st.lists(st.sampled_from(FORMATS), min_size=1, unique=True).map(tuple),
    remind_after_days=st.integers(1, 30),
    change_file=st.booleans(),
    expire_after_days=st.integers(31, 400),
    mail=st.sampled_from(["", "it@ocmw.example.org", "zoe+drops@a-b.example.org"]),
)


@unhurried
@given(st.lists(settings, min_size=1, max_size=5, unique_by=(lambda s: s.kbo, lambda s: s.account)))
def test_what_is_written_reads_back_the_same(recipients):
    seals = seals_toml({each.kbo: each.seal for each in recipients})
    assert with_seals(parse_recipients(recipients_toml(recipients)), seals) == {each.kbo: each for each in recipients}


OTHER_SEAL = SEAL.replace("none", "ab" * 20)
OLD_SEAL = LEAST + f'seal = "{SEAL}"\n'


def load_both(tmp_path, text, seals):
    (tmp_path / "recipients.seals.toml").write_text(seals)
    return load(tmp_path, text)[GENT]


def test_a_seal_stands_beside_the_settings_or_as_before_in_them(tmp_path):
    assert load(tmp_path, OLD_SEAL) == {GENT: replace(PLAIN, seal=SEAL)}
    for text in (LEAST, OLD_SEAL, LEAST + 'seal = ""\n'):
        assert load_both(tmp_path, text, seals_toml({GENT: SEAL, ANTWERPEN: OTHER_SEAL})).seal == SEAL
    assert load_both(tmp_path, OLD_SEAL, seals_toml({})).seal == SEAL
    assert load_both(tmp_path, LEAST, seals_toml({ANTWERPEN: SEAL})).seal == ""


NOT_OURS = "is not as `gegevensdeling seal` writes it"
SEAL_MISTAKES = [
    ("two seals that differ", OLD_SEAL, seals_toml({GENT: OTHER_SEAL}), [GENT, "not the one in its table"]),
    ("a seal and an empty one", OLD_SEAL, f'[seals]\n{GENT} = ""\n', [GENT, "not the one in its table"]),
    ("half a seal", LEAST, f'[seals]\n{GENT} = "{SEAL[:-1]}"\n', [GENT, "seal is not as", "seal again"]),
    ("a seal of a number", LEAST, f"[seals]\n{GENT} = 0\n", [GENT, "seal is not as"]),
    ("a seal of no text", LEAST, f"[seals]\n{GENT} = []\n", [GENT, "seal is not as"]),
    ("nothing", LEAST, "", [NOT_OURS]),
    (
        "something else",
        LEAST,
        seals_toml({GENT: SEAL}) + "[recipient]\n",
        [NOT_OURS],
    ),
    ("seals as text", LEAST, 'seals = "x"\n', [NOT_OURS]),
    ("no TOML", LEAST, "seals: x", ["not valid TOML"]),
]


@pytest.mark.parametrize(
    ("text", "seals", "words"), [row[1:] for row in SEAL_MISTAKES], ids=[r[0] for r in SEAL_MISTAKES]
)
def test_each_mistake_in_the_seals_is_one_sentence_naming_their_file(tmp_path, text, seals, words):
    with pytest.raises(SettingsError) as refused:
        load_both(tmp_path, text, seals)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'recipients.seals.toml'}: ")
    assert [word for word in words if word not in message] == []
    assert "\n" not in message
