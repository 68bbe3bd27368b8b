"""What goes on record of a look-up."""

import os
import pwd

import pytest

from pipeline.errors import SettingsError
from pipeline.look_up import LONGEST_REASON, given_reason
from pipeline.looked_up import os_user


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[31m", "x" * (LONGEST_REASON + 1)])
def test_a_reason_is_one_line_that_says_something(text: str) -> None:
    with pytest.raises(SettingsError, match="--reason"):
        given_reason(text)


def test_a_reason_is_kept_without_the_spaces_around_it() -> None:
    assert given_reason(" INZ-2026-0042 ") == "INZ-2026-0042"


def test_who_is_the_user_of_the_system_and_whoever_became_them() -> None:
    name = pwd.getpwuid(os.getuid()).pw_name
    assert os_user({}) == os_user({"SUDO_USER": "", "USER": "somebody else", "LOGNAME": "somebody else"}) == name
    assert os_user({"SUDO_USER": "els"}) == f"els as {name}"
