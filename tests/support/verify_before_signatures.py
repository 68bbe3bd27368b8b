"""Nakijken van een map met leveringen, bij de ontvanger: `gegevensdeling verify MAP` of `python verify.py MAP`.

One file that imports nothing of ours, so that an OCMW can be handed this file alone: Python 3.10 or newer, no network.
The report says (in Dutch) which files are whole, not there yet or wrong, and never shows a cell, but for the opaque
references that `--apply-check` asks for. Rules: docs/ontvanger/nakijken.md.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

STEM = re.compile(r"(AANMELDING|TEST)_OPGROEIEN_([01][0-9]{9})_([0-9]{8})_([0-9]{6})")
NOTICE = re.compile(r"INTREKKING_OPGROEIEN_([01][0-9]{9})_([0-9]{8})_([0-9]+)(?:_HERHAALT_[0-9]+)?")
SHEET = re.compile(r"\.indicatoren-[0-9]{4}-[0-9]+\.")
"""In the name of an indicator sheet: a sheet has no persons in it, and may stay when the list of its drop goes."""
MANIFEST = ".datapackage.json"
NOTICE_COLUMNS = ("referentie", "datum")
HALF = (".filepart", ".part")
"""Suffixes of WinSCP and others during a download."""
FINE, NOT_READY, TIDIED, WRONG = "in orde", "nog niet klaar", "opgeruimd", "NIET in orde"


@dataclass(frozen=True)
class VerifyFinding:
    """`code` is for machines and never changes its meaning; `about` names a file or a drop; `says` is in Dutch."""

    code: str
    about: str
    says: str


@dataclass(frozen=True)
class ListedFile:
    """A file in a manifest; `clear` is the file that an encrypted one decrypts to.

    `rows` is None for the list, whose rows the manifest gives once; an indicator sheet has its own number.
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


@dataclass(frozen=True)
class FetchedManifest:
    """`sha256` is the manifest's own; `stem` is the name of the drop by the manifest's content."""

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

    @property
    def lists(self) -> list[ListedFile]:
        return [file for file in self.files if file.rows is None]


@dataclass(frozen=True)
class FetchedDrop:
    """One drop in the folder; `manifest` is None when the file is missing or cannot be read."""

    stem: str
    state: str = FINE
    manifest: FetchedManifest | None = None
    findings: tuple[VerifyFinding, ...] = ()

    @property
    def test(self) -> bool:
        return self.stem.startswith("TEST_")


@dataclass(frozen=True)
class FetchedNotice:
    """One withdrawal notice; `references` counts them, None when the notice cannot be read (yet)."""

    stem: str
    state: str = FINE
    references: int | None = None
    findings: tuple[VerifyFinding, ...] = ()


@dataclass(frozen=True)
class VerifyReport:
    """`findings` are between drops, or about files of no drop; `remarks` tell of nothing wrong.

    `still_listed`: the references of a notice that are in the newest drop; None without `--apply-check`.
    """

    drops: tuple[FetchedDrop, ...]
    notices: tuple[FetchedNotice, ...]
    findings: tuple[VerifyFinding, ...]
    remarks: tuple[VerifyFinding, ...] = ()
    still_listed: tuple[str, ...] | None = None

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


class FetchedFolder(dict[str, Path]):
    """The files of one folder by name, and those that belong to no drop or notice yet. Subfolders are left alone."""

    def __init__(self, path: Path) -> None:
        super().__init__({each.name: each for each in sorted(path.iterdir()) if not each.is_dir()})
        self.unclaimed = set(self)

    def size(self, name: str) -> int:
        return self[name].stat().st_size

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with self[name].open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
        return digest.hexdigest()


