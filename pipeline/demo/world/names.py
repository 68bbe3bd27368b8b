"""Names of nobody: common first names, last names and streets of Flanders and of those who came to live there."""

import unicodedata
from pathlib import Path


def _lines(name: str) -> tuple[str, ...]:
    return tuple((Path(__file__).parent / "lists" / f"{name}.txt").read_text(encoding="utf-8").splitlines())


FIRST = _lines("first_names")
LAST = _lines("last_names")
STREETS = _lines("streets")

FORMULAS = ("=Peeters", "+Janssens", "-De Smet", "@Maes")
"""Names that a spreadsheet would read as a formula: they must be neutralised in a drop."""


def mailbox(name: str) -> str:
    """A name as the letters of an e-mail address."""
    folded = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ı", "i"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
