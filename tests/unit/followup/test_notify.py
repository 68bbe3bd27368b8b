"""Notices of withdrawals, killed at every step: none is lost, none comes twice, none changes."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.delivery.recipients import RecipientSettings
from pipeline.followup.notice_files import notice_bytes
from pipeline.ledger.notices import NoticeLine, Step
from tests.support.followup import RECIPIENT, FollowupWorld, followup_world
from tests.support.publishing import Fuse, Killed, sha256
from tests.support.servers.gnupg import Gpg
from tests.support.signing import SIGNING_KEY, allowed_signers, ssh_keygen_verifies

SUFFIXES = (".csv", ".datapackage.json", ".datapackage.json.sig")


def due(folder: Path) -> FollowupWorld:
    """Two of three parents in its drop are withdrawn, and it was told of neither."""
    made = followup_world(folder)
    made.withdraw("R0", "R1")
    return made


def test_one_notice_tells_of_all_that_is_outstanding(tmp_path: Path) -> None:
    made = due(tmp_path)
    (notice,) = made.notify()
    assert notice.stem == "INTREKKING_OPGROEIEN_0212214125_20260615_000001" and notice.rows == 2
    content = (made.view.path / f"{notice.stem}.csv").read_bytes()
    assert content == b"\xef\xbb\xbfreferentie;datum\r\nR0;2026-06-15\r\nR1;2026-06-15\r\n"
    assert (made.view.path / f"{notice.stem}.GO").read_bytes() == b""
    manifest = made.view.path / f"{notice.stem}.datapackage.json"
    signature = manifest.with_name(f"{manifest.name}.sig")
    allowed = allowed_signers(tmp_path, SIGNING_KEY)
    assert ssh_keygen_verifies(manifest.read_bytes(), signature, allowed)
    assert not ssh_keygen_verifies(manifest.read_bytes() + b" ", signature, allowed)
    (told,) = made.notices
    assert (told.step, told.published_at, told.signed_by) == (Step.PUBLISHED, made.now, SIGNING_KEY.fingerprint)
    assert told.hashes == {path.name: sha256(path) for path in made.view.path.glob("INTREKKING*.[a-z]*")}


def test_nothing_to_tell_connects_to_nobody(tmp_path: Path) -> None:
    made, steps = followup_world(tmp_path), Fuse()
    assert made.notify(steps) == () and steps.seen == []
    made.withdraw("R0")
    made.notify()
    assert made.notify(steps) == () and steps.seen == []


def test_who_is_withdrawn_later_is_in_the_next_notice_alone(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R2")
    made.notify()
    made.withdraw("R0")
    (second,) = made.notify(nights_later=1)
    assert second.stem == "INTREKKING_OPGROEIEN_0212214125_20260616_000002"
    assert made.references_told() == ["R0", "R2"]


def test_who_is_released_again_and_withdrawn_again_is_told_of_twice(tmp_path: Path) -> None:
    """The notice of before stands for the drop of before; the newer drop counts by itself."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    made.notify()
    made.deliver(1)
    assert made.notify() == ()
    made.withdraw("R0")
    made.notify()
    assert made.references_told() == ["R0", "R0"]


def test_a_file_that_the_ledger_does_not_know_of_is_left_alone(tmp_path: Path) -> None:
    made = due(tmp_path)
    go = made.view.path / "INTREKKING_OPGROEIEN_0212214125_20260615_000001.GO"
    go.write_text("")
    (notice,) = made.notify()
    assert notice.number == 2 and go.exists() and [one.number for one in made.notices] == [2]
    assert made.references_told() == ["R0", "R1"], "it waits for nobody"


def test_a_name_that_is_taken_once_its_notice_is_on_record_delays_nothing(tmp_path: Path) -> None:
    """Names can be foretold: the notice is said again at once, under a number of its own."""
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("record notice releasing"))
    (begun,) = made.notices
    (made.view.path / begun.go_name).write_text("")
    (made.view.path / begun.file).write_text("forged")
    made.told.clear()
    made.unproven.add(begun.stem)
    (repeat,) = made.notify()
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED] and repeat.repeats == 1
    assert made.references_told() == ["R0", "R1"] and not (made.view.path / begun.go_name).exists()
    made.agrees()


