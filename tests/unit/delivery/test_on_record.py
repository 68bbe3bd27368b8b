"""A file on a host is looked at by its size first: drop, sheet, notice, manifest, signature and GO file alike."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused
from pipeline.delivery.on_record import FilesOnRecord, is_altered, lies_whole
from pipeline.followup.pickup import process_pickups
from pipeline.ledger.events import Contents, Kind
from pipeline.ledger.notices import Notice, Step
from tests.support.followup import followup_world
from tests.support.places import OUT, Mover, local_folder
from tests.support.publishing import GENT, RECIPIENT, Fuse, Killed, LocalFolder, MemoryLedger, sha256, stopped_at

LIST, SHEET = "A.csv", "A.indicatoren-2026-1.csv"
CONTENT = {LIST: "a;b", SHEET: "", "A.datapackage.json": "{}", "A.datapackage.json.sig": "sig", "A.GO": ""}


@dataclass
class Reads(LocalFolder):
    """Which files were read, given their size."""

    read_files: list[tuple[str, int | None]] = field(default_factory=list)

    def sha256(self, name: str, size: int | None = None) -> str | None:
        self.read_files.append((name, size))
        return super().sha256(name, size)


@pytest.fixture
def folder(tmp_path: Path) -> Reads:
    for name, text in CONTENT.items():
        (tmp_path / name).write_text(text)
    return Reads(tmp_path, Fuse())


def mover(root: Path) -> Mover:
    here = local_folder(root, OUT, "out")
    return Mover(root, MemoryLedger(), here, [here])


def drop(folder: Reads) -> Contents:
    hashes = {name: sha256(folder.path / name) for name in CONTENT}
    data = {name: hashes[name] for name in (LIST, SHEET)}
    proof = hashes["A.datapackage.json"], None, hashes["A.datapackage.json.sig"], "key"
    sizes = {name: len(text) for name, text in CONTENT.items() if name != "A.GO"}
    return Contents(1, "A", 1, data, "A.datapackage.json", *proof, sizes)


def notice(folder: Reads) -> Notice:
    of = drop(folder)
    proof = {"manifest_sha256": of.manifest_sha256, "signature_sha256": of.signature_sha256, "sizes": of.sizes}
    begun = Notice(GENT, 1, Step.PUBLISHED, "A", LIST, of.hashes[LIST], 1)
    return replace(begun, **proof)  # type: ignore[arg-type]


ON_RECORD: dict[str, Callable[[Reads], FilesOnRecord]] = {"drop": drop, "notice": notice}


@pytest.mark.parametrize("what", ON_RECORD)
@pytest.mark.parametrize("is_old", [False, True])
def test_each_file_is_its_own_or_altered(folder: Reads, what: str, is_old: bool) -> None:
    """Longer, shorter, or of the same length; those of before sizes were on record by their hash alone."""
    made = ON_RECORD[what](folder)
    files = replace(made, sizes=None) if is_old else made  # type: ignore[type-var]
    assert lies_whole(folder, files)
    assert {size is None for _, size in folder.read_files} == {is_old}, "no more is read than what was put there"
    for name in (files.go_name, *files.hashes):
        content = (folder.path / name).read_bytes()
        for other in {content + b"x", content[1:] + b"!", content[1:]} - {content}:
            (folder.path / name).write_bytes(other)
            assert is_altered(folder, files, name) and not lies_whole(folder, files)
        (folder.path / name).unlink()
        assert not is_altered(folder, files, name) and not lies_whole(folder, files), "it is missing, not another"
        (folder.path / name).write_bytes(content)


def test_a_drop_whose_go_file_is_not_empty_is_not_what_was_put_there(tmp_path: Path) -> None:
    made = mover(tmp_path)
    with pytest.raises(Killed):
        made.deliver(step=stopped_at("record published"))
    (go,) = made.here.path.glob("*.GO")
    go.write_text("theirs")
    with pytest.raises(DeliveryRefused, match=rf"1 of its files differ from the ledger \({go.name} first\)"):
        made.hour()
    assert made.kinds == [Kind.RELEASING]


def test_a_notice_with_a_file_of_another_size_gets_no_go_file(tmp_path: Path) -> None:
    """Somebody wrote to it between its put and the rename of the GO file: it is said again."""
    made = followup_world(tmp_path)
    made.withdraw("R0")

    def step(name: str) -> None:
        if name.startswith("not renamed INTREKKING") and name.endswith("_20260615_000001.GO"):
            next(made.view.path.glob("INTREKKING*.csv")).write_text("longer than it was, or shorter")

    (told,) = made.notify(step)
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED] and told.number == 2


def test_what_was_read_is_held_against_the_size_on_record(tmp_path: Path) -> None:
    """A host whose file is not as long as what we put there does not tell that it was read whole."""
    made = mover(tmp_path)
    made.deliver()
    data = {path: path.read_bytes() for path in made.here.path.glob("*.csv")}
    reads = {path.name: frozenset({1, len(content)}) for path, content in data.items()}
    for is_altered_there in (True, False):
        for path, content in data.items():
            path.write_bytes(content[:1] if is_altered_there else content)
        job = made.job(Fuse(), run="hour")
        with job.task() as task:
            assert process_pickups(task, job.host, RECIPIENT, lambda: reads).read == (not is_altered_there)
