"""What counts in the recipients' folders, seen at every step: whole, newer than all before, and about nobody else."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from pipeline.core.model import Kbo
from pipeline.delivery.references import ReferenceKey, reference
from tests.support.nights_machine.agency import HOMES, RECIPIENTS
from tests.support.nights_machine.bookkeeping import Bookkeeping
from tests.support.nights_machine.places import WAY_BACK, Files, Place, Places
from tests.support.signing import SIGNING_KEY

NAME = re.compile(r"(AANMELDING|INTREKKING)_OPGROEIEN_(\d{10})_(\d{8})_(\d{6})(?:_HERHAALT_(\d{6}))?")
KEY = ReferenceKey("history", b"r" * 32)
PARENT_OF = {(kbo, reference(KEY, kbo, parent)): parent for kbo in RECIPIENTS for parent in HOMES}
FIELD_OF = {"voornaam": "name", "straatnaam": "address", "telefoon": "phone", "e-mail": "email"}
"""A column that is filled where the field was allowed."""


@dataclass(frozen=True)
class Seen:
    """One drop or notice that counted. `parents`: with the fields that it has of each; of a notice none.

    `first`: the number of the first notice that says the same.
    """

    stem: str
    kbo: Kbo
    night: date
    number: int
    place: Place
    step: int
    files: Mapping[str, str]
    parents: Mapping[int, frozenset[str]]
    first: int = 0
    previous: str | None = None
    """Of a notice: the SHA-256 of the manifest that its own names."""

    @property
    def is_drop(self) -> bool:
        return self.stem.startswith("AANMELDING")


@dataclass
class Watcher:
    """`who` acts now: we, or whoever else takes files away. `gone`: by whom."""

    places: Places
    book: Bookkeeping
    clock: Callable[[], datetime]
    at_home: Callable[[Kbo], Place]
    may_release: Callable[[str], bool]
    """Whether a run may send anything."""
    who: str = "we"
    step: int = 0
    seen: dict[str, Seen] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    """Of which the recipient itself began to remove files."""
    acknowledged: set[str] = field(default_factory=set)
    counted_at: dict[str, datetime] = field(default_factory=dict)
    put_back: set[str] = field(default_factory=set)
    """What was gone, and lies there again since its host was put back from a backup."""
    shown: dict[tuple[str, bytes], int] = field(default_factory=dict)
    """Since when a list has its own name and does not count, by name and content: it may be taken since."""
    differences: list[str] = field(default_factory=list)
    _before: frozenset[str] = frozenset()

    def look(self) -> None:
        self.step += 1
        folders = {place: files for place, files in self.places.folders.items() if place[2] != WAY_BACK}
        stems = frozenset(name[:-3] for files in folders.values() for name in files if name.endswith(".GO"))
        for stem in self._before - stems:
            self.gone[stem] = self.who
        if self.who == "host":
            self.put_back |= stems & self.gone.keys()
            self.gone = {stem: who for stem, who in self.gone.items() if stem not in stems}
        for place, files in folders.items():
            for name in self.early(files):
                self.shown.setdefault((name, files[name]), self.step)
            for name in sorted(name for name in files if name.endswith(".GO")):
                self._one(place, files, name[:-3])
        self._before = stems

    def early(self, files: Files) -> list[str]:
        """What has its own name, and is of a drop or a notice that does not count, nor ever did."""
        names = [name for name in files if not name.startswith(".") and not name.endswith((".GO", ".ACK"))]
        stems = {name: name.split(".")[0] for name in names}
        return [name for name in names if f"{stems[name]}.GO" not in files and stems[name] not in self.seen]

    def taken_early(self, name: str, content: bytes) -> None:
        """Somebody took it: the parents in a drop's list, or in its change file, may be known to its recipient."""
        found = NAME.fullmatch(name.split(".")[0])
        if found and found[1] == "AANMELDING" and name.endswith(".csv"):
            there = [row["referentie"] for row in _read(content) if row.get("stand") != "verdwenen"]
            parents = {PARENT_OF[Kbo(found[2]), each]: () for each in there}
            self.book.drop_counted(self.shown[name, content], Kbo(found[2]), parents)

    def differs(self, what: str) -> None:
        self.differences.append(f"step {self.step}, {self.clock()}: {what}")

    def told(self) -> list[str]:
        """What differed since this was asked last."""
        self.look()
        found, self.differences = self.differences, []
        return found

    def lying(self, kbo: Kbo) -> list[Seen]:
        """The drops that count before a recipient now, wherever."""
        return [one for stem, one in self.seen.items() if one.kbo == kbo and one.is_drop and stem in self._before]

    def unanswered(self, kbo: Kbo) -> list[list[Seen]]:
        """The notices that the recipient acknowledged none of, with their repeats."""
        series: dict[int, list[Seen]] = {}
        for one in self.seen.values():
            if one.kbo == kbo and not one.is_drop:
                series.setdefault(one.first, []).append(one)
        return [notices for notices in series.values() if not self.acknowledged & {one.stem for one in notices}]

    def drops(self, kbo: Kbo) -> list[Seen]:
        """Every drop that ever counted."""
        return [one for one in self.seen.values() if one.kbo == kbo and one.is_drop]

    def _one(self, place: Place, files: Files, stem: str) -> None:
        if stem in self.gone:
            self.differs(f"{stem} came back")
        elif stem not in self.seen:
            self._begins_to_count(place, files, stem)
        elif stem not in self.opened and self.seen[stem].files != _hashes(files, stem):
            self.differs(f"{stem} changed while it counted")

    def _begins_to_count(self, place: Place, files: Files, stem: str) -> None:
        found = NAME.fullmatch(stem)
        if found is None:
            return self.differs(f"{stem} is no name of ours")
        kbo, night = Kbo(found[2]), date.fromisoformat(found[3])
        is_drop = found[1] == "AANMELDING"
        if not {f"{stem}.csv", f"{stem}.datapackage.json"} <= files.keys():
            return self.differs(f"{stem} counts without its files")
        rows, manifest = _rows(files, stem), _manifest(files, stem)
        parents = {PARENT_OF[kbo, row["referentie"]]: _fields(row) for row in rows}
        numbers = int(found[4]), int(found[5] or found[4])
        own = kbo, night, numbers[0], place, self.step, _hashes(files, stem), parents, numbers[1]
        one = Seen(stem, *own, manifest.get("previous_notice_sha256"))
        if is_drop and not self.may_release(manifest["run"]):
            self.differs(f"{stem} counts, and nobody let its run go")
        if not (_is_signed(files, stem) and (is_drop or _says_so(one, manifest, len(rows)))):
            self.differs(f"{stem} counts, and its manifest or signature does not prove it")
        if place != self.at_home(kbo):
            self.differs(f"{stem} counts at {place}, which is not the recipient's place")
        if kbo in self.book.suspended:
            self.differs(f"{stem} counts, and its recipient is suspended")
        (self._drop if is_drop else self._notice)(one)
        self.seen[stem], self.counted_at[stem] = one, self.clock()

    def _drop(self, one: Seen) -> None:
        """ "Nothing older over newer", and nobody who may not go now."""
        newer = [other for other in self.drops(one.kbo) if (other.night, other.number) >= (one.night, one.number)]
        if newer:
            self.differs(f"{one.stem} counts after {newer[-1].stem}")
        allowed = self.book.allowed(self.clock())
        for parent, fields in one.parents.items():
            if not fields <= allowed.get((one.kbo, parent), frozenset()):
                self.differs(f"{one.stem} has {sorted(fields)} of {parent}, who may not go there")
        if one.kbo not in self.book.covered(self.clock()):
            self.differs(f"{one.stem} counts, and its recipient is not covered")
        if self.book.agency.short is not None:
            self.differs(f"{one.stem} counts on a load that is under way")
        elif self.book.is_lost:
            self.differs(f"{one.stem} counts although the agency has lost what a night knew of")
        self.book.drop_counted(self.step, one.kbo, one.parents)

    def _notice(self, one: Seen) -> None:
        for parent in one.parents:
            pair = one.kbo, parent
            if pair not in self.book.had:
                self.differs(f"{one.stem} tells of {parent}, whom its recipient never had")
            elif not self.book.was_withheld_since(pair, self.book.first_had[pair]):
                self.differs(f"{one.stem} tells of {parent}, who may be used")
        self.book.notice_counted(self.step, one.kbo, list(one.parents))


