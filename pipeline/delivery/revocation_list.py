"""The revocation list of one recipient: the agency's revoked signing keys, and what it signed with them itself. Pure.

`ssh-keygen -Y verify -r` reads the keys, and takes the rest for comments; verify.py reads both. Whoever has a stolen
key can write any date, so that only the agency's own record tells what was signed before the theft.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.core.model import Kbo
from pipeline.ledger.events import DISCLOSED, UNFINISHED, NightDrop
from pipeline.ledger.notices import Notice
from pipeline.ledger.signing_keys import SigningKeyHistory


@dataclass(frozen=True)
class SignedItem:
    """A drop or notice on record that one of our keys signed; `counted_at`: None until it is known to count."""

    kbo: Kbo
    stem: str
    manifest_sha256: str
    signed_by: str
    counted_at: datetime | None

    def is_ours(self, since: datetime) -> bool:
        """Whether the agency's record says that it counted before the key was in others' hands."""
        return self.counted_at is not None and self.counted_at < since


def signed_drops(drops: Iterable[NightDrop]) -> list[SignedItem]:
    """Those of which something was before the recipient, or may have been."""
    return [
        SignedItem(drop.kbo, drop.contents.stem, drop.contents.manifest_sha256, signer, drop.published_at)
        for drop in drops
        if drop.kind in DISCLOSED | UNFINISHED and (signer := drop.contents.signed_by)
    ]


def signed_notices(notices: Iterable[Notice]) -> list[SignedItem]:
    """Likewise."""
    return [
        SignedItem(notice.kbo, notice.stem, notice.manifest_sha256 or "", notice.signed_by, notice.published_at)
        for notice in notices
        if notice.signed_by
    ]


def revocation_list(kbo: Kbo, history: SigningKeyHistory, items: Iterable[SignedItem], at: datetime) -> str:
    """Of every revoked key, whether or not it ever signed for this recipient."""
    return "\n".join([*_heading(kbo, at), *_lines(history, list(items))]) + "\n"


def _heading(kbo: Kbo, at: datetime) -> Iterator[str]:
    yield f"# Ingetrokken sleutels van Opgroeien, voor de ontvanger met ondernemingsnummer {kbo}."
    yield f"# Opgemaakt op {_utc(at)}. Vervangt elke vorige lijst."
    yield "# Een handtekening met een ingetrokken sleutel bewijst op zichzelf niets meer. Wat hieronder als echt staat,"
    yield "# is volgens ons grootboek van ons. Al het andere dat met zo'n sleutel getekend is, mag u niet gebruiken."


def _lines(history: SigningKeyHistory, items: list[SignedItem]) -> Iterator[str]:
    for fingerprint, since in history.revoked.items():
        yield f"{history.public_lines[fingerprint]} ingetrokken-sinds-{_utc(since)}"
        for item in items:
            if item.signed_by == fingerprint and item.is_ours(since):
                yield f"# echt {item.manifest_sha256} {item.stem}"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
