"""A ledger whose backup was put back, after nights that it does not know: red, named, and the way out of the runbook.

Each night brings a drop to Brugge, which leaves it where it lies, and to Leuven, which takes it and keeps the manifest.
The backup is of after the first night; the second night's drops are known to hosts, recipients and anchors alone.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.connections import Connection
from pipeline.core.errors import DeliveryRefused, PipelineError, TerminalError
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.delivery.host_audit import host_problems
from pipeline.delivery.references import reference, reference_key
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Step
from pipeline.ledger.redaction import redact_all_due
from pipeline.tasks import housekeeping
from pipeline.tasks import nightly_delivery as tasks
from tests.support.drops import whole_drops
from tests.support.hours import Eyes
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save
from tests.support.worlds.books import GENT, Book
from tests.support.worlds.small_world import BRUGGE, LEUVEN, execute, small_world

FIRST, SECOND, THIRD = 0, 1, 2


@dataclass(frozen=True)
class Restored:
    """`kept`: the manifest of the second night that Leuven kept; `backup`: the ledger of before that night."""

    saved: SavedHouse
    kept: Path
    backup: Path


def night_of(house: House, days: int, run: str = "") -> RunContext:
    return house.night(run or f"night {days}", at=datetime.now(UTC) + timedelta(days))


@pytest.fixture(scope="module")
def after_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """With the ledger of before the second night in its place again."""
    folder = tmp_path_factory.mktemp("restored")
    with lay(folder / "house", small_world({BRUGGE: 2, LEUVEN: 2})) as house:
        assert run_night(night_of(house, FIRST)).errors == {}
        take(house, LEUVEN)
        back_up(house.home.ledger, folder / "backup")
        assert run_night(night_of(house, SECOND)).errors == {}
        (manifest,) = house.out(LEUVEN).glob("*.datapackage.json")
        kept = Path(shutil.copy2(manifest, folder))
        shutil.copy2(f"{manifest}.sig", folder)
        take(house, LEUVEN)
        put_back(house, folder / "backup")
        yield Restored(save(house, folder / "copy"), kept, folder / "backup")


@pytest.fixture
def house(after_two: Restored, monkeypatch: pytest.MonkeyPatch) -> House:
    return after_two.saved.entered(monkeypatch)


def take(house: House, kbo: Kbo) -> None:
    for path in house.out(kbo).iterdir():
        path.unlink()


def back_up(ledger: Path, copy: Path) -> None:
    with closing(sqlite3.connect(ledger)) as now, closing(sqlite3.connect(copy)) as then:
        now.backup(then)


def put_back(house: House, backup: Path) -> None:
    for path in house.home.state.glob("ledger.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    back_up(backup, house.home.ledger)


def withdraws(house: House, parent: int, kbo: Kbo) -> None:
    number = execute(house.agency, "select max(event_id) from consent_event")[0][0] + 1
    at = datetime.now(UTC).isoformat(sep=" ")
    house.change(
        "insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at)"
        " values (?, ?, ?, 'withdrawal', ?, ?)",
        number, parent, kbo, at, at,
    )  # fmt: skip


def record_withdrawal(house: House) -> None:
    """As a night does, of one of Brugge's parents."""
    ledger, at = open_ledger(house.ledger), datetime.now(UTC)
    held = ledger.recipient(BRUGGE).holdings()[0]
    who = (held.reference, held.person, held.key_id)
    line = Withdrawal(BRUGGE, *who, "withdrawn", held.sequence, "night", house.night().night, at)
    assert ledger.record_withdrawals([line]) == 1


def new_anchors(house: House) -> None:
    """The operator's last step: a new folder with what the runbook says, and no anchor."""
    before = house.home.anchors.with_name("anchors of before")
    shutil.rmtree(before, ignore_errors=True)
    house.home.anchors.rename(before)
    house.home.anchors.mkdir()
    for path in (before / "installation.json", *before.glob("redacted-*.json")):
        shutil.copy2(path, house.home.anchors)


