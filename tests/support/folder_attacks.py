"""What somebody does who can write in a recipient's folder, and has none of our keys, to a drop, a notice and a sheet.

`python -m tests.support.attacks_page` tells in docs/ontvanger/vervalsen.md what is noticed of each.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from pipeline.delivery.signature import SigningKey
from tests.support.received import (
    fetch,
    manifest_of,
    manifest_sha256,
    one_a_night,
    sha256_of_manifest,
    sign,
    stem,
    tell,
)
from tests.support.signing import SIGNING_KEY, private_text, signing_key
from tests.support.worlds.sheets import on_record

Act = Callable[[Path], object]

FORGE, CUT, SWAP, REPLAY, REORDER = "vervalsen", "afknippen", "verwisselen", "opnieuw zetten", "herschikken"
DROP, SHEET, NOTICE = "levering", "fiche", "bericht"
OWN_KEY, STOLEN_KEY = signing_key(7), signing_key(8)
"""Somebody's own; and one of ours that was stolen and is revoked since."""
KBO, OTHER_KBO = "0212214125", "0212237387"
MANIFEST, SIGNATURE = "datapackage.json", "datapackage.json.sig"
FIRST, SECOND, FOURTH = (f"INTREKKING_OPGROEIEN_{KBO}_2026070{number}_00000{number}" for number in (1, 2, 4))
THIRD = f"INTREKKING_OPGROEIEN_{KBO}_20260703_000003_HERHAALT_000001"
SHEET_NAME = f"{stem(42)}.indicatoren-2025-1.csv"


@dataclass(frozen=True)
class FolderAttack:
    """`codes` are the findings where origins are checked; none for what is not seen, but with those `options`.

    `says` is in Dutch, for the page. `at`: the drop or notice that is meant.
    """

    kind: str
    on: str
    says: str
    do: Act
    codes: tuple[str, ...]
    at: str = stem(43)
    options: tuple[str, ...] = ()


def signed_folder(path: Path) -> Path:
    """The drops 41 to 43, of which 42 brought a sheet, and the notices 1 to 3, of which 3 repeats 1; all signed."""
    fetch(path, 41, previous="0" * 64)
    one_a_night(path, 42, manifest_sha256(path, 41), ("csv",), sheets=[on_record()])
    one_a_night(path, 43, manifest_sha256(path, 42), ("csv",))
    second = tell(path, 2, "C" * 32, previous=sha256_of_manifest(tell(path, 1, "A" * 32, "B" * 32)))
    tell(path, 3, "A" * 32, "B" * 32, repeats=1, previous=sha256_of_manifest(second))
    return sign(path)


# -- what is done to files ---------------------------------------------------------------------------------------------


def both(*steps: Act) -> Act:
    return lambda folder: [step(folder) for step in steps]


def changed(name: str, old: bytes, new: bytes) -> Act:
    def do(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new))

    return do


