"""What goes on record of a look-up."""

import os
import pwd

import pytest

from pipeline.answers.lookup import LONGEST_REASON, parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.core.errors import SettingsError


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[31m", "x" * (LONGEST_REASON + 1)])
def test_a_reason_is_one_line_that_says_something(text: str) -> None:
    with pytest.raises(SettingsError, match="--reason"):
        parse_reason(text)


@pytest.mark.parametrize(
    "text",
    ["90010100024", "van 90.01.01-000.24, per brief", "dossier 7 90 01 01 000 24", "90.01.01 - 000.24"],
)
def test_a_reason_never_holds_a_national_number(text: str) -> None:
    """It is kept as long as the ledger, and is not redacted."""
    with pytest.raises(SettingsError, match="has an INSZ in it") as refused:
        parse_reason(text)
    assert "000" not in str(refused.value)


@pytest.mark.parametrize("text", ["2026-11-23/0042", "12345678901", "0212.214.125 van 23.11.2026"])
def test_a_file_number_is_no_national_number(text: str) -> None:
    assert parse_reason(text) == text


def test_a_reason_is_kept_without_the_spaces_around_it() -> None:
    assert parse_reason(" INZ-2026-0042 ") == "INZ-2026-0042"


def test_who_is_the_user_of_the_system_and_whoever_became_them() -> None:
    name = pwd.getpwuid(os.getuid()).pw_name
    assert os_user({}) == os_user({"SUDO_USER": "", "USER": "somebody else", "LOGNAME": "somebody else"}) == name
    assert os_user({"SUDO_USER": "els"}) == f"els as {name}"
