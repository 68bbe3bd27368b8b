"""Nakijken van een map met leveringen, bij de ontvanger: `gegevensdeling verify MAP` of `python verify.py MAP`.

One file that imports nothing of ours, so that an OCMW can be handed this file alone: Python 3.10 or newer, no network;
`ssh-keygen` for the origin. The report says (in Dutch) which files are whole, not there yet or wrong, and whether they
are the agency's; it never shows a cell, but for the opaque references that `--apply-check` and `--since` ask for.
Whoever can write in the folder may have written all of it: nothing there is read without a bound, nor believed about
its own origin. `--since` writes one file, in a folder of its own below it.
Rules: docs/ontvanger/nakijken.md.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

STEM = re.compile(r"(AANMELDING|TEST)_OPGROEIEN_([01][0-9]{9})_([0-9]{8})_([0-9]{6})")
NOTICE = re.compile(r"INTREKKING_OPGROEIEN_([01][0-9]{9})_([0-9]{8})_([0-9]{6,9})(?:_HERHAALT_([0-9]{6,9}))?")
SHEET = re.compile(r"\.indicatoren-[0-9]{4}-[0-9]+\.")
"""In the name of an indicator sheet: a sheet has no persons in it, and may stay when the list of its drop goes."""
MANIFEST = ".datapackage.json"
SIGNATURE = f"{MANIFEST}.sig"
NOTICE_COLUMNS = ("referentie", "datum")
REFERENCE = re.compile(r"[A-Z2-7]{32}")
COLUMN = re.compile(r"[a-z][a-z0-9-]{0,40}")
"""A name of a column as we give it: in what `--since` writes a spreadsheet reads no formula."""
NEW, CHANGED, UNCHANGED, GONE = "nieuw", "gewijzigd", "ongewijzigd", "verdwenen"
COMPARED = ("referentie", "stand", "kolommen")
"""The columns of what `--since` writes."""
COMPARISONS = "vergelijkingen"
"""The folder for it, in the folder of the drops: a subfolder is none of a drop's files, to no version of this file."""
HALF = (".filepart", ".part")
"""Suffixes of WinSCP and others during a download."""
FINE, NOT_READY, TIDIED, WRONG = "in orde", "nog niet klaar", "opgeruimd", "NIET in orde"
PROVEN, UNPROVEN, UNCHECKED = "bewezen", "NIET bewezen", "herkomst niet nagekeken"
EXIT_FINE, EXIT_WRONG, EXIT_IMPOSSIBLE, EXIT_WAIT, EXIT_UNCHECKED = range(5)
"""What the program ends with; `argparse` ends with 2 too when it cannot read the command."""

SIGNER, NAMESPACE, KEY_KIND = "opgroeien", "gegevensdeling", "ssh-ed25519"
SIGNERS_FILE, REVOKED_FILE = "allowed_signers", "revoked_keys"
"""Beside this file they are found without being named."""
MOST_MANIFEST, MOST_SIGNATURE, MOST_TRUSTED = 1 << 20, 1 << 14, 1 << 20
"""Bytes: a hundred times what we ever made."""
MOST_DATA, MOST_NOTICE, MOST_LINE, MOST_COMPARED = 1 << 30, 1 << 24, 1 << 20, 1 << 23
LONGEST_SECONDS = 30
"""How long `ssh-keygen` may take over one signature: it takes some milliseconds."""


@dataclass(frozen=True)
class VerifyFinding:
    """`code` is for machines and never changes its meaning; `about` names a file or a drop; `says` is in Dutch."""

    code: str
    about: str
    says: str


@dataclass(frozen=True)
class ListedFile:
    """A file in a manifest; `clear` is the file that an encrypted one decrypts to.

    `rows` is None for the list, whose rows the manifest gives once; whatever accompanies it has its own number.
    """

    name: str
    bytes: int
    sha256: str
    columns: tuple[str, ...] = ()
    clear: ListedFile | None = None
    rows: int | None = None

    @property
    def names(self) -> set[str]:
        return {self.name, self.clear.name} if self.clear else {self.name}

    @property
    def may_stay(self) -> bool:
        """Whether it may be kept when the list goes."""
        return bool(SHEET.search(self.name))


@dataclass(frozen=True)
class FetchedManifest:
    """Of a drop or a notice. `sha256` is the manifest's own; `stem` is the name of the drop by the manifest's content.

    Of a notice: `sequence` is its number, `decided_at` when it was written, `repeats` the number that it says again.
    `reference_key`: with another one all references are others.
    """

    stem: str
    kbo: str
    night: date
    sequence: int
    rows: int
    decided_at: datetime
    previous: str | None
    test: bool
    files: tuple[ListedFile, ...]
    sha256: str
    repeats: int | None = None
    reference_key: str | None = None

    @property
    def lists(self) -> list[ListedFile]:
        return [file for file in self.files if file.rows is None]

    @property
    def is_notice(self) -> bool:
        return self.stem.startswith("INTREKKING_")


@dataclass(frozen=True)
class FetchedOrigin:
    """Whose it is: PROVEN, UNPROVEN or UNCHECKED. `signed_by` is the fingerprint that its signature names, "" for none.

    `finding` says why it is not proven; None also where something else is found that says so.
    """

    word: str = UNCHECKED
    signed_by: str = ""
    finding: VerifyFinding | None = None


@dataclass(frozen=True)
class FetchedDrop:
    """One drop in the folder; `manifest` is None when the file is missing or cannot be read."""

    stem: str
    state: str = FINE
    manifest: FetchedManifest | None = None
    findings: tuple[VerifyFinding, ...] = ()
    origin: str = UNCHECKED
    signed_by: str = ""

    @property
    def test(self) -> bool:
        return self.stem.startswith("TEST_")


@dataclass(frozen=True)
class FetchedNotice:
    """One withdrawal notice; `references` counts them, None when the notice cannot be read (yet).

    One from before notices had manifests has none.
    """

    stem: str
    state: str = FINE
    references: int | None = None
    findings: tuple[VerifyFinding, ...] = ()
    manifest: FetchedManifest | None = None
    origin: str = UNCHECKED
    signed_by: str = ""


class ComparedRow(NamedTuple):
    """A reference of either drop; `columns` are those that changed."""

    reference: str
    stand: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class DropComparison:
    """What changed from the drop with the stem `since` to `drop`, by reference."""

    drop: str
    since: str
    rows: tuple[ComparedRow, ...]

    def count(self, stand: str) -> int:
        return sum(row.stand == stand for row in self.rows)


@dataclass(frozen=True)
class VerifyReport:
    """`findings` are between drops, or about files of no drop; `remarks` tell of nothing wrong.

    `still_listed`: the references of a notice that are in the newest drop; None without `--apply-check`.
    `comparison`: None without `--since`, and where it could not be made.
    """

    drops: tuple[FetchedDrop, ...]
    notices: tuple[FetchedNotice, ...]
    findings: tuple[VerifyFinding, ...]
    remarks: tuple[VerifyFinding, ...] = ()
    still_listed: tuple[str, ...] | None = None
    comparison: DropComparison | None = None

    @property
    def all(self) -> list[FetchedDrop | FetchedNotice]:
        return [*self.drops, *self.notices]

    @property
    def wrong(self) -> list[VerifyFinding]:
        return [*(finding for each in self.all for finding in each.findings), *self.findings]

    @property
    def waiting(self) -> int:
        return sum(each.state == NOT_READY for each in self.all)

    @property
    def ok(self) -> bool:
        """Whether the folder has a drop or a notice, each of them is whole, and nothing is wrong."""
        return bool(self.all) and not (self.wrong or self.waiting or self.still_listed)

    @property
    def origin_checked(self) -> bool:
        return all(each.origin != UNCHECKED or each.state == NOT_READY for each in self.all)

    @property
    def exit_code(self) -> int:
        if self.wrong or self.still_listed:
            return EXIT_WRONG
        if self.waiting or not self.all:
            return EXIT_WAIT
        return EXIT_FINE if self.origin_checked else EXIT_UNCHECKED


class FetchedFolder(dict[str, Path]):
    """The plain files of one folder by name, and those that belong to no drop or notice yet.

    `odd` says of each link, pipe, or folder with a name of ours what it is; other subfolders are left alone.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.odd: dict[str, str] = {}
        self.by_stem: dict[str, set[str]] = {}
        for each in sorted(path.iterdir()):
            mode = each.lstat().st_mode
            if stat.S_ISREG(mode):
                self[each.name] = each
                stem, dot, _ = each.name.partition(".")
                if dot:
                    self.by_stem.setdefault(stem, set()).add(each.name)
            elif not stat.S_ISDIR(mode) or STEM.match(each.name) or NOTICE.match(each.name):
                kinds = {stat.S_IFLNK: "een link", stat.S_IFDIR: "een map"}
                self.odd[each.name] = kinds.get(stat.S_IFMT(mode), "een pijp of een toestel")
        self.unclaimed = set(self)

    def size(self, name: str) -> int:
        return self[name].lstat().st_size

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with _opened(self[name]) as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
        return digest.hexdigest()

    def take_odd(self, name: str) -> VerifyFinding | None:
        """Tells of something that is no file, once."""
        kind = self.odd.pop(name, None)
        says = f"is {kind} en geen bestand: wis het, en haal het opnieuw op"
        return VerifyFinding("no-file", name, says) if kind else None


def _opened(path: Path) -> IO[bytes]:
    """A plain file: what has become a link or a pipe since it was listed is not followed, nor waited for."""
    flags = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC")]
    stream = os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(0, "geen gewoon bestand")
    return stream


def _content(path: Path, most: int) -> bytes:
    """Raises ValueError for more than `most` bytes, and OSError."""
    with _opened(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError("too large")
    return content


# -- origin --------------------------------------------------------------------------------------------------------


class VerifyImpossible(Exception):
    """The folder cannot be looked at as was asked; the message, in Dutch, says what to do."""


@dataclass(frozen=True)
class OriginCheck:
    """What the recipient got by another way than the folder. Without `signers` no origin is checked.

    `trusted`: the text of `signers`. `revoked` holds keys (base64), `genuine` the SHA-256 of each manifest that the
    agency says it signed with one of those before the theft.
    """

    signers: Path | None = None
    trusted: str = ""
    revocations: Path | None = None
    revoked: frozenset[str] = frozenset()
    genuine: frozenset[str] = frozenset()
    keygen: str = ""

    def accepts(self, manifest: bytes, signature: bytes) -> bool:
        """Whether `ssh-keygen` accepts it. Raises VerifyImpossible when that cannot do its work."""
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "sig"  # what was read is what is judged, whatever the folder holds by now
            copy.write_bytes(signature)
            command = [self.keygen, "-Y", "verify", "-f", str(self.signers), "-I", SIGNER, "-n", NAMESPACE]
            command += ["-s", str(copy), *(["-r", str(self.revocations)] if self.revocations else [])]
            code = _exit_code(command, manifest)
        if code < 0 or code == 1:
            raise VerifyImpossible(f"{self.keygen} kan geen handtekening nakijken: OpenSSH 8.2 of nieuwer is nodig")
        return code == 0


UNASKED = OriginCheck()


def _exit_code(command: Sequence[str], content: bytes) -> int:
    quiet = subprocess.DEVNULL
    try:
        ran = subprocess.run(command, input=content, stdout=quiet, stderr=quiet, timeout=LONGEST_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VerifyImpossible(f"{command[0]} antwoordt niet ({type(error).__name__})") from None
    return ran.returncode


def origin_check(folder: Path, signers: Path | None, revocations: Path | None = None) -> OriginCheck:
    """Raises VerifyImpossible for a file that cannot be read or trusted, or when `ssh-keygen` is needed and missing."""
    check = UNASKED
    if revocations:
        check = _with_revocations(_trusted(folder, revocations), revocations.resolve())
    if not signers:
        return check
    trusted = _trusted(folder, signers)
    if KEY_KIND not in trusted.split():
        raise VerifyImpossible(f"{signers}: noemt geen sleutel ({KEY_KIND}): vraag ons het bestand opnieuw")
    keygen = shutil.which("ssh-keygen")
    if keygen is None or _is_inside(folder, Path(keygen)):
        raise VerifyImpossible("ssh-keygen (deel van OpenSSH) is hier niet: zonder kan geen herkomst nagekeken worden")
    return replace(check, signers=signers.resolve(), trusted=trusted, keygen=keygen)


def _trusted(folder: Path, path: Path) -> str:
    if _is_inside(folder, path):
        says = "ligt in de map die u nakijkt: wie daar kan schrijven, kan het vervangen. Leg het erbuiten"
        raise VerifyImpossible(f"{path}: {says}")
    try:
        return _content(path.resolve(), MOST_TRUSTED).decode()
    except (OSError, ValueError):
        raise VerifyImpossible(f"{path}: kan niet gelezen worden") from None


def _is_inside(folder: Path, path: Path) -> bool:
    """By its name, or once links are followed."""
    forms = (path.resolve(), Path(os.path.abspath(path)))  # noqa: PTH100 - by its name
    return any(parent.exists() and parent.samefile(folder) for form in forms for parent in form.parents)


def _with_revocations(text: str, path: Path) -> OriginCheck:
    revoked, genuine = set(), set()
    for line in text.splitlines():
        if found := re.match(r"# echt ([0-9a-f]{64})(?: |$)", line):
            genuine.add(found[1])
        elif line.strip() and not line.startswith("#"):
            kind, key, *_ = [*line.split(), "", ""]
            if kind != KEY_KIND or not _is_key(key):
                raise VerifyImpossible(f"{path}: is geen lijst van ingetrokken sleutels: vraag ons het bestand opnieuw")
            revoked.add(key)
    return OriginCheck(revocations=path, revoked=frozenset(revoked), genuine=frozenset(genuine))


def _is_key(text: str) -> bool:
    """Whether it is an Ed25519 key as SSH writes it: each in one way only."""
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return (
        base64.b64encode(blob).decode() == text and len(blob) == 51 and blob[4:15].decode(errors="replace") == KEY_KIND
    )


def _origin(folder: FetchedFolder, check: OriginCheck, stem: str, content: bytes) -> FetchedOrigin:
    """Whose a manifest with this content is, by the signature beside it."""
    name = stem + SIGNATURE
    if name not in folder:
        return _unsigned(folder, check, name)
    try:
        signature = _content(folder[name], MOST_SIGNATURE)
        key = _signing_key(signature)
    except (OSError, ValueError):
        says = "is geen handtekening zoals wij ze onder een manifest zetten, of is beschadigd: haal het opnieuw op"
        return _unproven("signature", name, says)
    encoded, signed_by = base64.b64encode(key).decode(), _fingerprint(key)
    if encoded in check.revoked:
        return _of_revoked(check, name, content, signed_by)
    if not check.signers or check.accepts(content, signature):
        return FetchedOrigin(PROVEN if check.signers else UNCHECKED, signed_by)
    return _not_accepted(check, name, encoded, signed_by)


def _fingerprint(key: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _of_revoked(check: OriginCheck, name: str, content: bytes, signed_by: str) -> FetchedOrigin:
    """Believed by the hash of its manifest alone: who stole the key can write any date."""
    if hashlib.sha256(content).hexdigest() in check.genuine:
        return FetchedOrigin(PROVEN if check.signers else UNCHECKED, signed_by)
    says = f"is gezet met een ingetrokken sleutel ({signed_by}), en niet door ons: niet gebruiken, bel ons meteen"
    return _unproven("revoked", name, says, signed_by)


def _not_accepted(check: OriginCheck, name: str, encoded: str, signed_by: str) -> FetchedOrigin:
    """Why `ssh-keygen` refuses it, as far as can be told."""
    lines = [line for line in check.trusted.splitlines() if encoded in line.split()]
    if not lines:
        says = (
            f"is gezet met een sleutel die niet bij uw ondertekenaars staat ({signed_by}): niet van ons, bel ons meteen"
        )
        return _unproven("signer", name, says, signed_by)
    if any("valid-" in line for line in lines):
        says = (
            f"is gezet met een sleutel die vandaag niet geldt bij uw ondertekenaars ({signed_by}), of vervalst: bel ons"
        )
        return _unproven("dated", name, says, signed_by)
    says = "past niet bij het manifest: een van beide is veranderd. Haal beide opnieuw op; blijft het, bel ons meteen"
    return _unproven("forged", name, says, signed_by)


def _unsigned(folder: FetchedFolder, check: OriginCheck, name: str) -> FetchedOrigin:
    """Nobody may strip a signature: where origins are checked each has one."""
    if finding := folder.take_odd(name):
        return FetchedOrigin(UNPROVEN, "", finding)
    if not check.signers:
        return FetchedOrigin()
    if any(name + half in folder for half in HALF):
        return _unproven("half", name, "is half opgehaald: haal het opnieuw op")
    says = "ontbreekt: zonder handtekening is niet bewezen dat dit van ons komt. Haal het op; is het er niet, bel ons"
    return _unproven("unsigned", name, says)


def _unproven(code: str, about: str, says: str, signed_by: str = "") -> FetchedOrigin:
    return FetchedOrigin(UNPROVEN, signed_by, VerifyFinding(code, about, says))


def _signing_key(signature: bytes) -> bytes:
    """The key that a signature of ours names, in SSH's form. Raises ValueError for anything else (PROTOCOL.sshsig)."""
    begin, end = rb"-----BEGIN SSH SIGNATURE-----\r?\n", rb"-----END SSH SIGNATURE-----\r?\n?"
    armored = re.fullmatch(begin + rb"([A-Za-z0-9+/=\r\n]+)" + end, signature)
    blob = base64.b64decode(re.sub(rb"[\r\n]", b"", armored[1]), validate=True) if armored else b""
    key, rest = _ssh_string(blob[10:])
    namespace, _ = _ssh_string(rest)
    kind, _ = _ssh_string(key)
    if blob[:10] != b"SSHSIG\0\0\0\1" or namespace.decode() != NAMESPACE or kind.decode() != KEY_KIND:
        raise ValueError("no signature of ours")
    return key