def halved(name: str) -> Act:
    return lambda folder: (folder / name).write_bytes(
        (folder / name).read_bytes()[: (folder / name).stat().st_size // 2]
    )


def without(*names: str) -> Act:
    """Files; or the whole drop or notice, where there is no dot in the name."""
    found = [name if "." in name else f"{name}.*" for name in names]
    return lambda folder: [path.unlink() for name in found for path in sorted(folder.glob(name))]


def exchanged(one: str, other: str, *ends: str) -> Act:
    def do(folder: Path) -> None:
        for end in ends:
            first, second = folder / f"{one}{end}", folder / f"{other}{end}"
            content = first.read_bytes()
            first.write_bytes(second.read_bytes())
            second.write_bytes(content)

    return do


def copied(old: str, new: str, *ends: str) -> Act:
    """A file; or those of a drop or notice with these ends."""
    return lambda folder: [shutil.copy(folder / f"{old}{end}", folder / f"{new}{end}") for end in ends or ("",)]


WHOLE = (".csv", f".{MANIFEST}", f".{SIGNATURE}", ".GO")


def signed(name: str, key: SigningKey) -> Act:
    return lambda folder: (folder / f"{name}.{SIGNATURE}").write_bytes(
        key.sign((folder / f"{name}.{MANIFEST}").read_bytes())
    )


def described(name: str, file: str) -> Act:
    """A manifest that says of a file what it is by now."""

    def do(folder: Path) -> None:
        package, content = json.loads((folder / f"{name}.{MANIFEST}").read_bytes()), (folder / file).read_bytes()
        for one in package["resources"]:
            if one["path"] == file:
                one |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        (folder / f"{name}.{MANIFEST}").write_text(json.dumps(package))

    return do


def renamed(old: str, new: str) -> Act:
    return lambda folder: (folder / old).rename(folder / new)


def other_previous(name: str) -> Act:
    """A manifest that names another one before it."""

    def do(folder: Path) -> None:
        package = json.loads((folder / f"{name}.{MANIFEST}").read_bytes())
        package |= {key: "f" * 64 for key in package if key.startswith("previous_")}
        (folder / f"{name}.{MANIFEST}").write_text(json.dumps(package))

    return do


def a_drop_more(folder: Path) -> None:
    one_a_night(folder, 44, manifest_sha256(folder, 43), ("csv",))


def a_notice_more(folder: Path) -> None:
    tell(folder, 4, "D" * 32, previous=sha256_of_manifest(folder / f"{THIRD}.csv"))


def in_another_namespace(folder: Path) -> None:
    """A signature of our key on this manifest, made for something else."""
    private, content = asyncssh.import_private_key(private_text(1)), manifest_of(folder, 43).read_bytes()
    (folder / f"{stem(43)}.{SIGNATURE}").write_bytes(asyncssh.create_sshsig(private, content, namespace="git"))


def anothers(name: str) -> Act:
    """What we made and signed for another recipient: genuine."""

    def do(folder: Path) -> None:
        for end in WHOLE:
            path = folder / f"{name.replace(KBO, OTHER_KBO)}{end}"
            content = (folder / f"{name}{end}").read_bytes()
            path.write_bytes(content if end == ".csv" else content.replace(KBO.encode(), OTHER_KBO.encode()))
        signed(name.replace(KBO, OTHER_KBO), SIGNING_KEY)(folder)

    return do


# -- the table ---------------------------------------------------------------------------------------------------------

LIST, LISTED = f"{stem(43)}.csv", f"{THIRD}.csv"
a_name_changed = changed(LIST, b"Noor", b"Nora")
a_list_forged = both(a_name_changed, described(stem(43), LIST))
a_count_changed = changed(SHEET_NAME, b"1000", b"1001")
a_sheet_forged = both(a_count_changed, described(stem(42), SHEET_NAME))
a_reference_changed = changed(LISTED, b"AAAA", b"AAAB")
a_notice_forged = both(a_reference_changed, described(THIRD, LISTED))
NEW, OTHERS = stem(44), stem(43).replace(KBO, OTHER_KBO)
RECENT = ("--hoogstens", "2")
PAPERS = (f".{MANIFEST}", f".{SIGNATURE}")
Row = tuple[str, Act, str] | tuple[str, Act, str, str] | tuple[str, Act, str, str, tuple[str, ...]]


def of(kind: str, on: str, at: str, *rows: Row) -> list[FolderAttack]:
    """Each row: what is done in words and in fact, the codes; and where another is meant, or options are needed."""
    return [FolderAttack(kind, on, says, do, tuple(codes.split()), *(rest or (at,))) for says, do, codes, *rest in rows]


ATTACKS = (
    *of(FORGE, DROP, stem(43),
        ("een naam in de lijst veranderd", a_name_changed, "hash"),
        ("de lijst veranderd, en het manifest ernaar", a_list_forged, "forged"),
        ("hetzelfde, met een eigen sleutel ondertekend", both(a_list_forged, signed(stem(43), OWN_KEY)), "signer"),
        ("hetzelfde, met een gestolen sleutel ondertekend die ingetrokken is",
         both(a_list_forged, signed(stem(43), STOLEN_KEY)), "revoked"),
        ("hetzelfde, zonder handtekening", both(a_list_forged, without(f"{stem(43)}.{SIGNATURE}")), "unsigned"),
        ("een handtekening van ons die voor iets anders diende", in_another_namespace, "signature"),
        ("een nieuwe levering, met een eigen sleutel", both(a_drop_more, signed(NEW, OWN_KEY)), "signer", NEW)),
    *of(FORGE, SHEET, stem(42),
        ("een getal veranderd", a_count_changed, "hash"),
        ("een getal veranderd, en het manifest ernaar", a_sheet_forged, "forged gap"),
        ("hetzelfde, met een eigen sleutel ondertekend", both(a_sheet_forged, signed(stem(42), OWN_KEY)), "signer gap"),
        ("een eigen fiche erbij gezet", copied(SHEET_NAME, SHEET_NAME.replace("-2025", "-2024")), "foreign")),
    *of(FORGE, NOTICE, THIRD,
        ("een referentie veranderd", a_reference_changed, "hash"),
        ("een referentie veranderd, en het manifest ernaar", a_notice_forged, "forged"),
        ("een nieuw bericht, met een eigen sleutel", both(a_notice_more, signed(FOURTH, OWN_KEY)), "signer", FOURTH),
        ("een nieuw bericht zonder manifest, zoals vroeger",
         both(a_notice_more, without(f"{FOURTH}{PAPERS[0]}", f"{FOURTH}{PAPERS[1]}")), "unsigned", FOURTH)),
    *of(CUT, DROP, stem(43),
        ("de lijst gehalveerd", halved(LIST), "size"),
        ("de lijst weg", without(LIST), "missing"),
        ("het manifest gehalveerd", halved(f"{stem(43)}.{MANIFEST}"), "manifest forged"),
        ("de handtekening gehalveerd", halved(f"{stem(43)}.{SIGNATURE}"), "signature"),
        ("de handtekening weg", without(f"{stem(43)}.{SIGNATURE}"), "unsigned"),
        ("de levering ervoor helemaal weg", without(stem(42)), "gap"),
        ("de nieuwste levering helemaal weg", without(stem(43)), "stale", stem(42), RECENT)),
    *of(CUT, SHEET, stem(42),
        ("de fiche gehalveerd", halved(SHEET_NAME), "size"),
        ("de fiche weg", without(SHEET_NAME), "missing")),
    *of(CUT, NOTICE, THIRD,
        ("een referentie eruit", changed(LISTED, b"A" * 32 + b";2026-07-01\r\n", b""), "size"),
        ("de lijst van referenties weg", without(LISTED), "missing"),
        ("manifest en handtekening weg", without(f"{THIRD}{PAPERS[0]}", f"{THIRD}{PAPERS[1]}"), "unsigned"),
        ("het bericht ervoor helemaal weg", without(SECOND), "gap"),
        ("het laatste bericht helemaal weg", without(THIRD), "", SECOND)),
    *of(SWAP, DROP, stem(43),
        ("twee lijsten verwisseld", exchanged(stem(42), stem(43), ".csv"), "size size"),
        ("twee handtekeningen verwisseld", exchanged(stem(42), stem(43), PAPERS[1]), "forged forged"),
        ("twee manifesten verwisseld, met hun handtekening", exchanged(stem(42), stem(43), *PAPERS), "renamed renamed"),
        ("een levering van een andere ontvanger erbij", anothers(stem(43)), "recipients", OTHERS),
        ("alleen een levering van een andere ontvanger",
         both(anothers(stem(43)), without(f"*_{KBO}_*.*")), "recipient", OTHERS, ("--ontvanger", KBO))),
    *of(SWAP, SHEET, stem(42),
        ("de lijst in de plaats van de fiche", copied(LIST, SHEET_NAME), "size")),
    *of(SWAP, NOTICE, THIRD,
        ("twee lijsten van referenties verwisseld", exchanged(SECOND, THIRD, ".csv"), "size size"),
        ("twee manifesten verwisseld, met hun handtekening", exchanged(SECOND, THIRD, *PAPERS), "renamed renamed"),
        ("een bericht van een andere ontvanger erbij", anothers(SECOND), "recipients", SECOND.replace(KBO, OTHER_KBO))),
    *of(REPLAY, DROP, stem(43),
        ("een oude levering onder een nieuwe naam", copied(stem(41), NEW, *WHOLE), "renamed", NEW),
        ("een oude levering over de nieuwste heen", copied(stem(41), stem(43), *WHOLE), "renamed"),
        ("heel de map zoals ze vroeger was", without(stem(42), stem(43)), "stale", stem(41), RECENT)),
    *of(REPLAY, SHEET, stem(43),
        ("een oude fiche bij de nieuwste levering",
         copied(SHEET_NAME, SHEET_NAME.replace(stem(42), stem(43))), "foreign")),
    *of(REPLAY, NOTICE, THIRD,
        ("een oud bericht onder een nieuwe naam", copied(FIRST, FOURTH, *WHOLE), "renamed", FOURTH),
        ("een oud bericht over het laatste heen", copied(FIRST, THIRD, *WHOLE), "renamed")),
    *of(REORDER, DROP, stem(43),
        ("twee leveringen elk onder de naam van de andere", exchanged(stem(42), stem(43), *WHOLE), "renamed renamed"),
        ("het volgnummer in het manifest veranderd",
         changed(f"{stem(43)}.{MANIFEST}", b'"sequence": 43', b'"sequence": 44'), "manifest forged"),
        ("de verwijzing naar het vorige manifest veranderd", other_previous(stem(43)), "forged")),
    *of(REORDER, SHEET, stem(42),
        ("de editie in de naam verhoogd", renamed(SHEET_NAME, SHEET_NAME.replace("-1.csv", "-2.csv")), "renamed")),
    *of(REORDER, NOTICE, THIRD,
        ("twee berichten elk onder de naam van het andere", exchanged(SECOND, THIRD, *WHOLE), "renamed renamed"),
        ("het nummer in het manifest veranderd",
         changed(f"{THIRD}.{MANIFEST}", b'"number": 3', b'"number": 4'), "manifest forged"),
        ("de verwijzing naar het vorige bericht veranderd", other_previous(THIRD), "forged")),
)  # fmt: skip