def resume(*arguments: str) -> int:
    return main(["ledger", "resume", "--reason", "disk of 3 June, with the DPO", "--yes", *arguments])


def footprints(house: House) -> list[object]:
    return [house.footprint(kbo) for kbo in (BRUGGE, LEUVEN)]


# Red, and named


def test_nothing_at_all_is_done_with_it(house: House) -> None:
    """Neither a night, nor an hour, nor one of their tasks that is cleared by itself."""
    before, third = footprints(house), night_of(house, THIRD)
    checked = tasks.check_night(third, tasks.extract_night(third))
    with pytest.raises(TerminalError, match=r"does not go on from what was anchored last.*A restored ledger"):
        tasks.release_night(third, checked)
    for act in (
        lambda: housekeeping.recipients_to_follow_up(third),
        lambda: housekeeping.follow_up_recipient(third, BRUGGE),
        lambda: tasks.deliver_night(third, tasks.StagedRelease(checked, ()), BRUGGE),  # type: ignore[arg-type]
    ):
        with pytest.raises(TerminalError, match="does not go on from what was anchored last"):
            act()
    assert footprints(house) == before and main(["withdrawals", "resend", BRUGGE, "1", "--reason", "x"]) == 1


def test_without_its_anchors_the_host_contradicts_it(house: House) -> None:
    """The backup was of the anchors too, or their folder was emptied: the host is newer than the ledger."""
    new_anchors(house)
    before = footprints(house)[:1]
    third, third_night = run_night(night_of(house, THIRD)), night_of(house, THIRD).night
    assert isinstance(third.errors[BRUGGE], DeliveryRefused)
    assert "_000002.GO, which the ledger does not know of, and which is newer" in str(third.errors[BRUGGE])
    with pytest.raises(DeliveryRefused, match="see the runbook, A restored ledger"):
        housekeeping.follow_up_recipient(night_of(house, THIRD, "hour"), BRUGGE)
    assert footprints(house)[:1] == before
    assert main(["ledger", "verify", "--hosts"]) == 1
    (manifest,) = house.out(BRUGGE).glob("*_000002.datapackage.json")
    manifest.write_text(manifest.read_text().replace('"n": ', '"n": 9'))
    found = host_problems(open_ledger(house.ledger).recipient(BRUGGE), third_night, Eyes(house.out(BRUGGE)))
    says = [each.says for each in found if each.says.startswith(manifest.name)]
    assert says[0] == f"{manifest.name} lies there, and by the ledger it should not"
    assert "of a ledger that is not this one, or was longer: was a backup put back?" in says[1]


# The way out


def test_what_was_sent_since_is_on_record_again_and_who_is_out_since_is_told(
    house: House, after_two: Restored, capsys: pytest.CaptureFixture[str]
) -> None:
    withdraws(house, 101, BRUGGE)
    (lying,) = whole_drops(house.out(BRUGGE))
    assert resume("--manifest", str(after_two.kept)) == 0
    said = capsys.readouterr().out
    assert lying.stem in said and after_two.kept.name.removesuffix(".datapackage.json") in said
    ledger = open_ledger(house.ledger)
    for kbo, parents in ((BRUGGE, (101, 102)), (LEUVEN, (201, 202))):
        records = ledger.recipient(kbo)
        before, drop = records.delivery_state(night_of(house, SECOND).night).drops
        assert (drop.kind, drop.contents.sequence) == (Kind.PUBLISHED, 2)
        assert before.kind is Kind.WITHDRAWN_FROM_HOST, "not fetched, for all that anybody knows"
        key = reference_key(house.connections)
        lines = {line.reference: line for line in records.disclosures(drop.contents.manifest_sha256)}
        assert lines.keys() == {reference(key, kbo, parent) for parent in parents}
        assert all(line.consent_event and line.text_version == "v1" for line in lines.values())
        (made,) = records.restorations()
        assert (made.drop_number, made.notice_number) == (1003, 1001) and made.reason == "disk of 3 June, with the DPO"
    assert footprints(house)[0][f"{lying.stem}.GO"], "nothing is sent, moved or removed"

    new_anchors(house)
    third = run_night(night_of(house, THIRD))
    assert third.errors == {}
    (drop,) = whole_drops(house.out(BRUGGE))
    assert drop.manifest["sequence"] == 1003 and drop.manifest["rows"] == 1
    assert drop.manifest["previous_manifest_sha256"] == lying_sha256(ledger, lying.stem)
    (found,) = ledger.recipient(BRUGGE).withdrawals()
    assert (found.reference, found.after_sequence) == (reference(reference_key(house.connections), BRUGGE, 101), 2)
    assert housekeeping.follow_up_recipient(night_of(house, THIRD, "hour"), BRUGGE).notices == 1
    (notice,) = house.out(BRUGGE).glob("INTREKKING*.GO")
    assert notice.stem.endswith("_001001")
    assert main(["ledger", "verify", "--hosts"]) == 0