def _ssh_string(blob: bytes) -> tuple[bytes, bytes]:
    """The first string in SSH's form, and the rest."""
    end = 4 + int.from_bytes(blob[:4], "big")
    if len(blob) < max(4, end):
        raise ValueError("cut off")
    return blob[4:end], blob[end:]


# -- the whole folder ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FetchedPapers:
    """The manifest of a drop or notice, or why there is none; and whose it is."""

    manifest: FetchedManifest | VerifyFinding | None
    origin: FetchedOrigin

    @property
    def readable(self) -> FetchedManifest | None:
        return self.manifest if isinstance(self.manifest, FetchedManifest) else None

    @property
    def findings(self) -> tuple[VerifyFinding, ...]:
        found = (self.manifest if isinstance(self.manifest, VerifyFinding) else None, self.origin.finding)
        return tuple(each for each in found if each)


def verify_folder(path: Path, check: OriginCheck = UNASKED) -> VerifyReport:
    """Check every drop and notice in the folder. Raises VerifyImpossible, and OSError when it cannot be read."""
    folder = FetchedFolder(path)
    of_drops = {stem: _papers(folder, check, stem, _parsed) for stem in _stems(folder, STEM)}
    of_notices = {stem: _notice_papers(folder, check, stem) for stem in _stems(folder, NOTICE)}
    remarks = _claim(folder, of_drops | of_notices)
    real = {stem: papers for stem, papers in of_drops.items() if stem.startswith("AANMELDING")}
    believed = _believed(folder, real)
    newest = max((each.sequence for each in believed), default=0)
    drops = tuple(_drop(folder, stem, papers, newest) for stem, papers in of_drops.items())
    notices = tuple(_notice(folder, stem, papers) for stem, papers in of_notices.items())
    linked, unused = _chain(believed)
    said, repeated = _chain(heard := _believed(folder, of_notices))
    foreign = [VerifyFinding("foreign", name, "hoort bij geen levering") for name in sorted(folder.unclaimed)]
    odd = [finding for name in sorted(folder.odd) if (finding := folder.take_odd(name))]
    test = "is een test met verzonnen personen: niet gebruiken"
    remarks += [*unused, *repeated, *(VerifyFinding("test", drop.stem, test) for drop in drops if drop.test)]
    wrong = (*linked, *said, *_repeats(heard), *_recipients(drops, notices), *foreign, *odd)
    return VerifyReport(drops, notices, wrong, tuple(remarks))


def _stems(folder: FetchedFolder, pattern: re.Pattern[str]) -> list[str]:
    return sorted(stem for stem in folder.by_stem if pattern.fullmatch(stem))


def _claim(folder: FetchedFolder, papers: Mapping[str, FetchedPapers]) -> list[VerifyFinding]:
    """Claim the files of each drop and notice, by its manifest, or by name where that cannot be read.

    A signature of a kind that we do not know is a newer version's, and is told of.
    """
    newer = []
    for stem, found in papers.items():
        named, manifest, lying = {stem + MANIFEST, stem + SIGNATURE}, found.manifest, folder.by_stem[stem]
        if isinstance(manifest, FetchedManifest):
            named.update(name for file in manifest.files for name in file.names)
            extra = sorted(name for name in lying - named if name.endswith(".sig"))
            newer += [
                VerifyFinding("newer", name, "kent deze verify.py niet: vraag ons een nieuwere") for name in extra
            ]
            named.update(extra)
        else:
            named.update(lying if manifest else (f"{stem}.csv", f"{stem}.csv.pgp"))
        folder.unclaimed -= {f"{stem}.GO", f"{stem}.ACK", *named, *(name + half for name in named for half in HALF)}
    return newer