def test_one_that_counted_after_the_backup_of_its_ledger_is_told_and_not_said_again(tmp_path: Path) -> None:
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("record notice releasing"))
    (begun,) = made.notices
    (made.view.path / begun.go_name).write_text("")
    (told,) = made.notify()
    assert told.stem == begun.stem and [one.step for one in made.notices] == [Step.PUBLISHED]
    assert made.references_told() == ["R0", "R1"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_was_changed_before_it_counted_is_made_anew(tmp_path: Path, suffix: str) -> None:
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("has recorded notice releasing"))
    (made.view.path / f"{made.notices[0].stem}{suffix}").write_text("forged")
    made.notify()
    assert made.references_told() == ["R0", "R1"] and [one.step for one in made.notices] == [Step.PUBLISHED]
    made.agrees()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_of_which_a_file_is_gone_before_it_counted_never_counts(tmp_path: Path, suffix: str) -> None:
    """Without its signature it gets no GO file: it is said again."""
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("has recorded notice releasing"))
    (made.view.path / f"{made.notices[0].stem}{suffix}").unlink()
    made.notify()
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED]
    assert list(made.told) == [made.notices[1].stem]
    (_, repeat) = made.notices
    said = json.loads((made.view.path / repeat.manifest_name).read_text())
    assert said["previous_notice_sha256"] == made.notices[0].manifest_sha256, "the recipient may have it"
    assert made.refused_by_the_recipient() == [], "that one is not missed: it was said again"


@pytest.mark.parametrize(("at", "suffix"), [*(("put", suffix) for suffix in SUFFIXES), ("has put", ".GO")])
def test_one_that_is_taken_while_its_go_file_is_put_is_said_again(tmp_path: Path, at: str, suffix: str) -> None:
    """By a clean-up job: before the GO file's rename, so that it never counts, or as soon as it counts."""
    made, taken = due(tmp_path), list[str]()

    def take(step: str) -> None:
        if step.startswith(f"{at} INTREKKING") and step.endswith(".GO") and not taken:
            made.look()
            taken.append(step.split()[-1][:-3])
            (made.view.path / f"{taken[0]}{suffix}").unlink()

    made.notify(take)
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED]
    assert (taken[0] in made.told) is (suffix == ".GO") and made.notices[1].stem in made.told
    said = json.loads((made.view.path / made.notices[1].manifest_name).read_text())
    assert said["previous_notice_sha256"] == made.notices[0].manifest_sha256, "the recipient may have it"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_that_was_changed_once_it_counts_is_taken_away_and_said_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str
) -> None:
    """Nobody was told by what lies there."""
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("record notice published"))
    (go,) = made.view.path.glob("INTREKKING*.GO")
    made.told.clear()
    made.unproven.add(go.stem)
    go.with_suffix(suffix).write_text("forged")
    (repeat,) = made.notify()
    assert "counts, but differs from the ledger: find out who changed it" in caplog.text
    assert not go.exists() and repeat.repeats == 1
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED]
    made.told.pop(go.stem, None)
    assert made.references_told() == ["R0", "R1"]


def test_a_key_that_came_in_between_leaves_nothing_in_clear(tmp_path: Path, gnupg: Gpg) -> None:
    made = due(tmp_path)
    with pytest.raises(Killed):
        made.notify(stop_at("record notice releasing"))
    assert sorted(path.suffix for path in made.view.path.glob("INTREKKING*")) == [".csv", ".json", ".sig"]
    made.recipient = keyed(gnupg, tmp_path)
    (notice,) = made.notify()
    assert notice.file == f"{notice.stem}.csv.pgp"
    assert sorted(path.suffix for path in made.view.path.glob("INTREKKING*")) == [".GO", ".json", ".pgp", ".sig"]


def keyed(gnupg: Gpg, folder: Path) -> RecipientSettings:
    fingerprint, path = gnupg.curve25519(), folder / "gent.asc"
    path.write_bytes(gnupg.public(fingerprint))
    return replace(RECIPIENT, encryption=str(path), seal=f"test:{fingerprint.lower()}:{'0' * 64}")


def test_where_the_recipient_has_a_key_it_alone_can_read_it(tmp_path: Path, gnupg: Gpg) -> None:
    made = due(tmp_path)
    made.recipient = keyed(gnupg, tmp_path)
    steps = Fuse()
    patient_with_key = due(tmp_path / "dry")
    patient_with_key.recipient = made.recipient
    patient_with_key.notify(steps)
    for at in range(1, len(steps.seen) + 1):
        world = due(tmp_path / str(at))
        world.recipient = made.recipient
        with pytest.raises(Killed):
            world.notify(Fuse(at))
        world.notify()
        (file,) = world.view.path.glob("INTREKKING*.pgp")
        assert gnupg.decrypt(file.read_bytes()).startswith(b"\xef\xbb\xbfreferentie;datum\r\nR0;")
        assert b"referentie" not in file.read_bytes() and world.notices[0].step is Step.PUBLISHED
        manifest = json.loads((world.view.path / world.notices[0].manifest_name).read_text())
        (told,) = manifest["resources"]
        assert told["hash"] == f"sha256:{sha256(file)}" and manifest["rows"] == 2
        clear = hashlib.sha256(gnupg.decrypt(file.read_bytes())).hexdigest()
        assert told["decrypted"]["hash"] == f"sha256:{clear}"


