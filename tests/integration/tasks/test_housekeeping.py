"""Drops and withdrawals followed to their end, over SFTP, from a real agency and with a real ledger."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline.cli.main import main
from pipeline.core.errors import FeedError, PipelineError, SettingsError, TerminalError
from pipeline.core.feeds import FEEDS
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.delivery.references import reference, reference_key
from pipeline.followup.folder_remarks import RemarkReason
from pipeline.followup.pickup import FollowupResult
from pipeline.followup.replace import replace_recalled
from pipeline.followup.withdrawal_status import withdrawal_statuses
from pipeline.ledger.anchors import read_anchors
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import Notice, Step, stem_of
from pipeline.ledger.persons import ledger_key_of
from pipeline.tasks import housekeeping
from tests.e2e.search import canaries, found_under
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.publishing import sha256
from tests.support.returned_noes import NO, returned
from tests.support.saved_house import SavedHouse, save
from tests.support.servers.mail_server import mail_server
from tests.support.worlds.small_world import BRUGGE, GENT, execute, produce, small_world


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Brugge has parent 101, Gent 201 to 203, and nobody fetched anything."""
    folder = tmp_path_factory.mktemp("housekeeping")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 3})) as laid:
        assert not run_night(laid.night("night")).errors
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse) -> House:
    return after_a_night.anew()


def hour(house: House, run: str = "hour", **settings: object) -> list[FollowupResult]:
    """One run of the DAG, task by task."""
    night = house.night(run, **settings)
    due = housekeeping.recipients_to_follow_up(night)
    results = [housekeeping.follow_up_recipient(night, kbo) for kbo in due]
    housekeeping.close_housekeeping(night, due, results)
    return results


def withdraws(house: House, parent: int, kbo: Kbo = GENT, kind: str = "withdrawal") -> None:
    number = execute(house.agency, "select max(event_id) from consent_event")[0][0] + 1
    at = datetime.now(UTC).isoformat(sep=" ")
    text, fields = ("v1", "name,address,phone,email") if kind == "grant" else (None, None)
    house.change(
        "insert into consent_event (event_id, parent_id, kbo, kind, text_version, fields, occurred_at, recorded_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        number, parent, kbo, kind, text, fields, at, at,
    )  # fmt: skip


def fetch(house: House, kbo: Kbo) -> None:
    """The recipient takes its drops, the GO files last."""
    for path in sorted(house.out(kbo).glob("AANMELDING*"), key=lambda path: path.suffix == ".GO"):
        path.unlink()


def notices(house: House, kbo: Kbo) -> list[str]:
    return sorted(path.stem for path in house.out(kbo).glob("INTREKKING*.GO"))


def by_kbo(results: list[FollowupResult]) -> dict[Kbo, FollowupResult]:
    return {one.kbo: one for one in results}


def test_a_quiet_hour_changes_nothing(house: House) -> None:
    before = {kbo: house.footprint(kbo) for kbo in (BRUGGE, GENT)}
    put = read_anchors(house.home.anchors)
    assert hour(house) == [FollowupResult(BRUGGE), FollowupResult(GENT)]
    assert {kbo: house.footprint(kbo) for kbo in (BRUGGE, GENT)} == before
    assert read_anchors(house.home.anchors) == put, "nothing was appended, so nothing is to be anchored"


def test_what_an_hour_appended_is_anchored_when_it_ends(house: House) -> None:
    put = read_anchors(house.home.anchors)
    fetch(house, GENT)
    hour(house)
    new = read_anchors(house.home.anchors)
    assert len(new) == len(put) + 1 and new[-1].head == open_ledger(house.ledger).head()