def _believed(folder: FetchedFolder, papers: Mapping[str, FetchedPapers]) -> list[FetchedManifest]:
    """The manifests that count and are ours as far as was looked; also each that one of those names by its hash.

    So what somebody forged breaks no chain between what we made, and a signature that is lost is said once.
    """
    there = [
        (manifest, each.origin.word)
        for stem, each in papers.items()
        if (manifest := each.readable) and f"{stem}.GO" in folder
    ]
    named: set[str | None] = set()
    believed = []
    for manifest, word in sorted(there, key=lambda one: -one[0].sequence):
        if word != UNPROVEN or manifest.sha256 in named:
            believed.append(manifest)
            named.add(manifest.previous)
    return believed


# -- a manifest ----------------------------------------------------------------------------------------------------


def _papers(
    folder: FetchedFolder, check: OriginCheck, stem: str, parse: Callable[[Mapping[str, Any], str], FetchedManifest]
) -> FetchedPapers:
    """Of one drop or notice. What has no GO file yet may have no signature yet either: its origin is not asked."""
    name, asked = stem + MANIFEST, check if f"{stem}.GO" in folder else UNASKED
    lost = FetchedOrigin(UNPROVEN if asked.signers else UNCHECKED)
    if name not in folder:
        missing = VerifyFinding("manifest-missing", name, "ontbreekt: haal het op")
        return FetchedPapers(folder.take_odd(name) or missing, lost)
    spoilt = VerifyFinding("manifest", name, "is geen manifest van ons, of is beschadigd: haal het opnieuw op")
    try:
        content = _content(folder[name], MOST_MANIFEST)
    except (OSError, ValueError):
        return FetchedPapers(spoilt, lost)
    origin = _origin(folder, asked, stem, content)
    try:
        manifest = parse(json.loads(content), hashlib.sha256(content).hexdigest())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return FetchedPapers(spoilt, origin)
    if manifest.stem != stem:
        says = f"hoort volgens zijn inhoud bij {manifest.stem}: hernoemd, of vervalst"
        return FetchedPapers(VerifyFinding("renamed", name, says), origin)
    return FetchedPapers(manifest, origin)


def _parsed(package: Mapping[str, Any], sha256: str) -> FetchedManifest:
    """Raises ValueError, KeyError, TypeError or AttributeError unless the package is a manifest."""
    test, sequence = package.get("test", False) is True, _whole(package["sequence"])
    kbo, night, decided_at = _who_and_when(package, "decided_at")
    kind = "TEST" if test else "AANMELDING"
    stem = f"{kind}_OPGROEIEN_{kbo}_{night:%Y%m%d}_{sequence:06}"
    files = tuple(_listed(resource, stem) for resource in package["resources"])
    previous = package["previous_manifest_sha256"]
    is_first = sequence == (0 if test else 1)
    right = (
        STEM.fullmatch(stem) and package["name"] == stem.lower() and (sequence == 0) == test
        and any(file.rows is None for file in files)
        and (previous is None or (re.fullmatch("[0-9a-f]{64}", previous) and not is_first))
        and len({name for file in files for name in file.names}) == sum(len(file.names) for file in files)
    )  # fmt: skip
    if not right:
        raise ValueError("contradictory")
    rows = _whole(package["rows"])
    made = FetchedManifest(stem, kbo, night, sequence, rows, decided_at, previous, test, files, sha256)
    return replace(made, reference_key=str(package["reference_key_id"]) if "reference_key_id" in package else None)


def _parsed_notice(package: Mapping[str, Any], sha256: str) -> FetchedManifest:
    """Raises ValueError, KeyError, TypeError or AttributeError unless the package is the manifest of a notice."""
    number, repeats = _whole(package["number"]), package["repeats"]
    kbo, night, written_at = _who_and_when(package, "written_at")
    named = "" if repeats is None else f"_HERHAALT_{_whole(repeats):06}"
    stem = f"INTREKKING_OPGROEIEN_{kbo}_{night:%Y%m%d}_{number:06}{named}"
    (file,) = (_listed(resource, stem) for resource in package["resources"])
    list_, previous = file.clear or file, package["previous_notice_sha256"]
    right = (
        NOTICE.fullmatch(stem) and package["name"] == stem.lower() and number > 0
        and (repeats is None or 0 < repeats < number)
        and list_.name == f"{stem}.csv" and list_.columns == NOTICE_COLUMNS
        and (previous is None or (re.fullmatch("[0-9a-f]{64}", previous) and number > 1))
    )  # fmt: skip
    if not right:
        raise ValueError("contradictory")
    rows = _whole(package["rows"])
    return FetchedManifest(stem, kbo, night, number, rows, written_at, previous, False, (file,), sha256, repeats)


def _who_and_when(package: Mapping[str, Any], at: str) -> tuple[str, date, datetime]:
    instant = datetime.fromisoformat(package[at])
    if instant.utcoffset() != timedelta(0):
        raise ValueError("not UTC")
    return str(package["recipient"]["kbo"]), date.fromisoformat(package["night"]), instant


def _listed(resource: Mapping[str, Any], stem: str) -> ListedFile:
    columns = tuple(str(each["name"]) for each in resource["schema"]["fields"])
    decrypted = resource.get("decrypted")
    clear = _file(decrypted, stem, columns) if decrypted else None
    counted = resource if "rows" in resource else decrypted or resource
    rows = _whole(counted["rows"]) if "rows" in counted or SHEET.search(str(resource["path"])) else None
    listed = replace(_file(resource, stem, () if clear else columns), clear=clear, rows=rows)
    if clear and listed.name != f"{clear.name}.pgp":
        raise ValueError("another name")
    return listed