def _hashes(files: Files, stem: str) -> dict[str, str]:
    return {
        name: sha256(content).hexdigest()
        for name, content in files.items()
        if name.startswith(f"{stem}.") and not name.endswith(".ACK")
    }


def _manifest(files: Files, stem: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files[f"{stem}.datapackage.json"])
    return found


def _says_so(one: Seen, manifest: Mapping[str, Any], rows: int) -> bool:
    """Whether the manifest is this notice's."""
    says = [manifest[name] for name in ("name", "night", "number", "repeats", "rows", "recipient")]
    repeats = one.first if one.first != one.number else None
    return says == [one.stem.lower(), one.night.isoformat(), one.number, repeats, rows, {"kbo": one.kbo}]


def _is_signed(files: Files, stem: str) -> bool:
    manifest = files[f"{stem}.datapackage.json"]
    return files.get(f"{stem}.datapackage.json.sig") == SIGNING_KEY.sign(manifest)


def _rows(files: Files, stem: str) -> list[dict[str, str]]:
    """As the recipient reads it: each file is what the manifest says."""
    for resource in _manifest(files, stem)["resources"]:
        assert resource["hash"] == f"sha256:{sha256(files[resource['path']]).hexdigest()}", stem
    return _read(files[f"{stem}.csv"])


def _read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def _fields(row: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for column, name in FIELD_OF.items() if row.get(column))