def test_a_withdrawal_is_followed_to_its_end_and_one_that_nobody_answers_is_listed(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for kbo in (BRUGGE, GENT):
        fetch(house, kbo)
    assert {kbo: one.fetched for kbo, one in by_kbo(hour(house)).items()} == {BRUGGE: 1, GENT: 1}

    withdraws(house, 101, BRUGGE)
    withdraws(house, 202)
    assert not run_night(house.night("next", datetime.now(UTC) + timedelta(days=1))).errors
    notified = by_kbo(hour(house, "after the night"))
    assert {kbo: one.notices for kbo, one in notified.items()} == {BRUGGE: 1, GENT: 1}
    ((stem_brugge,), (stem_gent,)) = notices(house, BRUGGE), notices(house, GENT)
    (withdrawal,) = open_ledger(house.ledger).recipient(GENT).withdrawals()
    content = (house.out(GENT) / f"{stem_gent}.csv").read_bytes()
    day = local_day(withdrawal.at)
    assert content == f"\ufeffreferentie;datum\r\n{withdrawal.reference};{day}\r\n".encode()
    (drop,) = whole_drops(house.out(GENT))
    assert drop.manifest["rows"] == 2 and withdrawal.reference not in drop.text

    (house.out(GENT) / f"{stem_gent}.ACK").mkdir()
    (house.out(GENT) / "dossier Peeters.docx").touch()
    with caplog.at_level("WARNING"):
        (folder, others) = by_kbo(hour(house, "a folder"))[GENT].remarks
    assert (folder.reason, folder.name, others.count) == (RemarkReason.ACK_NO_FILE, f"{stem_gent}.ACK", 1)
    page = (house.night("a folder").docs / housekeeping.PAGE).read_text()
    assert folder.dutch in page and others.dutch in page and "Peeters" not in page + caplog.text
    assert caplog.text.count(f"{GENT}: {stem_gent}.ACK is a folder, so it acknowledges nothing: have") == 1
    (house.out(GENT) / f"{stem_gent}.ACK").rmdir()

    (house.out(GENT) / f"{stem_gent}.ACK").write_text("")
    assert by_kbo(hour(house, "answered"))[GENT].notices_acknowledged == 1
    assert notices(house, GENT) == [] and notices(house, BRUGGE) == [stem_brugge]

    late = house.night("late", notice_ack_days=1e-9)
    brugge, gent = withdrawal_statuses(late)
    assert (brugge.recorded, brugge.not_notified, brugge.sent, brugge.acknowledged) == (1, 0, 1, 0)
    assert list(brugge.overdue) == [stem_brugge] and brugge.overdue_since is not None
    assert (gent.recorded, gent.not_notified, gent.sent, gent.acknowledged, gent.overdue) == (1, 0, 1, 1, {})

    housekeeping.write_page(late)
    page = (late.docs / housekeeping.PAGE).read_text()
    assert "1 ontvanger(s) bevestigden niet op tijd" in page and stem_brugge in page and stem_gent not in page


def test_an_unfetched_drop_is_replaced_within_the_hour(house: House) -> None:
    fetch(house, BRUGGE)
    (old,) = whole_drops(house.out(GENT))
    withdraws(house, 202)
    result = by_kbo(hour(house))[GENT]
    (new,) = whole_drops(house.out(GENT))
    assert (result.withdrawals, result.recalled, result.notices, result.replaced) == (1, 1, 1, new.stem)
    assert new.stem == old.stem.replace("000001", "000002")
    assert new.manifest["rows"] == 2 and "Kanariën-202achter" not in new.text
    assert new.manifest["sequence"] == 2
    ledger = open_ledger(house.ledger)
    recalled, replacement = ledger.recipient(GENT).delivery_state(house.night().night).drops
    assert (recalled.kind, replacement.kind) == (Kind.RECALLED, Kind.PUBLISHED)
    assert new.manifest["previous_manifest_sha256"] == recalled.contents.manifest_sha256
    assert new.manifest["ledger_head"]["n"] > old.manifest["ledger_head"]["n"]
    again = by_kbo(hour(house, "again"))[GENT]
    assert again == FollowupResult(GENT), "once"


def test_a_replacement_adds_nobody(house: House) -> None:
    """Who comes to consent meanwhile waits for the night."""
    withdraws(house, 203)
    hour(house)
    withdraws(house, 203, kind="grant")
    withdraws(house, 202)
    hour(house, "again")
    (drop,) = whole_drops(house.out(GENT))
    assert drop.manifest["sequence"] == 3 and drop.manifest["rows"] == 1
    assert "Kanariën-201achter" in drop.text and "Kanariën-203achter" not in drop.text
    assert not run_night(house.night("next", datetime.now(UTC) + timedelta(days=1))).errors
    (drop,) = whole_drops(house.out(GENT))
    assert drop.manifest["sequence"] == 4 and drop.manifest["rows"] == 2, "the newer drop counts anew"


@pytest.mark.parametrize("is_noticed", [True, False])
def test_who_has_a_withdrawal_on_record_is_in_no_replacement_even_when_the_feed_forgot_it(
    house: House, monkeypatch: pytest.MonkeyPatch, is_noticed: bool
) -> None:
    """As in 2018, when a supplier's error lost opt-outs: the look before it saw a row more, unless another came."""

    def forgotten(*arguments: Any) -> Any:
        if arguments[0].kbo == GENT:
            execute(house.agency, "delete from consent_event where kind = 'withdrawal'")
            produce(house.agency, datetime.now(UTC))
            if not is_noticed:
                withdraws(house, 101, BRUGGE, kind="grant")
        return replace_recalled(*arguments)

    monkeypatch.setattr(housekeeping, "replace_recalled", forgotten)
    withdraws(house, 202)
    says = "4 rows where 5 were seen before" if is_noticed else "1 noes of the ledger are gone"
    with pytest.raises(FeedError, match=says):
        hour(house)
    assert whole_drops(house.out(GENT)) == []


def test_on_a_day_without_an_accepted_night_only_a_no_that_is_there_is_acted_on(house: House) -> None:
    """What stopped the night stops housekeeping from concluding anything else from the same feeds."""
    before = house.footprint(BRUGGE)
    withdraws(house, 202)
    house.change("update parent set deceased_on = '2026-01-01' where parent_id = 101")
    tomorrow = replace(house.night("tomorrow"), clock=lambda: datetime.now(UTC) + timedelta(days=1))
    assert housekeeping.follow_up_recipient(tomorrow, BRUGGE) == FollowupResult(BRUGGE)
    assert house.footprint(BRUGGE) == before
    assert housekeeping.follow_up_recipient(tomorrow, GENT) == FollowupResult(GENT, recalled=1)
    assert whole_drops(house.out(GENT)) == []
    assert open_ledger(house.ledger).recipient(GENT).withdrawals() == ()


def test_a_no_that_the_recipient_returned_is_acted_on_without_the_agency_and_without_a_night(house: House) -> None:
    before, now = house.footprint(BRUGGE), datetime.now(UTC)
    ledger, name = open_ledger(house.ledger), reference(reference_key(house.connections), GENT, 202)
    returned(ledger.engine, GENT, now, {name: NO}, lambda key_id: ledger_key_of(house.connections, key_id))
    house.environment["AIRFLOW_CONN_AGENCY_DB"] = f"sqlite:///{house.path}/nowhere.db"
    tomorrow = replace(house.night("tomorrow"), clock=lambda: datetime.now(UTC) + timedelta(days=1))
    assert housekeeping.follow_up_recipient(tomorrow, GENT).recalled == 1
    assert whole_drops(house.out(GENT)) == [] and house.footprint(BRUGGE) == before


def test_a_ledger_that_was_cut_follows_up_no_recipient(house: House) -> None:
    night = house.night("hour")
    housekeeping.recipients_to_follow_up(night)
    with sqlite3.connect(urlsplit(house.ledger).path.removeprefix("/")) as ledger:
        ledger.execute("drop trigger link_no_delete")
        ledger.execute("delete from link where n = (select max(n) from link)")
    with pytest.raises(TerminalError, match="does not go on from what was anchored last"):
        housekeeping.recipients_to_follow_up(night)


def test_the_nights_own_task_cleared_after_a_replacement_sends_nothing(house: House) -> None:
    withdraws(house, 202)
    hour(house)
    before = house.footprint(GENT)
    cleared = run_night(house.night("night"))
    assert not cleared.errors
    assert {one.kbo: one.outcome.value for one in cleared.publications}[GENT] == "already_published"
    assert house.footprint(GENT) == before


def test_when_the_agency_is_away_what_lies_there_is_looked_after_all_the_same(house: House) -> None:
    fetch(house, BRUGGE)
    house.environment["AIRFLOW_CONN_AGENCY_DB"] = f"sqlite:///{house.path}/nowhere.db"
    night = house.night("away")
    assert housekeeping.follow_up_recipient(night, BRUGGE).fetched == 1, "nothing lies there, so nobody asks the agency"
    with pytest.raises(PipelineError):
        housekeeping.follow_up_recipient(night, GENT)
    assert len(whole_drops(house.out(GENT))) == 1


def test_a_recipient_that_is_covered_no_more_is_notified_too(house: House) -> None:
    fetch(house, GENT)
    hour(house)
    ended = str(datetime.now(UTC).date() - timedelta(days=1))
    columns = FEEDS["agreement"].columns
    (held,) = execute(house.agency, f"select {', '.join(columns)} from agreement where kbo = ?", GENT)
    at = datetime.now(UTC).isoformat(sep=" ")
    row = dict(zip(columns, held, strict=True)) | {"recorded_at": at, "ended_on": ended}
    house.change(f"insert into agreement ({', '.join(row)}) values ({', '.join('?' * len(row))})", *row.values())
    assert not run_night(house.night("next", datetime.now(UTC) + timedelta(days=1))).errors
    assert list(house.out(GENT).iterdir()) == []
    result = by_kbo(hour(house, "after"))[GENT]
    assert (result.notices, result.replaced) == (1, None)
    (notice,) = open_ledger(house.ledger).recipient(GENT).notices()
    assert notice.rows == 3
    assert GENT in housekeeping.recipients_to_follow_up(house.night("later")), "until it answered"


def test_it_expires_by_the_recipients_settings_and_is_named_before_that(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    known = load_recipients(house.home.recipients).values()
    save_recipients(house.home.recipients, [replace(one, remind_after_days=1, expire_after_days=2) for one in known])
    later = house.night("later")
    day = replace(later, clock=lambda: datetime.now(UTC) + timedelta(days=1))
    with caplog.at_level("INFO"):
        assert housekeeping.follow_up_recipient(day, BRUGGE).reminded == 1
    assert "fetched nothing since" in caplog.text and "name no address to remind: call it" in caplog.text
    (gone,) = [one for one in withdrawal_statuses(day) if one.kbo == BRUGGE]
    assert gone.late and gone.waiting_since is not None
    expired = replace(later, run="gone", clock=lambda: datetime.now(UTC) + timedelta(days=2))
    house.environment["AIRFLOW_CONN_AGENCY_DB"] = f"sqlite:///{house.path}/nowhere.db"
    assert housekeeping.follow_up_recipient(expired, BRUGGE).expired == 1
    assert list(house.out(BRUGGE).iterdir()) == []


def test_it_is_reminded_by_mail_and_a_mail_server_that_is_away_holds_up_nothing_else(
    house: House, tmp_path: Path
) -> None:
    known = load_recipients(house.home.recipients).values()
    save_recipients(
        house.home.recipients, [replace(one, mail="it@ocmw.example.org", remind_after_days=1) for one in known]
    )
    withdraws(house, 202)
    late = replace(house.night("late"), clock=lambda: datetime.now(UTC) + timedelta(days=1))
    ledger = open_ledger(house.ledger)
    ledger.save_watermark("next", local_day(late.clock()), datetime.now(UTC), ledger.last_watermark() or b"")
    with pytest.raises(SettingsError, match="connection mail is missing"):
        housekeeping.follow_up_recipient(late, BRUGGE)
    with pytest.raises(SettingsError, match="connection mail is missing"):
        housekeeping.follow_up_recipient(late, GENT)
    assert len(notices(house, GENT)) == 1, "the notice went first"
    with mail_server(tmp_path) as server:
        found = server.connection()
        with_mail = replace(late, connections=lambda name: found if name == "mail" else late.connections(name))
        assert [housekeeping.follow_up_recipient(with_mail, BRUGGE).reminded for _ in range(2)] == [1, 0]
        (got,) = server.received
    (stem,) = [path.stem for path in house.out(BRUGGE).glob("AANMELDING*.GO")]
    assert got["To"] == "it@ocmw.example.org" and stem in got.get_content()


def test_one_that_fails_is_named_and_the_others_are_done(house: House) -> None:
    house.refuse(GENT)
    night = house.night("hour")
    due = housekeeping.recipients_to_follow_up(night)
    done = [housekeeping.follow_up_recipient(night, BRUGGE)]
    with pytest.raises(PipelineError):
        housekeeping.follow_up_recipient(night, GENT)
    with pytest.raises(TerminalError, match="1 of 2 recipients were not looked after: ocmw-0212214125"):
        housekeeping.close_housekeeping(night, due, done)
    house.accept(GENT)
    assert by_kbo(hour(house, "next"))[GENT] == FollowupResult(GENT)


def test_when_nobody_could_be_listed_it_is_red(house: House) -> None:
    with pytest.raises(TerminalError, match="nobody was looked after"):
        housekeeping.close_housekeeping(house.night("hour"), None, [])


def test_who_lost_its_settings_is_not_passed_over(house: House) -> None:
    known = load_recipients(house.home.recipients)
    save_recipients(house.home.recipients, [known[BRUGGE]])
    night = house.night("hour")
    assert housekeeping.recipients_to_follow_up(night) == [BRUGGE, GENT]
    assert housekeeping.followup_label(night, GENT) == GENT
    with pytest.raises(SettingsError, match="0212214125: has no settings"):
        housekeeping.follow_up_recipient(night, GENT)


def test_the_hosts_log_tells_who_read_a_drop(house: House) -> None:
    (drop,) = whole_drops(house.out(BRUGGE))
    file = house.out(BRUGGE) / f"{drop.stem}.csv"
    log = house.path / "sftp.log"
    log.write_text(
        "Jun 15 04:00:00 host internal-sftp[7]: session opened for local user ocmw-0207832792 from [192.0.2.1]\n"
        f'Jun 15 04:00:01 host internal-sftp[7]: close "/out/{file.name}" bytes read {file.stat().st_size} written 0\n'
    )
    results = by_kbo(hour(house, sftp_log=str(log)))
    assert (results[BRUGGE].read, results[BRUGGE].fetched) == (1, 0)
    assert (results[GENT].read, results[GENT].fetched) == (0, 0)
    assert len(whole_drops(house.out(BRUGGE))) == 1, "it still lies there"
    with pytest.raises(SettingsError, match="cannot be read"):
        housekeeping.follow_up_recipient(house.night("gone", sftp_log=str(house.path / "none")), GENT)


# Who is due


def records_withdrawal_of(house: House, parent: int) -> None:
    """As a night does that finds it: without a look at the agency."""
    ledger, night = open_ledger(house.ledger), house.night()
    (held,) = [
        one
        for one in ledger.recipient(GENT).holdings()
        if one.reference == reference(reference_key(house.connections), GENT, parent)
    ]
    found = Withdrawal(
        GENT, held.reference, held.person, held.key_id, "withdrawn", held.sequence, "run", night.night, night.clock()
    )
    assert ledger.record_withdrawals([found]) == 1


def long_after(house: House, run: str = "later") -> RunContext:
    """When nothing can be heard of the drop any more."""
    return replace(house.night(run), clock=lambda: datetime.now(UTC) + timedelta(days=30))


def test_who_is_to_be_told_is_due_though_nothing_else_is_open(house: House) -> None:
    fetch(house, GENT)
    hour(house)
    assert GENT not in housekeeping.recipients_to_follow_up(long_after(house))
    records_withdrawal_of(house, 202)
    assert GENT in housekeeping.recipients_to_follow_up(long_after(house)), "not yet notified"


def test_who_has_a_notice_that_was_begun_is_due_until_it_is_seen(house: House) -> None:
    """Its lines are settled, so that nothing says any more that they are to be told; but nobody was."""
    fetch(house, GENT)
    hour(house)
    records_withdrawal_of(house, 202)
    with open_ledger(house.ledger).delivering(GENT) as log:
        stem = stem_of(GENT, house.night().night, 1)
        begun = Notice(GENT, 1, Step.INTENT, stem, f"{stem}.csv", "0" * 64, 1)
        log.record_notice(begun.event("died", datetime.now(UTC)), log.not_notified())
        assert log.not_notified() == ()
    later = long_after(house)
    assert GENT in housekeeping.recipients_to_follow_up(later)
    assert housekeeping.follow_up_recipient(later, GENT).notices == 1 and notices(house, GENT) == [stem]


def test_a_notice_that_is_gone_is_said_again_three_times_and_then_a_person_calls(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Over SFTP, to the end: by hand, on record, and acknowledged."""
    fetch(house, GENT)
    hour(house)
    records_withdrawal_of(house, 202)
    at, stems = datetime.now(UTC), []
    for day in range(5):
        later = replace(house.night(f"day {day}"), clock=lambda at=at, day=day: at + timedelta(days=day))
        housekeeping.follow_up_recipient(later, GENT)
        stems += notices(house, GENT)
        for path in house.out(GENT).glob("INTREKKING*"):
            path.unlink()
        housekeeping.follow_up_recipient(later, GENT)
    assert [stem.partition("_HERHAALT_")[2] for stem in stems] == ["", "000001", "000001", "000001"]
    (status,) = [one for one in withdrawal_statuses(later) if one.kbo == GENT]
    assert status.to_call == (stems[-1],) and (status.sent, status.acknowledged) == (1, 0)
    housekeeping.write_page(later)
    assert f"{stems[-1]} is gone, as is each before it: call the recipient" in caplog.text
    page = (later.docs / housekeeping.PAGE).read_text()
    assert "1 moet(en) gebeld worden" in page and stems[-1] in page

    house.enter(monkeypatch)
    assert main(["withdrawals", "--overdue"]) == 1
    assert "1 must be called" in capsys.readouterr().out
    assert main(["withdrawals", "resend", GENT, "1", "--reason", "file 7, by telephone"]) == 0
    (again,) = notices(house, GENT)
    assert again.endswith("_000005_HERHAALT_000001") and again in capsys.readouterr().out
    (asked,) = open_ledger(house.ledger).recipient(GENT).resends()
    assert (asked.first, asked.newest, asked.reason) == (1, 4, "file 7, by telephone")
    (house.out(GENT) / f"{stems[0]}.ACK").touch()
    assert housekeeping.follow_up_recipient(later, GENT).notices_acknowledged == 1
    assert list(house.out(GENT).glob("INTREKKING*")) == []
    assert main(["withdrawals", "--overdue"]) == 0
    assert main(["withdrawals", "resend", GENT, "5", "--reason", "file 7"]) == 1
    assert "was acknowledged, so it is not sent again" in capsys.readouterr().err


# What rests


def aged(folder: Path, days: float) -> None:
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for path in (*folder.glob("at-work"), folder):
        os.utime(path, (then, then))


def killed_night(house: House, run: str, days: float) -> RunContext:
    """Died with its snapshot in staging, so long ago."""
    from pipeline.tasks import nightly_delivery as tasks

    night = house.night(run)
    tasks.extract_night(night)
    aged(night.folder, days)
    return night


def test_rows_of_a_run_that_never_goes_on_are_found_nowhere(house: House) -> None:
    wanted = canaries([101, 201, 202, 203])
    outside = [house.home.world, house.home.hosts]
    dead = killed_night(house, "killed", 2)
    for command in ("explain", "decide", "person", "register", "test-drop", "overview", "sheets"):
        scratch = house.home.staging / f"{command}-abc"
        (scratch / "snapshot").mkdir(parents=True)
        (scratch / "rows").write_text("Kanariën-101achter")
        aged(scratch, 2)
    assert (dead.folder / "snapshot").exists()
    assert found_under(house.path, wanted, but=outside), "the search finds them while they are there"
    hour(house)
    assert found_under(house.path, wanted, but=outside) == {}


def test_a_run_that_may_go_on_keeps_what_it_needs(house: House) -> None:
    alive = killed_night(house, "waits for an approver", 0.5)
    hour(house)
    assert (alive.folder / "snapshot").exists()


def test_old_runs_and_old_data_docs_go_for_good(house: House) -> None:
    kept, old = house.night("night"), house.night("old")
    for path in (old.folder, old.docs):
        (path / "inside").mkdir(parents=True)
        aged(path, 500)
    hour(house)
    assert not old.folder.exists() and not old.docs.exists()
    assert kept.folder.exists() and kept.docs.exists()
    own = house.night("hour").docs
    assert [path.name for path in own.iterdir()] == [housekeeping.PAGE]
    aged(own, 15)
    aged(kept.docs, 15)
    hour(house, "next")
    assert not own.exists() and kept.docs.exists(), "an hour's page goes sooner than a night's"


def test_nothing_of_an_hour_rests_in_staging(house: House) -> None:
    withdraws(house, 202)
    hour(house)
    assert not house.night("hour").folder.exists()
    assert sha256(next(house.out(GENT).glob("INTREKKING*.csv")))