def verify_folder(path: Path) -> VerifyReport:
    """Check every drop and notice in the folder. Raises OSError when the folder cannot be read."""
    folder = FetchedFolder(path)
    manifests = {stem: _manifest(folder, stem) for stem in _stems(folder, STEM)}
    notice_stems = _stems(folder, NOTICE)
    _claim(folder, manifests, notice_stems)
    readable = [each for each in manifests.values() if isinstance(each, FetchedManifest) and not each.test]
    newest = max((each.sequence for each in readable), default=0)
    drops = tuple(_drop(folder, stem, manifest, newest) for stem, manifest in manifests.items())
    notices = tuple(_notice(folder, stem) for stem in notice_stems)
    counted = [drop.manifest for drop in drops if drop.manifest and not drop.test and drop.state != NOT_READY]
    linked, remarks = _chain(counted)
    foreign = [VerifyFinding("foreign", name, "hoort bij geen levering") for name in sorted(folder.unclaimed)]
    test = "is een test met verzonnen personen: niet gebruiken"
    remarks += [VerifyFinding("test", drop.stem, test) for drop in drops if drop.test]
    return VerifyReport(drops, notices, (*linked, *_recipients(drops, notices), *foreign), tuple(remarks))


def _stems(folder: FetchedFolder, pattern: re.Pattern[str]) -> list[str]:
    return sorted({match[0] for name in folder if (match := pattern.match(name)) and name[match.end() :][:1] == "."})


def _claim(
    folder: FetchedFolder, manifests: Mapping[str, FetchedManifest | VerifyFinding], notices: Sequence[str]
) -> None:
    """Claim the files of each drop, by its manifest, or by name where that cannot be read; and of each notice."""
    belongs = {stem: {f"{stem}.csv", f"{stem}.csv.pgp"} for stem in notices}
    for stem, manifest in manifests.items():
        belongs[stem] = {stem + MANIFEST}
        if isinstance(manifest, FetchedManifest):
            belongs[stem].update(name for file in manifest.files for name in file.names)
        else:
            belongs[stem].update(name for name in folder if name.startswith(f"{stem}."))
    for stem, named in belongs.items():
        folder.unclaimed -= {f"{stem}.GO", f"{stem}.ACK", *named, *(name + half for name in named for half in HALF)}


# -- a drop --------------------------------------------------------------------------------------------------------


def _manifest(folder: FetchedFolder, stem: str) -> FetchedManifest | VerifyFinding:
    """The drop's manifest, or why there is none."""
    name = stem + MANIFEST
    if name not in folder:
        return VerifyFinding("manifest-missing", name, "ontbreekt: haal het op")
    try:
        content = folder[name].read_bytes()
        manifest = _parsed(json.loads(content), hashlib.sha256(content).hexdigest())
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return VerifyFinding("manifest", name, "is geen manifest van ons, of is beschadigd: haal het opnieuw op")
    if manifest.stem != stem:
        return VerifyFinding("renamed", name, f"hoort volgens zijn inhoud bij {manifest.stem}: hernoemd, of vervalst")
    return manifest


def _parsed(package: Mapping[str, Any], sha256: str) -> FetchedManifest:
    """Raises ValueError, KeyError, TypeError or AttributeError unless the package is a manifest."""
    test, sequence = package.get("test", False) is True, _whole(package["sequence"])
    kbo, night = str(package["recipient"]["kbo"]), date.fromisoformat(package["night"])
    kind = "TEST" if test else "AANMELDING"
    stem = f"{kind}_OPGROEIEN_{kbo}_{night:%Y%m%d}_{sequence:06}"
    files = tuple(_listed(resource, stem) for resource in package["resources"])
    previous = package["previous_manifest_sha256"]
    decided_at = datetime.fromisoformat(package["decided_at"])
    is_first = sequence == (0 if test else 1)
    right = (
        STEM.fullmatch(stem) and package["name"] == stem.lower() and (sequence == 0) == test
        and any(file.rows is None for file in files)
        and (previous is None or (re.fullmatch("[0-9a-f]{64}", previous) and not is_first))
        and len({name for file in files for name in file.names}) == sum(len(file.names) for file in files)
        and decided_at.utcoffset() == timedelta(0)
    )  # fmt: skip
    if not right:
        raise ValueError("contradictory")
    rows = _whole(package["rows"])
    return FetchedManifest(stem, kbo, night, sequence, rows, decided_at, previous, test, files, sha256)