def _file(described: Mapping[str, Any], stem: str, columns: tuple[str, ...]) -> ListedFile:
    name, (algorithm, sha256) = str(described["path"]), str(described["hash"]).split(":")
    plain = re.fullmatch(re.escape(stem) + r"(\.[a-z0-9-]+)+", name) and name not in (stem + MANIFEST, stem + SIGNATURE)
    if not (plain and algorithm == "sha256" and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise ValueError("no file of this drop")
    return ListedFile(name, _whole(described["bytes"]), sha256, columns if name.endswith(".csv") else ())


def _whole(value: object) -> int:
    """A count, of bytes too: nothing of ours counts to a thousand million."""
    if type(value) is not int or not 0 <= value <= MOST_DATA:
        raise ValueError("no count")
    return value


# -- a drop --------------------------------------------------------------------------------------------------------


def _drop(folder: FetchedFolder, stem: str, papers: FetchedPapers, newest: int) -> FetchedDrop:
    """Without a GO file a drop is not ready, whatever else lacks. Of one that is not proven ours no data are read."""
    manifest, origin = papers.readable, papers.origin
    if f"{stem}.GO" not in folder:
        return FetchedDrop(stem, NOT_READY, manifest, origin="")
    found, is_tidied = papers.findings, False
    if manifest and not found:
        gone = [folder.keys().isdisjoint(file.names) for file in manifest.files if not file.may_stay]
        is_tidied = manifest.sequence < newest and all(gone)
        files = [file for file in manifest.files if not (is_tidied and folder.keys().isdisjoint(file.names))]
        found = (*([] if is_tidied else _go_finding(folder, stem)), *_file_findings(folder, files, manifest.rows))
    state = WRONG if found else TIDIED if is_tidied else FINE
    return FetchedDrop(stem, state, manifest, tuple(found), origin.word, origin.signed_by)


def _go_finding(folder: FetchedFolder, stem: str) -> list[VerifyFinding]:
    is_empty = folder.size(f"{stem}.GO") == 0
    return [] if is_empty else [VerifyFinding("go", f"{stem}.GO", "is niet leeg: zo maken wij het niet")]


def _file_findings(folder: FetchedFolder, files: Sequence[ListedFile], rows: int) -> list[VerifyFinding]:
    return [finding for file in files if (finding := _file_finding(folder, file, rows))]


def _file_finding(folder: FetchedFolder, listed: ListedFile, rows: int) -> VerifyFinding | None:
    """The first mistake in a file, or in the decrypted file beside it."""
    try:
        rows = rows if listed.rows is None else listed.rows
        finding = _bytes(folder, listed) or _cells(folder, listed, rows)
        if listed.clear and listed.clear.name in folder:
            finding = finding or _bytes(folder, listed.clear) or _cells(folder, listed.clear, rows)
        return finding
    except OSError as error:
        return VerifyFinding("unreadable", listed.name, f"kan niet gelezen worden ({error.strerror})")


def _bytes(folder: FetchedFolder, listed: ListedFile) -> VerifyFinding | None:
    """Whether the file is there, whole and unchanged."""
    name = listed.name
    if name not in folder:
        return folder.take_odd(name) or _missing(folder, listed)
    size = folder.size(name)
    if size < listed.bytes:
        says = f"is maar {size} van de {listed.bytes} bytes: half opgehaald, haal opnieuw op"
        return VerifyFinding("size", name, says)
    if size > listed.bytes:
        return VerifyFinding("size", name, f"is {size} bytes in plaats van {listed.bytes}: haal het opnieuw op")
    if folder.sha256(name) != listed.sha256:
        return VerifyFinding("hash", name, "is veranderd (SHA-256 klopt niet): haal het opnieuw op")
    return None


def _missing(folder: FetchedFolder, listed: ListedFile) -> VerifyFinding:
    if any(listed.name + half in folder for half in HALF):
        return VerifyFinding("half", listed.name, "is half opgehaald: haal het opnieuw op")
    alike = (other for other in sorted(folder.unclaimed) if folder.size(other) == listed.bytes)
    for other in islice(alike, 20):  # who can write here could make us read a thousand
        if folder.sha256(other) == listed.sha256:
            folder.unclaimed.remove(other)
            return VerifyFinding("renamed", listed.name, f"heet hier {other}: geef het zijn naam terug")
    return VerifyFinding("missing", listed.name, "ontbreekt: haal het op")


def _cells(folder: FetchedFolder, listed: ListedFile, rows: int) -> VerifyFinding | None:
    """Whether a CSV has the columns and the number of rows of its manifest."""
    if not listed.columns:
        return None
    name = listed.name
    try:
        with _opened(folder[name]) as stream:
            table = _rows_of(stream)
            if tuple(next(table, ())) != listed.columns:
                return VerifyFinding("columns", name, "heeft andere kolommen dan het manifest zegt: meld het ons")
            count = 0
            for count, row in enumerate(table, 1):
                if len(row) != len(listed.columns):
                    says = f"heeft op regel {count + 1} een ander aantal cellen: meld het ons"
                    return VerifyFinding("columns", name, says)
    except (csv.Error, ValueError):
        return VerifyFinding("columns", name, "is geen csv zoals wij ze maken: meld het ons")
    if count != rows:
        return VerifyFinding("rows", name, f"heeft {count} rijen in plaats van {rows}: meld het ons")
    return None


def _rows_of(stream: IO[bytes]) -> Iterator[list[str]]:
    """Raises csv.Error, and ValueError for what is no UTF-8 or a line without end."""
    yield from csv.reader(_lines(stream), delimiter=";", strict=True)


def _lines(stream: IO[bytes]) -> Iterator[str]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise ValueError("a line without end")
        yield line


# -- between drops, and between notices --------------------------------------------------------------------------------


def _chain(manifests: Sequence[FetchedManifest]) -> tuple[list[VerifyFinding], list[VerifyFinding]]:
    """Mistakes from each drop to the next, or each notice, by number; and remarks about numbers that are not missed.

    A manifest names the manifest that counted before it: a gap in the numbers with the chain whole hides no drop.
    """
    ordered = sorted(manifests, key=lambda each: (each.kbo, each.sequence, each.night, each.stem))
    pairs = [(before, after) for before, after in pairwise(ordered) if before.kbo == after.kbo]
    repeated = {(each.kbo, each.repeats) for each in manifests}
    wrong, remarks = [], []
    for before, after in pairs:
        finding = _link(before, after)
        if finding and finding.code == "gap" and (hides_nothing := _explained(before, after, repeated)):
            remarks.append(hides_nothing)
        elif finding:
            wrong.append(finding)
        elif after.sequence > before.sequence + 1:
            says = f"ervoor is {_between(before, after)} nooit uitgebracht: u mist niets"
            remarks.append(VerifyFinding("unused", after.stem, says))
    return wrong, remarks


def _explained(
    before: FetchedManifest, after: FetchedManifest, repeated: Container[tuple[str, int | None]]
) -> VerifyFinding | None:
    """Why a gap hides nothing: what lacks is said again by notices that are here, or no night lacks, so that a drop
    that is here came in the place of each that lacks. Every list is whole."""
    lacks = f"ervoor ontbreekt {_between(before, after)}"
    if _is_repeated(before, after, repeated):
        return VerifyFinding("repeated", after.stem, f"{lacks}, en wordt herhaald: u mist niets")
    if not after.is_notice and after.night - before.night <= timedelta(1):
        return VerifyFinding(
            "replaced", after.stem, f"{lacks}, maar geen nacht: vervangen door een nieuwere, u mist niets"
        )
    return None


def _is_repeated(before: FetchedManifest, after: FetchedManifest, repeated: Container[tuple[str, int | None]]) -> bool:
    """Whether each notice that lacks between them is said again by one that is here."""
    return all((after.kbo, number) in repeated for number in range(before.sequence + 1, after.sequence))


def _link(before: FetchedManifest, after: FetchedManifest) -> VerifyFinding | None:
    """The mistake between two neighbours. A drop that replaces another is of the same night."""
    if before.sequence == after.sequence:
        says = f"heeft hetzelfde volgnummer als {before.stem}: een van beide is niet van ons, meld het ons"
        return VerifyFinding("twice", after.stem, says)
    earlier = after.decided_at < before.decided_at or (after.decided_at == before.decided_at and not after.is_notice)
    if after.night < before.night or earlier:
        what = "een oud bericht" if after.is_notice else "een oude levering"
        says = f"is ouder dan {before.stem} en heeft toch een hoger volgnummer: {what}, meld het ons"
        return VerifyFinding("older", after.stem, says)
    if after.previous == before.sha256:
        return None
    if after.sequence > before.sequence + 1:
        return VerifyFinding("gap", after.stem, f"ervoor ontbreekt in deze map {_between(before, after)}")
    says = f"verwijst naar een ander manifest dan dat van {before.stem}: een van beide is veranderd, meld het ons"
    return VerifyFinding("chain", after.stem, says)


def _between(before: FetchedManifest, after: FetchedManifest) -> str:
    first, last = before.sequence + 1, after.sequence - 1
    return f"volgnummer {first}" if first == last else f"volgnummer {first} tot en met {last}"


def _recipients(drops: Sequence[FetchedDrop], notices: Sequence[FetchedNotice]) -> list[VerifyFinding]:
    """One folder belongs to one recipient."""
    stems = [*(drop.stem for drop in drops), *(notice.stem for notice in notices)]
    numbers = sorted({stem.split("_")[2] for stem in stems})
    says = "staan samen in deze map: neem een map per ontvanger; is een nummer niet van u, bel ons dan meteen"
    return [VerifyFinding("recipients", ", ".join(numbers), says)] if len(numbers) > 1 else []


def _repeats(notices: Sequence[FetchedManifest]) -> list[VerifyFinding]:
    """A notice that repeats another says the same."""
    by_number = {(each.kbo, each.sequence): each for each in notices}
    return [
        VerifyFinding("repeats", each.stem, f"zegt iets anders dan {first.stem}, dat het herhaalt: meld het ons")
        for each in notices
        if (first := by_number.get((each.kbo, each.repeats or 0))) and _says(first) != _says(each)
    ]


def _says(notice: FetchedManifest) -> tuple[int, str]:
    (file,) = notice.files
    return notice.rows, (file.clear or file).sha256


def as_expected(report: VerifyReport, kbo: str | None, days: int | None, today: date) -> VerifyReport:
    """The report, with what is another recipient's, and with a newest drop that is more than so many days old."""
    others = [each.stem for each in report.all if kbo and each.stem.split("_")[2] != kbo]
    found = [VerifyFinding("recipient", stem, f"is niet voor {kbo}: niet openen, bel ons meteen") for stem in others]
    newest = max((drop.manifest.night for drop in _counted(report) if drop.manifest), default=None)
    if days is not None and newest and (today - newest).days > days:
        says = (
            f"is van {newest:%d/%m/%Y}, meer dan {days} dagen geleden: haal de nieuwste op, of vraag ons of er een is"
        )
        found.append(VerifyFinding("stale", "de nieuwste levering", says))
    return replace(report, findings=(*report.findings, *found))


def _counted(report: VerifyReport) -> list[FetchedDrop]:
    """The drops with persons that count, but for those that are not proven ours where that was asked."""
    ready = [drop for drop in report.drops if drop.state != NOT_READY and drop.origin != UNPROVEN]
    return [drop for drop in ready if drop.manifest and not drop.test]


def _newest_counted(report: VerifyReport) -> FetchedDrop | None:
    return max(_counted(report), key=lambda drop: drop.manifest.sequence if drop.manifest else 0, default=None)


# -- notices -------------------------------------------------------------------------------------------------------


def _notice_papers(folder: FetchedFolder, check: OriginCheck, stem: str) -> FetchedPapers:
    """One from before notices had manifests has no papers at all, which is borne only where no origin is asked."""
    named = (stem + MANIFEST, stem + SIGNATURE)
    if any(name in lying for name in named for lying in (folder, folder.odd)):
        return _papers(folder, check, stem, _parsed_notice)
    return FetchedPapers(None, _unsigned(folder, check if f"{stem}.GO" in folder else UNASKED, named[1]))


def _notice(folder: FetchedFolder, stem: str, papers: FetchedPapers) -> FetchedNotice:
    manifest, origin = papers.readable, papers.origin
    if f"{stem}.GO" not in folder:
        return FetchedNotice(stem, NOT_READY, None, (), manifest, origin="")
    found, references = list(papers.findings), manifest.rows if manifest else None
    if not found:
        found = _go_finding(folder, stem)
        found += _file_findings(folder, manifest.files, manifest.rows) if manifest else _bare_findings(folder, stem)
    if not found and f"{stem}.csv" in folder:
        try:
            references = len(_withdrawn(_content(folder[f"{stem}.csv"], MOST_NOTICE)))
        except (OSError, ValueError, csv.Error):
            says = "is geen intrekkingsbericht zoals wij het maken: haal het opnieuw op"
            found = [VerifyFinding("notice", f"{stem}.csv", says)]
    state = WRONG if found else FINE
    return FetchedNotice(stem, state, references, tuple(found), manifest, origin.word, origin.signed_by)


def _bare_findings(folder: FetchedFolder, stem: str) -> list[VerifyFinding]:
    """Of a notice without manifest."""
    name = f"{stem}.csv"
    if name in folder or f"{name}.pgp" in folder:
        return []
    odd = folder.take_odd(name) or folder.take_odd(f"{name}.pgp")
    return [odd or VerifyFinding("missing", name, "ontbreekt: haal het op")]


def _withdrawn(content: bytes) -> dict[str, date]:
    """A notice's references, each with its last date. Raises csv.Error or ValueError for no notice."""
    header, *rows = _rows_of(io.BytesIO(content))
    if tuple(header) != NOTICE_COLUMNS:
        raise ValueError("other columns")
    return {reference: date.fromisoformat(day) for reference, day in sorted(map(tuple, rows))}


def apply_check(path: Path, report: VerifyReport, notice: Path) -> VerifyReport:
    """The report, with the references of a notice that occur in the newest drop that counts: none should.

    Only in a drop of the date beside the reference, or older: a newer drop released the parent again. The notice is one
    of the folder that is in order; what was decrypted elsewhere is known by its hash.
    """
    newest = _newest_counted(report)
    try:
        content = _content(notice, MOST_NOTICE)
        gone = _withdrawn(content)
    except (OSError, ValueError, csv.Error):
        return _unchecked(report, notice, "is geen intrekkingsbericht dat te lezen is")
    if not _is_whole(path, report, notice, content):
        return _unchecked(report, notice, "is niet vergeleken: dat bericht is niet in orde, of staat niet in deze map")
    if newest is None or newest.manifest is None or newest.state != FINE:
        return _unchecked(report, notice, "is niet vergeleken: de nieuwste levering is niet in orde")
    lists = [clear.name for file in newest.manifest.lists if (clear := file.clear or file).columns]
    if not lists or not (path / lists[0]).is_file():
        return _unchecked(report, notice, f"is niet vergeleken: ontsleutel eerst de csv van {newest.stem} in deze map")
    with _opened(path / lists[0]) as stream:
        listed = {row[0] for row in _rows_of(stream) if row and row[0] in gone}
    night = newest.manifest.night
    return replace(report, still_listed=tuple(sorted(each for each in listed if night <= gone[each])))


def _is_whole(path: Path, report: VerifyReport, notice: Path, content: bytes) -> bool:
    """Whether these are the bytes of a notice in the folder with which nothing is wrong."""
    for each in report.notices:
        if notice.name == f"{each.stem}.csv" and each.state == FINE:
            if each.manifest is None:
                return notice.parent.samefile(path)
            (file,) = each.manifest.files
            return hashlib.sha256(content).hexdigest() == (file.clear or file).sha256
    return False


def _unchecked(report: VerifyReport, notice: Path, says: str) -> VerifyReport:
    return replace(report, findings=(*report.findings, VerifyFinding("apply-check", notice.name, says)))


# -- what changed between two drops --------------------------------------------------------------------------------


def compare_drops(path: Path, report: VerifyReport, since: str, drop: str | None = None) -> VerifyReport:
    """The report, with what changed from the drop named `since` to the one named `drop`: the newest unless told.

    Only drops in order are compared, by their lists as CSV, decrypted beside the `.pgp`; else a finding says why not.
    """
    try:
        before, after = _named_drop(report, since), _named_drop(report, drop) if drop else _newest(report)
        _require_comparable(before, after)
        rows = _compared(_fetched_rows(path, before), _fetched_rows(path, after))
        return replace(report, comparison=DropComparison(after.stem, before.stem, tuple(rows)))
    except _NotCompared as why:
        finding = VerifyFinding("since", why.about, f"is niet vergeleken: {why.says}")
        return replace(report, findings=(*report.findings, finding))


class _NotCompared(Exception):
    """Why a drop cannot be compared, in Dutch."""

    def __init__(self, about: str, says: str) -> None:
        super().__init__(about, says)
        self.about, self.says = about, says


def _named_drop(report: VerifyReport, name: str) -> FetchedManifest:
    """The drop with that stem, or with a file of that name. Raises _NotCompared where anything is wrong with it."""
    stem = Path(name).name.partition(".")[0]
    found = next((each for each in report.drops if each.stem == stem), None)
    if found is None:
        raise _NotCompared(name, "die levering staat niet in deze map")
    if found.state == TIDIED:
        raise _NotCompared(stem, "de lijst ervan is opgeruimd")
    between = (each for each in report.findings if each.about == stem and each.code != "gap")
    if found.state != FINE or found.manifest is None or any(between):
        raise _NotCompared(stem, f"die levering is {WRONG if found.state == FINE else found.state}")
    return found.manifest


def _newest(report: VerifyReport) -> FetchedManifest:
    newest = _newest_counted(report)
    if newest is None:
        raise _NotCompared("de nieuwste levering", "er is er geen die telt")
    return _named_drop(report, newest.stem)


def _require_comparable(before: FetchedManifest, after: FetchedManifest) -> None:
    if before.stem == after.stem:
        raise _NotCompared(before.stem, "het is twee keer dezelfde levering: noem een oudere")
    if before.test or after.test:
        raise _NotCompared((before if before.test else after).stem, "het is een test met verzonnen personen")
    if before.kbo != after.kbo:
        raise _NotCompared(before.stem, f"ze is voor een andere ontvanger dan {after.stem}")
    if before.sequence > after.sequence:
        raise _NotCompared(before.stem, f"ze is nieuwer dan {after.stem}: wissel ze om")
    if before.reference_key != after.reference_key:
        raise _NotCompared(before.stem, "alle referenties zijn sindsdien vervangen (reference_key_id in het manifest)")


class _FetchedRows(NamedTuple):
    """A list's columns but the reference, and by reference its cells in one text: two whole lists are held at once."""

    columns: list[str]
    cells: dict[str, str]

    def filled(self, reference: str) -> dict[str, str]:
        cells = self.cells[reference].split("\0")
        return {column: cell for column, cell in zip(self.columns, cells, strict=True) if cell}


def _fetched_rows(path: Path, manifest: FetchedManifest) -> _FetchedRows:
    """What is read is what the manifest names, whatever the folder holds by now."""
    listed = next((clear for file in manifest.lists if (clear := file.clear or file).columns), None)
    if listed is None:
        raise _NotCompared(manifest.stem, "er is geen lijst als csv bij")
    if not (path / listed.name).is_file():
        raise _NotCompared(manifest.stem, f"ontsleutel eerst {listed.name} in deze map")
    try:
        if listed.bytes > MOST_COMPARED:
            raise ValueError("too large")
        content = _content(path / listed.name, MOST_COMPARED)
        if hashlib.sha256(content).hexdigest() != listed.sha256:
            raise ValueError("changed meanwhile")
        return _parsed_rows(listed.name, _rows_of(io.BytesIO(content)))
    except (OSError, ValueError, csv.Error):
        says = f"het is niet te lezen, veranderde intussen, of is groter dan {MOST_COMPARED} bytes"
        raise _NotCompared(listed.name, says) from None


def _parsed_rows(name: str, table: Iterator[list[str]]) -> _FetchedRows:
    """Raises _NotCompared, csv.Error or ValueError."""
    header = next(table, [])
    named = all(COLUMN.fullmatch(column) for column in header)
    if header[:1] != [COMPARED[0]] or not header[1:] or len(set(header)) < len(header) or not named:
        raise _NotCompared(name, f"het heeft andere kolommen dan {COMPARED[0]} en elke andere één keer: meld het ons")
    found: dict[str, str] = {}
    for reference, *cells in table:
        if not REFERENCE.fullmatch(reference) or len(cells) != len(header) - 1 or "\0" in "".join(cells):
            raise _NotCompared(name, f"rij {len(found) + 1} is er geen zoals wij ze maken: meld het ons")
        if reference in found:
            raise _NotCompared(name, f"{reference} staat er twee keer in: meld het ons")
        found[reference] = "\0".join(cells)
    return _FetchedRows(header[1:], found)


def _compared(old: _FetchedRows, new: _FetchedRows) -> Iterator[ComparedRow]:
    """By reference. A column that only one of both has is an empty one in the other."""
    for reference in sorted(old.cells.keys() | new.cells.keys()):
        if reference not in old.cells or reference not in new.cells:
            yield ComparedRow(reference, NEW if reference in new.cells else GONE)
            continue
        was, now = old.filled(reference), new.filled(reference)
        columns = tuple(each for each in dict.fromkeys([*old.columns, *new.columns]) if was.get(each) != now.get(each))
        yield ComparedRow(reference, CHANGED if columns else UNCHANGED, columns)


def write_comparison(folder: Path, comparison: DropComparison, files: Mapping[str, bytes]) -> list[Path]:
    """Write it by format, in a folder of its own that is closed to others; where. Raises VerifyImpossible."""
    place = folder / COMPARISONS
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise NotADirectoryError(0, "is geen map")
        stem = f"{comparison.drop}_sinds_{comparison.since}"
        return [_write(place / f"{stem}.{format_}", content) for format_, content in files.items()]
    except OSError as error:
        raise VerifyImpossible(f"{place}: daar kan niet geschreven worden ({error.strerror})") from None


def _write(path: Path, content: bytes) -> Path:
    """Whole or not at all; a link of that name is replaced, not followed."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise


def comparison_csv(comparison: DropComparison) -> bytes:
    """References, a word and names of columns: nothing of a person."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(COMPARED)
    writer.writerows((row.reference, row.stand, ", ".join(row.columns)) for row in comparison.rows)
    return stream.getvalue().encode("utf-8-sig")


def comparison_text(comparison: DropComparison) -> str:
    """For a person: each reference with which something is the matter, and how many there are."""
    counts = ", ".join(f"{comparison.count(stand)} {stand}" for stand in (NEW, CHANGED, GONE, UNCHANGED))
    shown = [row for row in comparison.rows if row.stand != UNCHANGED]
    lines = [f"- {row.stand}: {row.reference}{_of_columns(row)}" for row in sorted(shown, key=_by_stand)]
    return "\n".join([f"{comparison.drop} tegenover {comparison.since}: {counts}.", *lines])


def _of_columns(row: ComparedRow) -> str:
    return f" ({', '.join(row.columns)})" if row.columns else ""


def _by_stand(row: ComparedRow) -> tuple[int, str]:
    return (NEW, CHANGED, GONE).index(row.stand), row.reference


# -- the report for a person and for a program ------------------------------------------------------------------------


def report_table(report: VerifyReport) -> str:
    """One line for each drop and notice."""
    head = ("levering of bericht", "van", "volgnr.", "ouders", "toestand", "herkomst")
    lines = [_line(each) for each in report.all]
    widths = [max(len(line[at]) for line in (head, *lines)) for at in range(len(head))]
    rows = [head, tuple("-" * width for width in widths), *lines]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _line(each: FetchedDrop | FetchedNotice) -> tuple[str, ...]:
    manifest = each.manifest
    named = (f"{manifest.night:%d/%m/%Y}", str(manifest.sequence), str(manifest.rows)) if manifest else ("", "", "")
    if isinstance(each, FetchedNotice):
        named = (*named[:2], "" if each.references is None else str(each.references))
    return (each.stem, *named, each.state, each.origin)


def report_sentence(report: VerifyReport) -> str:
    """The whole report in one sentence."""
    drops, notices = len(report.drops), len(report.notices)
    of = f"{drops} levering{'en' if drops != 1 else ''} en {notices} intrekkingsbericht{'en' if notices != 1 else ''}"
    if report.ok and report.origin_checked:
        return f"Alles in orde: {of}."
    if report.ok:
        return f"Heel en volledig, maar {UNCHECKED}: {of}. Leg {SIGNERS_FILE} naast verify.py: zie nakijken.md."
    if not drops and not notices:
        return "Er is geen levering en geen intrekkingsbericht in deze map."
    wrong = len(report.wrong)
    parts = ["1 ding is niet in orde" if wrong == 1 else f"{wrong} dingen zijn niet in orde"] if wrong else []
    if report.waiting:
        parts.append(f"{report.waiting} nog niet klaar (geen GO-bestand): wacht, of haal opnieuw op")
    if report.still_listed:
        parts.append(f"{len(report.still_listed)} ingetrokken referenties staan nog in de nieuwste levering")
    parts += [] if report.origin_checked else [UNCHECKED]
    return f"NIET gebruiken zonder na te kijken: {'; '.join(parts)} ({of})."


def report_text(report: VerifyReport) -> str:
    """For a person."""
    lines = [report_table(report), ""] if report.drops or report.notices else []
    lines += [f"- {_flat(finding)}" for finding in report.wrong]
    lines += [f"  (let op: {_flat(finding)})" for finding in report.remarks]
    if report.still_listed is not None:
        lines += [f"- nog in de nieuwste levering: {reference}" for reference in report.still_listed]
    lines += [*comparison_text(report.comparison).splitlines(), ""] if report.comparison else []
    return "\n".join([*lines, report_sentence(report)])


def _flat(finding: VerifyFinding) -> str:
    """One line, whatever a name holds."""
    return "".join(each if each.isprintable() else "?" for each in f"{finding.about} {finding.says}")


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="MAP", help="de map waarin u de leveringen ophaalde")
    parser.add_argument("--json", action="store_true", help="voor een programma in plaats van voor een mens")
    help_ = "een intrekkingsbericht: welke referenties ervan staan nog in de nieuwste levering?"
    parser.add_argument("--apply-check", type=Path, metavar="BERICHT", help=help_)
    help_ = f"wat veranderde er sinds deze levering? Ook als csv, in de map {COMPARISONS} erin"
    parser.add_argument("--since", metavar="LEVERING", help=help_)
    add_origin_arguments(parser)


