"""An INSZ (rijksregister- or BIS number) as a person types it. Pure; no message ever shows it."""

import re

from pipeline.core.errors import TerminalError


def insz_of(typed: str) -> str:
    """11 digits, of `90.01.01-000.24` or the like.

    Raises TerminalError for anything without a right modulo 97 (either century, as rule 1 of the gate): a slip of the
    finger must not end as "nothing is known of you".
    """
    digits = re.sub(r"[ .\-]", "", typed.strip())
    if not is_insz(digits):
        raise TerminalError("that is no INSZ: 11 digits, of which the last two check the others; nothing was looked up")
    return digits


def is_insz(digits: str) -> bool:
    """Whether it is 11 digits with a right modulo 97."""
    return bool(re.fullmatch(r"[0-9]{11}", digits)) and any(
        97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2")
    )