def lying_sha256(ledger: object, stem: str) -> str:
    events = ledger.recipient(BRUGGE).events()  # type: ignore[attr-defined]
    return next(each.contents.manifest_sha256 for each in events if each.contents and each.contents.stem == stem)


def test_twice_is_the_same_as_once_and_a_sound_ledger_is_left_alone(house: House, after_two: Restored) -> None:
    assert resume("--manifest", str(after_two.kept)) == 0
    head = open_ledger(house.ledger).head()
    assert resume("--manifest", str(after_two.kept)) == 0
    assert open_ledger(house.ledger).head() == head
    new_anchors(house)
    assert resume() == 0 and open_ledger(house.ledger).head() == head


def test_a_notice_that_it_does_not_know_holds_up_no_other_and_is_named_until_a_person_removes_it(
    house: House, after_two: Restored, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told after the backup, and told once more after it was put back: beside what lies there, under another number."""
    for told in (1, 2):
        put_back(house, after_two.backup)
        new_anchors(house)
        record_withdrawal(house)
        with pytest.raises(DeliveryRefused, match=r"does not know of.*see the runbook, A restored ledger"):
            housekeeping.follow_up_recipient(night_of(house, SECOND, "hour"), BRUGGE)
        assert len(list(house.out(BRUGGE).glob("INTREKKING*.GO"))) == told
    unknown, known = sorted(house.out(BRUGGE).glob("INTREKKING*.GO"))
    (notice,) = open_ledger(house.ledger).recipient(BRUGGE).notices()
    assert notice.stem == known.stem and known.stem.endswith("_000002")
    assert resume("--manifest", str(after_two.kept)) == 0
    assert f"{unknown.stem} lies there, and is not on record" in capsys.readouterr().out
    assert run_night(night_of(house, THIRD)).errors == {}
    assert housekeeping.follow_up_recipient(night_of(house, THIRD, "hour"), BRUGGE).newer_file is None
    assert main(["ledger", "verify", "--hosts"]) == 1
    assert f"{unknown.name} lies there, and by the ledger it should not" in " ".join(capsys.readouterr().out.split())
    for path in house.out(BRUGGE).glob(f"{unknown.stem}.*"):
        path.unlink()
    assert main(["ledger", "verify", "--hosts"]) == 0


def test_a_number_of_somebody_elses_leads_none_of_ours(house: House) -> None:
    """Names can be chosen: what no ledger of ours can have reached since the backup is not gone on from."""
    for kind in ("AANMELDING", "INTREKKING"):
        (house.out(BRUGGE) / f"{kind}_OPGROEIEN_{BRUGGE}_20260615_999999.GO").touch()
    assert resume() == 0
    (made,) = open_ledger(house.ledger).recipient(BRUGGE).restorations()
    assert (made.drop_number, made.notice_number) == (1003, 1001)


def test_who_was_suspended_since_is_suspended_again_before_it_is_resumed(house: House, after_two: Restored) -> None:
    """Nothing outside the ledger tells of it; what lies there unknown is taken away once it is on record."""
    assert main(["recipients", "suspend", BRUGGE, "--reason", "once more, file 3"]) == 0
    assert len(whole_drops(house.out(BRUGGE))) == 1
    assert resume("--manifest", str(after_two.kept)) == 0
    new_anchors(house)
    assert housekeeping.follow_up_recipient(night_of(house, THIRD, "hour"), BRUGGE).suspended == 1
    assert list(house.out(BRUGGE).iterdir()) == []
    assert open_ledger(house.ledger).recipient(BRUGGE).suspension()


def test_whose_list_is_gone_and_whose_rows_are_not_explained_is_for_a_person(
    house: House, after_two: Restored, capsys: pytest.CaptureFixture[str]
) -> None:
    """Leuven's list is gone, and the agency has one of the two parents no more: one row stays unknown, and is named."""
    house.change("update parent set deceased_on = '2020-01-01' where parent_id = 202")
    assert resume("--manifest", str(after_two.kept)) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if LEUVEN in line]
    assert [cell.strip() for cell in line.split("│")[3:6]] == ["1", "1003", "1001"]