def add_origin_arguments(parser: argparse.ArgumentParser) -> None:
    help_ = f"wie mag ondertekenen; zonder deze optie {SIGNERS_FILE} naast verify.py, als dat er is"
    parser.add_argument("--ondertekenaars", dest="signers", type=Path, metavar="BESTAND", help=help_)
    help_ = f"welke sleutels ingetrokken zijn; zonder deze optie {REVOKED_FILE} naast verify.py, als dat er is"
    parser.add_argument("--ingetrokken", dest="revocations", type=Path, metavar="BESTAND", help=help_)
    help_ = "uw KBO-nummer: wat voor een ander is, is niet in orde"
    parser.add_argument("--ontvanger", dest="recipient", metavar="NUMMER", help=help_)
    help_ = "zoveel dagen mag de nieuwste levering oud zijn"
    parser.add_argument("--hoogstens", dest="days", type=int, metavar="DAGEN", help=help_)


def run_verify(options: argparse.Namespace) -> int:
    """EXIT_FINE when all is in order and ours; see nakijken.md for the others."""
    try:
        report = verify_as_asked(options)
        if options.apply_check:
            report = apply_check(options.folder, report, options.apply_check)
        if options.since:
            report = compare_drops(options.folder, report, options.since)
        if report.comparison:
            write_comparison(options.folder, report.comparison, {"csv": comparison_csv(report.comparison)})
    except (VerifyImpossible, OSError) as error:
        says = f"kan niet gelezen worden ({error.strerror})" if isinstance(error, OSError) else str(error)
        print(shown(says if isinstance(error, VerifyImpossible) else f"{options.folder}: {says}"), file=sys.stderr)
        return EXIT_IMPOSSIBLE
    code = report.exit_code
    whole = {"ok": code == EXIT_FINE, "exit": code, "sentence": report_sentence(report)} | asdict(report)
    as_json = json.dumps(whole, indent=2, default=lambda instant: instant.isoformat())
    print(as_json if options.json else shown(report_text(report)))
    return code


def verify_as_asked(options: argparse.Namespace) -> VerifyReport:
    """By the options of `add_origin_arguments`. Raises VerifyImpossible, and OSError."""
    signers, revocations = _beside(options.signers, SIGNERS_FILE), _beside(options.revocations, REVOKED_FILE)
    report = verify_folder(options.folder, origin_check(options.folder, signers, revocations))
    return as_expected(report, options.recipient, options.days, date.today())


def _beside(named: Path | None, name: str) -> Path | None:
    """What was named, or else the file of that name beside this one, if it is there."""
    beside = Path(__file__).resolve().with_name(name)
    return named or (beside if os.path.lexists(beside) else None)


def shown(words: str) -> str:
    """Names of files are not ours: nothing in them may steer the terminal."""
    encoding = sys.stdout.encoding or "ascii"
    plain = "".join(each if each.isprintable() or each == "\n" else "?" for each in words)
    return plain.encode(encoding, "replace").decode(encoding)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Kijkt na of de leveringen in een map heel, echt en volledig zijn.")
    add_verify_arguments(arguments)
    sys.exit(run_verify(arguments.parse_args()))
