"""The receipt of a returned file, in Dutch, made of its line in the ledger alone: made again, it is the same.

It names rows by number, and nobody.
"""

from pipeline.core.documents import dutch
from pipeline.followup.returned_content import ReturnFault
from pipeline.ledger.returns import ReturnedFile

MOST_NAMED = 100
"""Rows that a receipt names; the ledger keeps no more of them."""
OK, WRONG = ".OK", ".FOUT"

_FAULTS = {
    ReturnFault.ENCODING: "het bestand is geen UTF-8. Bewaar het als 'CSV UTF-8 (door komma's gescheiden)'",
    ReturnFault.CONTROL: "het bestand bevat tekens die er niet in horen",
    ReturnFault.HEADER: "de eerste regel is niet 'referentie;soort'",
    ReturnFault.ROWS: "het bestand heeft te veel rijen. Splits het op",
}
_WHY = (
    "Een rij wordt niet verwerkt als haar referentie in geen levering aan u stond, als haar soort niet bestaat, of als "
    "ze niet uit twee cellen bestaat. Rij 1 is de eerste rij onder de kopregel. Verbeter die rijen en zet ze in een "
    "nieuw bestand, met het volgende nummer."
)


def receipt_name(taken: ReturnedFile) -> str:
    """Beside the file."""
    return taken.name.removesuffix(".csv") + (WRONG if taken.fault or taken.refused else OK)


def receipt_names(taken: ReturnedFile) -> set[str]:
    """Of every outcome."""
    return {taken.name.removesuffix(".csv") + ending for ending in (OK, WRONG)}


def receipt_bytes(taken: ReturnedFile) -> bytes:
    """Plain text, with the line ends of Windows."""
    lines = [
        f"Bestand: {taken.name}",
        f"SHA-256: {taken.sha256}",
        f"Gelezen op {dutch.clock_instant(taken.at)}.",
        *_outcome(taken),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _outcome(taken: ReturnedFile) -> list[str]:
    if taken.fault:
        return [f"Niets is verwerkt: {_FAULTS[ReturnFault(taken.fault)]}."]
    if not taken.refused:
        return [f"{dutch.count(taken.rows, 'rij', 'rijen')}, alles is verwerkt."]
    more = " en mogelijk nog andere" if len(taken.refused) == MOST_NAMED else ""
    named = ", ".join(map(str, taken.refused))
    return [
        f"{dutch.count(taken.rows, 'rij', 'rijen')}. Niet verwerkt: rij {named}{more}.",
        "Geen enkele rij is verwerkt." if len(taken.refused) == taken.rows else "De andere rijen zijn verwerkt.",
        _WHY,
    ]