def test_a_row_that_no_decision_explains_is_told_of_by_its_reference(house: House, after_two: Restored) -> None:
    """Brugge's list still lies there: whoever is in it is on record, and is withdrawn when nobody is behind it now."""
    house.change("update parent set deceased_on = '2020-01-01' where parent_id = 102")
    assert resume("--manifest", str(after_two.kept)) == 0
    new_anchors(house)
    assert run_night(night_of(house, THIRD)).errors == {}
    (found,) = open_ledger(house.ledger).recipient(BRUGGE).withdrawals()
    assert (found.reference, found.after_sequence) == (reference(reference_key(house.connections), BRUGGE, 102), 2)


def test_a_manifest_that_is_none_and_one_under_another_name_are_refused(
    house: House, after_two: Restored, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = open_ledger(house.ledger).head()
    renamed = Path(shutil.copy2(after_two.kept, tmp_path / after_two.kept.name.replace("000002", "000009")))
    other = tmp_path / "AANMELDING.datapackage.json"
    other.write_text("[]")
    for path in (renamed, other, tmp_path / "none"):
        assert resume("--manifest", str(path)) == 1
        assert path.name in capsys.readouterr().err
    assert open_ledger(house.ledger).head() == head


def test_a_manifest_that_our_key_did_not_sign_is_put_on_record_for_nobody(
    house: House, after_two: Restored, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever can write in a recipient's folder can make one, and have us tell parents of a drop that never was."""
    forged = tmp_path / after_two.kept.name
    forged.write_bytes(after_two.kept.read_bytes().replace(b'"rows": ', b'"rows": 1'))
    for signature, says in ((None, "has no signature beside it"), (".sig", "is not the signature that SHA256:")):
        if signature:
            shutil.copy2(f"{after_two.kept}{signature}", tmp_path)
        assert resume("--manifest", str(forged)) == 1
        assert f"{LEUVEN} was not resumed" in (shown := " ".join(capsys.readouterr().out.split())) and says in shown
    records = open_ledger(house.ledger).recipient(LEUVEN)
    assert not records.restorations() and len(records.delivery_state(night_of(house, THIRD).night).drops) == 1


def test_a_host_that_refuses_is_named_and_the_others_are_done(
    house: House, after_two: Restored, capsys: pytest.CaptureFixture[str]
) -> None:
    house.refuse(BRUGGE)
    assert resume("--manifest", str(after_two.kept)) == 1
    assert f"{BRUGGE} was not resumed" in " ".join(capsys.readouterr().out.split())
    assert open_ledger(house.ledger).recipient(LEUVEN).restorations()
    house.accept(BRUGGE)
    assert resume() == 0 and open_ledger(house.ledger).recipient(BRUGGE).restorations()


# Whom it knows again


def test_who_was_redacted_since_is_redacted_again_before_anything_else(tmp_path: Path) -> None:
    """Also where the hour then stops, since the ledger contradicts its anchors."""
    book = Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors").fill()
    back_up(tmp_path / "ledger.sqlite", tmp_path / "backup")
    assert book.redact(date(2027, 1, 1)) == (1, 1)
    book.anchor()
    redacted = "select count(*) from disclosure where person is null"
    assert book.rows(redacted) == [(1,)]
    for path in tmp_path.glob("ledger.sqlite*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    back_up(tmp_path / "backup", tmp_path / "ledger.sqlite")
    assert book.rows(redacted) == [(0,)], "there they are again"
    hour = an_hour_long_after(tmp_path)
    with pytest.raises(TerminalError, match="does not go on from what was anchored last"):
        housekeeping.recipients_to_follow_up(hour)
    assert book.rows(redacted) == [(1,)]


def test_who_was_redacted_for_an_acknowledgement_that_the_backup_does_not_know_goes_too(tmp_path: Path) -> None:
    """By the retention alone that line would stay: its withdrawal is not acknowledged, by the backup."""
    book = Book(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "anchors")
    book.drop(1, 1, 2)
    book.drop(2, 2)
    book.withdraw(1, 1)
    book.tell(last=Step.PUBLISHED)
    back_up(tmp_path / "ledger.sqlite", tmp_path / "backup")
    with book.ledger.delivering(GENT) as log:
        (notice,) = log.notices()
        log.record_notice(replace(notice, step=Step.ACKNOWLEDGED).event("run", book.clock()))
    hour = an_hour_long_after(tmp_path)
    redact_all_due(hour)
    redacted = [f"select count(*) from {table} where person is null" for table in ("disclosure", "withdrawal")]
    assert [book.rows(each) for each in redacted] == [[(1,)], [(1,)]]
    book.anchor()
    for path in tmp_path.glob("ledger.sqlite*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    back_up(tmp_path / "backup", tmp_path / "ledger.sqlite")
    redact_all_due(hour)
    assert [book.rows(each) for each in redacted] == [[(1,)], [(1,)]]
    assert book.problems(today=date(2027, 1, 1)) and all(
        "redacted" not in each.says for each in book.problems(today=date(2027, 1, 1))
    ), "it is shorter than its anchors, and each redaction is on record"
    redact_all_due(hour)
    assert book.rows("select disclosures, withdrawals from redaction") == [(1, 1)], "once"


def an_hour_long_after(folder: Path) -> RunContext:
    known = {"ledger_db": Connection("ledger_db", "sqlite", schema=(folder / "ledger.sqlite").as_posix())}
    settings = Settings(anchors=str(folder / "anchors"))
    return RunContext("hour", date(2027, 1, 1), settings, known.get, lambda: datetime(2027, 1, 1, 3, tzinfo=UTC))


def test_a_night_redacts_before_it_asks_the_ledger_anything(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def redacts(context: RunContext) -> None:
        seen.append("redacted")
        raise PipelineError("no further")

    monkeypatch.setattr(tasks, "redact_all_due", redacts)
    monkeypatch.setattr(tasks, "open_ledger", lambda uri: seen.append("opened"))
    third = night_of(house, THIRD)
    with pytest.raises(PipelineError, match="no further"):
        tasks.check_night(third, tasks.extract_night(third))
    assert seen == ["redacted"]
    with pytest.raises(PipelineError, match="no further"):
        monkeypatch.setattr(housekeeping, "redact_all_due", redacts)
        housekeeping.recipients_to_follow_up(replace(third, run="hour"))