def test_an_expired_key_stops_it(tmp_path: Path, gnupg: Gpg) -> None:
    made = due(tmp_path)
    expired = gnupg.key("expired", expires="1y")
    (tmp_path / "gent.asc").write_bytes(gnupg.public(expired))
    seal = f"test:{expired.lower()}:{'0' * 64}"
    made.recipient = replace(RECIPIENT, encryption=str(tmp_path / "gent.asc"), seal=seal)
    with pytest.raises(SettingsError, match="expired"):
        made.notify()
    assert made.notices == () and not list(made.view.path.glob("INTREKKING*"))


def stop_at(step: str) -> Callable[[str], None]:
    def stop(found: str) -> None:
        if found == step:
            raise Killed(step)

    return stop


def test_a_host_that_fails_is_tried_again(tmp_path: Path) -> None:
    made = due(tmp_path)
    steps = Fuse()
    due(tmp_path / "dry").notify(steps)
    for at in range(1, len(steps.seen) + 1):
        world = due(tmp_path / str(at))
        with pytest.raises(DeliveryTransient):
            world.notify(Fuse(at, DeliveryTransient("cut")))
        world.notify()
        assert world.references_told() == ["R0", "R1"]
        world.agrees()
    assert made.notices == ()


Sequel = Callable[[FollowupWorld], None]


def again(made: FollowupWorld) -> None:
    made.notify()


def more_withdrawn(made: FollowupWorld) -> None:
    made.withdraw("R2")
    made.notify(nights_later=1)


def processed_meanwhile(made: FollowupWorld) -> None:
    """What housekeeping does first."""
    made.process_pickups()
    made.notify()


def twice_cut(made: FollowupWorld) -> None:
    for at in range(1, 99):
        try:
            made.notify(Fuse(at))
        except Killed:
            made.look()
        else:
            return


@pytest.mark.parametrize("sequel", [again, more_withdrawn, processed_meanwhile, twice_cut])
def test_killed_anywhere(tmp_path: Path, sequel: Sequel) -> None:
    steps = Fuse()
    due(tmp_path / "dry").notify(steps)
    assert len(steps.seen) >= 15
    for at in range(1, len(steps.seen) + 1):
        world = due(tmp_path / str(at))
        with pytest.raises(Killed):
            world.notify(Fuse(at))
        sequel(world)
        expected = ["R0", "R1", "R2"] if sequel is more_withdrawn else ["R0", "R1"]
        assert world.references_told() == expected, f"killed at {steps.seen[at - 1]}"
        assert {one.step for one in world.notices} == {Step.PUBLISHED}
        assert world.notify() == ()
        world.agrees()


def test_one_that_was_taken_before_it_was_seen_whole_is_said_again(tmp_path: Path) -> None:
    """Killed anywhere: whether the recipient took it, or it was lost, cannot be told."""
    steps = Fuse()
    due(tmp_path / "dry").notify(steps)
    unseen = 0
    for at in range(1, len(steps.seen) + 1):
        world = due(tmp_path / str(at))
        with pytest.raises(Killed):
            world.notify(Fuse(at))
        world.look()
        is_unseen = bool(world.told) and world.notices[0].step is Step.RELEASING
        unseen += is_unseen
        world.take_notice()
        world.notify()
        assert world.references_told() == (["R0", "R0", "R1", "R1"] if is_unseen else ["R0", "R1"])
        assert [one.repeats for one in world.notices] == ([None, 1] if is_unseen else [None])
        assert world.notify() == ()
        world.agrees()
    assert unseen > 3


def test_the_lines_of_a_notice_are_sorted_and_bear_the_local_date() -> None:
    morning = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
    late = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
    lines = [NoticeLine(1, "B", late), NoticeLine(2, "A", morning.astimezone(timezone(timedelta(hours=9))))]
    assert notice_bytes(lines) == b"\xef\xbb\xbfreferentie;datum\r\nA;2026-06-15\r\nB;2026-06-16\r\n"
    assert notice_bytes(lines) == notice_bytes(lines[::-1])