def _listed(resource: Mapping[str, Any], stem: str) -> ListedFile:
    columns = tuple(str(each["name"]) for each in resource["schema"]["fields"])
    decrypted = resource.get("decrypted")
    clear = _file(decrypted, stem, columns) if decrypted else None
    rows = _whole(resource["rows"]) if SHEET.search(str(resource["path"])) else None
    listed = replace(_file(resource, stem, () if clear else columns), clear=clear, rows=rows)
    if clear and listed.name != f"{clear.name}.pgp":
        raise ValueError("another name")
    return listed


def _file(described: Mapping[str, Any], stem: str, columns: tuple[str, ...]) -> ListedFile:
    name, (algorithm, sha256) = str(described["path"]), str(described["hash"]).split(":")
    plain = re.fullmatch(re.escape(stem) + r"(\.[a-z0-9-]+)+", name) and name != stem + MANIFEST
    if not (plain and algorithm == "sha256" and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise ValueError("no file of this drop")
    return ListedFile(name, _whole(described["bytes"]), sha256, columns if name.endswith(".csv") else ())


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _drop(folder: FetchedFolder, stem: str, manifest: FetchedManifest | VerifyFinding, newest: int) -> FetchedDrop:
    """Without a GO file a drop is not ready, whatever else lacks."""
    if f"{stem}.GO" not in folder:
        return FetchedDrop(stem, NOT_READY, manifest if isinstance(manifest, FetchedManifest) else None)
    if isinstance(manifest, VerifyFinding):
        return FetchedDrop(stem, WRONG, None, (manifest,))
    is_tidied = manifest.sequence < newest and all(folder.keys().isdisjoint(file.names) for file in manifest.lists)
    files = [file for file in manifest.files if not (is_tidied and folder.keys().isdisjoint(file.names))]
    wrong = tuple(finding for file in files if (finding := _file_finding(folder, file, manifest.rows)))
    if folder.size(f"{stem}.GO") and not is_tidied:
        wrong = (VerifyFinding("go", f"{stem}.GO", "is niet leeg: zo maken wij het niet"), *wrong)
    return FetchedDrop(stem, WRONG if wrong else TIDIED if is_tidied else FINE, manifest, wrong)


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
        return _missing(folder, listed)
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
    for other in sorted(folder.unclaimed):
        if folder.size(other) == listed.bytes and folder.sha256(other) == listed.sha256:
            folder.unclaimed.remove(other)
            return VerifyFinding("renamed", listed.name, f"heet hier {other}: geef het zijn naam terug")
    return VerifyFinding("missing", listed.name, "ontbreekt: haal het op")


def _cells(folder: FetchedFolder, listed: ListedFile, rows: int) -> VerifyFinding | None:
    """Whether a CSV has the columns and the number of rows of its manifest."""
    if not listed.columns:
        return None
    name = listed.name
    try:
        table = _rows_of(folder[name])
        if tuple(next(table, ())) != listed.columns:
            return VerifyFinding("columns", name, "heeft andere kolommen dan het manifest zegt: meld het ons")
        count = 0
        for count, row in enumerate(table, 1):
            if len(row) != len(listed.columns):
                says = f"heeft op regel {count + 1} een ander aantal cellen: meld het ons"
                return VerifyFinding("columns", name, says)
    except (csv.Error, UnicodeDecodeError):
        return VerifyFinding("columns", name, "is geen csv zoals wij ze maken: meld het ons")
    if count != rows:
        return VerifyFinding("rows", name, f"heeft {count} rijen in plaats van {rows}: meld het ons")
    return None


def _rows_of(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.reader(stream, delimiter=";", strict=True)


# -- between drops -------------------------------------------------------------------------------------------------


def _chain(manifests: Sequence[FetchedManifest]) -> tuple[list[VerifyFinding], list[VerifyFinding]]:
    """Mistakes from each drop to the next, by number; and remarks about numbers that never counted.

    A manifest names the manifest that counted before it: a gap in the numbers with the chain whole hides no drop.
    """
    ordered = sorted(manifests, key=lambda each: (each.kbo, each.sequence, each.night))
    pairs = [(before, after) for before, after in pairwise(ordered) if before.kbo == after.kbo]
    wrong = [finding for before, after in pairs if (finding := _link(before, after))]
    unused = [
        VerifyFinding("unused", after.stem, f"ervoor is {_between(before, after)} nooit uitgebracht: u mist niets")
        for before, after in pairs
        if after.previous == before.sha256 and after.sequence > before.sequence + 1
    ]
    return wrong, unused


def _link(before: FetchedManifest, after: FetchedManifest) -> VerifyFinding | None:
    """The mistake between two neighbouring drops. A drop that replaces another is of the same night."""
    if before.sequence == after.sequence:
        says = f"heeft hetzelfde volgnummer als {before.stem}: een van beide is niet van ons, meld het ons"
        return VerifyFinding("twice", after.stem, says)
    if after.night < before.night or after.decided_at <= before.decided_at:
        says = f"is ouder dan {before.stem} en heeft toch een hoger volgnummer: een oude levering, meld het ons"
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


# -- notices -------------------------------------------------------------------------------------------------------


def _notice(folder: FetchedFolder, stem: str) -> FetchedNotice:
    name = f"{stem}.csv"
    if f"{stem}.GO" not in folder:
        return FetchedNotice(stem, NOT_READY)
    if name not in folder and f"{name}.pgp" in folder:
        return FetchedNotice(stem)
    if name not in folder:
        return FetchedNotice(stem, WRONG, None, (VerifyFinding("missing", name, "ontbreekt: haal het op"),))
    try:
        return FetchedNotice(stem, FINE, len(_withdrawn(folder[name])))
    except (OSError, ValueError, csv.Error):
        finding = VerifyFinding("notice", name, "is geen intrekkingsbericht zoals wij het maken: haal het opnieuw op")
        return FetchedNotice(stem, WRONG, None, (finding,))


def _withdrawn(path: Path) -> dict[str, date]:
    """A notice's references, each with its last date. Raises OSError, csv.Error or ValueError for no notice."""
    header, *rows = _rows_of(path)
    if tuple(header) != NOTICE_COLUMNS:
        raise ValueError("other columns")
    return {reference: date.fromisoformat(day) for reference, day in sorted(map(tuple, rows))}


def apply_check(path: Path, report: VerifyReport, notice: Path) -> VerifyReport:
    """The report, with the references of a notice that occur in the newest drop that counts: none should.

    Only in a drop of the date beside the reference, or older: a newer drop released the parent again.
    """
    counted = [drop for drop in report.drops if drop.manifest and not drop.test and drop.state != NOT_READY]
    newest = max(counted, key=lambda drop: drop.manifest.sequence if drop.manifest else 0, default=None)
    try:
        gone = _withdrawn(notice)
    except (OSError, ValueError, csv.Error):
        return _unchecked(report, notice, "is geen intrekkingsbericht dat te lezen is")
    if newest is None or newest.manifest is None or newest.state != FINE:
        return _unchecked(report, notice, "is niet vergeleken: de nieuwste levering is niet in orde")
    lists = [clear.name for file in newest.manifest.lists if (clear := file.clear or file).columns]
    if not lists or not (path / lists[0]).is_file():
        return _unchecked(report, notice, f"is niet vergeleken: ontsleutel eerst de csv van {newest.stem} in deze map")
    listed = {row[0] for row in _rows_of(path / lists[0])}
    night = newest.manifest.night
    return replace(report, still_listed=tuple(sorted(each for each in gone.keys() & listed if night <= gone[each])))


def _unchecked(report: VerifyReport, notice: Path, says: str) -> VerifyReport:
    return replace(report, findings=(*report.findings, VerifyFinding("apply-check", notice.name, says)))


# -- the report for a person and for a program ------------------------------------------------------------------------


def report_table(report: VerifyReport) -> str:
    """One line for each drop and notice."""
    head = ("levering of bericht", "van", "volgnr.", "ouders", "toestand")
    lines = [_line(drop) for drop in report.drops]
    for each in report.notices:
        lines.append((each.stem, "", "", "" if each.references is None else str(each.references), each.state))
    widths = [max(len(line[at]) for line in (head, *lines)) for at in range(len(head))]
    rows = [head, tuple("-" * width for width in widths), *lines]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _line(drop: FetchedDrop) -> tuple[str, ...]:
    manifest = drop.manifest
    if not manifest:
        return drop.stem, "", "", "", drop.state
    return (drop.stem, f"{manifest.night:%d/%m/%Y}", str(manifest.sequence), str(manifest.rows), drop.state)


def report_sentence(report: VerifyReport) -> str:
    """The whole report in one sentence."""
    drops, notices = len(report.drops), len(report.notices)
    of = f"{drops} levering{'en' if drops != 1 else ''} en {notices} intrekkingsbericht{'en' if notices != 1 else ''}"
    if report.ok:
        return f"Alles in orde: {of}."
    if not drops and not notices:
        return "Er is geen levering en geen intrekkingsbericht in deze map."
    wrong = len(report.wrong)
    parts = ["1 ding is niet in orde" if wrong == 1 else f"{wrong} dingen zijn niet in orde"] if wrong else []
    if report.waiting:
        parts.append(f"{report.waiting} nog niet klaar (geen GO-bestand): wacht, of haal opnieuw op")
    if report.still_listed:
        parts.append(f"{len(report.still_listed)} ingetrokken referenties staan nog in de nieuwste levering")
    return f"NIET gebruiken zonder na te kijken: {'; '.join(parts)} ({of})."


def report_text(report: VerifyReport) -> str:
    """For a person."""
    lines = [report_table(report), ""] if report.drops or report.notices else []
    lines += [f"- {finding.about} {finding.says}" for finding in report.wrong]
    lines += [f"  (let op: {finding.about} {finding.says})" for finding in report.remarks]
    if report.still_listed is not None:
        lines += [f"- nog in de nieuwste levering: {reference}" for reference in report.still_listed]
    return "\n".join([*lines, report_sentence(report)])


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="MAP", help="de map waarin u de leveringen ophaalde")
    parser.add_argument("--json", action="store_true", help="voor een programma in plaats van voor een mens")
    help_ = "een intrekkingsbericht: welke referenties ervan staan nog in de nieuwste levering?"
    parser.add_argument("--apply-check", type=Path, metavar="BERICHT", help=help_)


def run_verify(options: argparse.Namespace) -> int:
    """0 when all is in order; 1 when something is wrong, not there yet, or nothing is there."""
    try:
        report = verify_folder(options.folder)
    except OSError as error:
        print(f"{_shown(str(options.folder))}: kan niet gelezen worden ({error.strerror})", file=sys.stderr)
        return 1
    if options.apply_check:
        report = apply_check(options.folder, report, options.apply_check)
    whole = {"ok": report.ok, "sentence": report_sentence(report)} | asdict(report)
    as_json = json.dumps(whole, indent=2, default=lambda instant: instant.isoformat())
    print(as_json if options.json else _shown(report_text(report)))
    return 0 if report.ok else 1


def _shown(words: str) -> str:
    """Names of files are not ours: nothing in them may steer the terminal."""
    encoding = sys.stdout.encoding or "ascii"
    plain = "".join(each if each.isprintable() or each == "\n" else "?" for each in words)
    return plain.encode(encoding, "replace").decode(encoding)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Kijkt na of de leveringen in een map heel, echt en volledig zijn.")
    add_verify_arguments(arguments)
    sys.exit(run_verify(arguments.parse_args()))
