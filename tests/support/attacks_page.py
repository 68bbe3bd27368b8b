"""docs/ontvanger/vervalsen.md, made by trying each attack: `python -m tests.support.attacks_page` writes it anew."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipeline.delivery import verify
from pipeline.delivery.verify import OriginCheck, VerifyFinding
from tests.support.docs import PAGES
from tests.support.folder_attacks import ATTACKS, MANIFEST, SIGNATURE, STOLEN_KEY, FolderAttack, signed_folder
from tests.support.signing import SIGNING_KEY, allowed_signers, ssh_keygen_verifies

PATH = PAGES / "vervalsen.md"
TODAY = date(2026, 6, 18)
"""Two days after the drop 43."""
STEM = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_[0-9_]+(HERHAALT_[0-9]+)?")


@dataclass(frozen=True)
class Noticed:
    """What was said of an attack. `alone`: without its options; `unasked`: where no origin is checked."""

    attack: FolderAttack
    findings: tuple[VerifyFinding, ...]
    exit_code: int
    alone: int
    unasked: int
    keygen: str

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(finding.code for finding in self.findings)


@dataclass(frozen=True)
class RememberingCheck(OriginCheck):
    """Asks `ssh-keygen` once about the same manifest and signature: most are in many folders."""

    answers: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)

    def accepts(self, manifest: bytes, signature: bytes) -> bool:
        if (manifest, signature) not in self.answers:
            self.answers[manifest, signature] = super().accepts(manifest, signature)
        return self.answers[manifest, signature]


def tried(place: Path) -> list[Noticed]:
    """Each attack on a folder of its own, below `place`."""
    whole = signed_folder(place / "whole")
    signers = allowed_signers(place, SIGNING_KEY, STOLEN_KEY)
    revoked = place / "revoked_keys"
    revoked.write_text(f"{STOLEN_KEY.public_line} gestolen\n")
    check = RememberingCheck(**vars(verify.origin_check(whole, signers, revoked)))
    noticed = []
    for at, attack in enumerate(ATTACKS):
        folder = Path(shutil.copytree(whole, place / str(at)))
        attack.do(folder)
        noticed.append(_noticed(attack, folder, check))
    return noticed


def _noticed(attack: FolderAttack, folder: Path, check: OriginCheck) -> Noticed:
    asked = verify.verify_folder(folder, check)
    given = dict(zip(attack.options[::2], attack.options[1::2], strict=True))
    days = int(given["--hoogstens"]) if "--hoogstens" in given else None
    told = verify.as_expected(asked, given.get("--ontvanger"), days, TODAY)
    unasked = verify.verify_folder(folder).exit_code
    keygen = _keygen(folder / f"{attack.at}.{MANIFEST}", folder / f"{attack.at}.{SIGNATURE}", check)
    return Noticed(attack, tuple(told.wrong), told.exit_code, asked.exit_code, unasked, keygen)


def _keygen(manifest: Path, signature: Path, check: OriginCheck) -> str:
    if not (manifest.exists() and signature.exists()):
        return "er is geen handtekening"
    assert check.signers and check.revocations
    is_good = ssh_keygen_verifies(manifest.read_bytes(), signature, check.signers, "-r", str(check.revocations))
    return "`Good`" if is_good else "weigert"


HEAD = """# Als iemand aan de map zit

Gemaakt door het te proberen (`python -m tests.support.attacks_page`): verander het daar.

Wie in uw map op de server kan schrijven, of in die bij u, kan er alles mee doen, maar heeft onze sleutel niet. Hier
staat wat zo iemand kan proberen met een levering, een [indicatorenfiche](indicatoren.md) en een intrekkingsbericht, en
wat [verify.py](nakijken.md) dan zegt, met `allowed_signers` en `revoked_keys` ernaast. `ssh-keygen` kijkt alleen
naar het manifest: of de bestanden zijn wat het manifest zegt, ziet het niet. De laatste kolom zegt waarmee `verify.py`
eindigt zonder `allowed_signers`: bij 4 is er niets van gemerkt.
"""
COLUMNS = ("wat iemand doet", "met", "`verify.py` zegt", "eindigt met", "`ssh-keygen` zegt", "zonder `allowed_signers`")
"""A table for each kind."""


def page(noticed: Sequence[Noticed]) -> str:
    """The whole page, of what was noticed of each attack."""
    lines = [HEAD]
    for kind in dict.fromkeys(one.attack.kind for one in noticed):
        lines += [f"## {kind.capitalize()}", "", _row(COLUMNS), _row(["---"] * len(COLUMNS))]
        lines += [_row(_cells(one)) for one in noticed if one.attack.kind == kind] + [""]
    return "\n".join(lines)


def _cells(one: Noticed) -> Iterable[str]:
    says = "; ".join(f"`{STEM.sub('…', finding.about)}` {STEM.sub('…', finding.says)}" for finding in one.findings)
    if one.attack.options:
        says = f"met `{' '.join(one.attack.options)}`: {says}; anders niets"
    what = one.attack.says
    return (
        what,
        one.attack.on,
        says or "**niets**: zie [nakijken.md](nakijken.md)",
        str(one.exit_code),
        one.keygen,
        str(one.unasked),
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PATH.write_text(page(tried(Path(made))), "utf-8")
