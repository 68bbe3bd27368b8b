"""Whatever else lies in a recipient's folder: left alone, told to a person without its name, and no delay."""

from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused
from pipeline.delivery.newer_files import shown_name
from pipeline.delivery.ports import EntryKind
from pipeline.followup.folder_remarks import MOST_REMARKS, FolderRemark, RemarkReason, bounded
from pipeline.ledger.events import Kind
from tests.support.followup import FollowupWorld, followup_world
from tests.support.odd_entries import NO_FILES, ODD_NAMES, OUTSIDE, remove
from tests.support.places import OUT, Mover, local_folder
from tests.support.publishing import Killed, MemoryLedger, stopped_at

DROP = "AANMELDING_OPGROEIEN_0212214125_20260615_000001"


def test_odd_names_and_a_thousand_files_are_counted_and_named_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = followup_world(tmp_path)
    for name in ODD_NAMES:
        Path(str(made.view.path.absolute()), name.decode("utf-8", "surrogateescape")).touch()
    for number in range(1000):
        (made.view.path / f"dossier {number}").touch()
    made.withdraw("R0")
    found = made.process_pickups()
    assert found.recalled == 1 and len(made.notify()) == 1
    assert found.remarks == (FolderRemark(RemarkReason.OTHERS, count=1000 + len(ODD_NAMES)),)
    assert "Peeters" not in caplog.text and "\x1b" not in caplog.text
    assert len(list(made.view.path.glob("dossier [0-9]*"))) == 1000


@pytest.mark.parametrize("what", NO_FILES)
@pytest.mark.parametrize("end", [".0.csv", ".datapackage.json", ".GO"])
def test_what_has_the_name_of_a_file_of_a_drop_is_never_read_or_written_as_ours(
    tmp_path: Path, what: str, end: str
) -> None:
    """A link or a pipe gives way to data or manifest; but a recipient that sees anything for a GO file fetches."""
    make, kind = NO_FILES[what]
    made = FollowupWorld(tmp_path, MemoryLedger())
    with pytest.raises(Killed):
        made.deliver(step=stopped_at("record releasing"))
    path = made.view.path / f"{DROP}{end}"
    path.unlink(missing_ok=True)
    make(path)
    if kind is not EntryKind.FOLDER and end != ".GO":
        made.deliver()
        assert path.is_file() and not path.is_symlink() and made.kinds == [Kind.PUBLISHED]
    else:
        with pytest.raises(DeliveryRefused, match=f"0212214125: .*{DROP}{end}.*{kind}.* (remove it|move it away)"):
            made.deliver()
        assert made.kinds == [Kind.INTENT] and made.view.counted == {}
    outside = made.view.path.parent / OUTSIDE
    assert not outside.exists() or outside.read_text() == "not ours"


@pytest.mark.parametrize("what", NO_FILES)
@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_in_the_place_of_a_drop_that_counts_it_is_told_and_the_drop_is_not_fetched(
    tmp_path: Path, what: str, is_withdrawn: bool
) -> None:
    """Each hour, and neither a recall nor a notice waits for it; once it is moved away, the drop is gone as any is."""
    make, kind = NO_FILES[what]
    made = followup_world(tmp_path)
    path = made.view.path / f"{DROP}.GO"
    path.unlink()
    make(path)
    for _ in range(2):
        found = made.process_pickups()
        assert (found.fetched, made.kinds) == (0, [Kind.PUBLISHED])
        assert found.remarks == (FolderRemark(RemarkReason.DROP_NO_FILE, path.name, kind),)
    if is_withdrawn:
        made.withdraw("R0")
        assert made.process_pickups().recalled == 1 and len(made.notify()) == 1
    else:
        remove(path)
        assert made.process_pickups().fetched == 1
    assert made.kinds == [Kind.RECALLED if is_withdrawn else Kind.FETCHED]


@pytest.mark.parametrize("what", NO_FILES)
def test_likewise_in_the_place_of_all_its_data(tmp_path: Path, what: str) -> None:
    here = local_folder(tmp_path, OUT, "out")
    made = Mover(tmp_path, MemoryLedger(), here, [here])
    made.deliver()
    data = sorted(here.path.glob("*.csv"))
    for path in data:
        path.unlink()
        NO_FILES[what][0](path)
    found = made.hour()
    assert (found.fetched, made.kinds) == (0, [Kind.PUBLISHED])
    assert {(one.reason, one.name) for one in found.remarks} == {(RemarkReason.DROP_NO_FILE, shown_name(data[0].name))}
    for path in data:
        remove(path)
    assert made.hour().fetched == 1 and here.names == []


@pytest.mark.parametrize("what", NO_FILES)
def test_nor_is_one_that_was_cut_off_when_its_go_file_had_its_name(tmp_path: Path, what: str) -> None:
    made = FollowupWorld(tmp_path, MemoryLedger())
    with pytest.raises(Killed):
        made.deliver(step=stopped_at(f"has put {DROP}.GO"))
    for path in made.view.path.iterdir():
        path.unlink()
        NO_FILES[what][0](path)
    assert made.process_pickups().fetched == 0 and made.kinds == [Kind.PUBLISHED]


def test_a_name_of_ours_that_the_ledger_does_not_know_is_told_if_it_is_old(tmp_path: Path) -> None:
    """A newer one is an error of its own (pipeline/delivery/newer_files.py)."""
    made = followup_world(tmp_path)
    (made.view.path / "AANMELDING_OPGROEIEN_0212214125_20250101_000001.csv").touch()
    (made.view.path / "AANMELDING_OPGROEIEN_0212214125_20270101_000099.Jan Peeters").touch()
    found = made.process_pickups()
    assert found.newer_file == "AANMELDING_OPGROEIEN_0212214125_20270101_000099.…"
    assert FolderRemark(RemarkReason.UNKNOWN, "AANMELDING_OPGROEIEN_0212214125_20250101_000001.csv") in found.remarks


def test_a_thousand_remarks_are_twenty_and_a_number() -> None:
    many = [FolderRemark(RemarkReason.ACK_OF_NOTHING, f"{number}.ACK") for number in range(1000)]
    told = bounded(many)
    assert len(told) == MOST_REMARKS + 1 and told[-1] == FolderRemark(RemarkReason.MORE, count=1000 - MOST_REMARKS)
    assert bounded([*told, *told]) == told, "twice the same is once"


@pytest.mark.parametrize("reason", RemarkReason)
def test_each_remark_is_a_sentence_in_both_languages(reason: RemarkReason) -> None:
    remark = FolderRemark(reason, f"{DROP}.ACK", EntryKind.FOLDER, 1234)
    for text in (remark.text, remark.dutch):
        assert "{" not in text and "\n" not in text and len(text) > 15
        assert DROP in text or "1,234" in text or "1234" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"{DROP}.csv.pgp", f"{DROP}.csv.pgp"),
        (f"{DROP}.indicatoren-2025-1.xlsx", f"{DROP}.indicatoren-2025-1.xlsx"),
        (f"{DROP}.datapackage.json.sig", f"{DROP}.datapackage.json.sig"),
        (f"{DROP}.\x1b[2J", f"{DROP}.…"),
        (f"{DROP}.csv\n", f"{DROP}.…"),
        ("Jan Peeters", "a file of another name"),
    ],
)
def test_no_word_of_somebody_else_is_in_a_name_that_is_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown
