"""What proves whose a notice is: its manifest, which names the notice before it, and the signature on that."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.delivery import job as jobs
from pipeline.delivery.notice_manifest import NOTICE_FIELDS
from pipeline.delivery.revocation_list import signed_notices
from pipeline.delivery.verify import NOTICE_COLUMNS
from pipeline.followup.notice_files import notice_bytes
from pipeline.followup.notify import notify
from pipeline.ledger.notices import Notice, NoticeLine, Step
from pipeline.ledger.signing_keys import KeyAct, SigningKeyHistory
from tests.golden.example import GOLDEN, notice_example, notice_manifest_of_encrypted
from tests.support.cases import case
from tests.support.followup import FollowupWorld, followup_world
from tests.support.publishing import GENT, Fuse, Killed, MemoryLedger, clock, delivery
from tests.support.signing import SIGNING_KEY, key_act, signing_key

FIRST = "INTREKKING_OPGROEIEN_0212214125_20260615_000001"


def manifest(made: FollowupWorld, notice: Notice) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.view.path / notice.manifest_name).read_text())
    return found


def test_a_notice_is_the_golden_one_byte_for_byte(tmp_path: Path) -> None:
    made = notice_example(tmp_path)
    for file, golden in zip(
        made.all, ("notice.csv", "notice.datapackage.json", "notice.datapackage.json.sig"), strict=True
    ):
        assert Path(file.path).read_bytes() == (GOLDEN / golden).read_bytes()
        assert file.sha256 == sha256((GOLDEN / golden).read_bytes()).hexdigest()
        assert Path(file.path).stat().st_mode & 0o777 == 0o600
    assert made.signed_by == SIGNING_KEY.fingerprint
    assert tuple(field["name"] for field in NOTICE_FIELDS) == NOTICE_COLUMNS, "what the recipient checks"
    assert notice_manifest_of_encrypted() == (GOLDEN / "notice_encrypted.datapackage.json").read_bytes()


def test_each_names_the_one_before_it(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    for number, reference in enumerate(("R0", "R1", "R2")):
        made.withdraw(reference)
        made.notify(nights_later=number)
    found = [manifest(made, notice) for notice in made.notices]
    hashes = [notice.manifest_sha256 for notice in made.notices]
    assert [one["previous_notice_sha256"] for one in found] == [None, *hashes[:2]]
    assert [(one["number"], one["night"]) for one in found] == [
        (1, "2026-06-15"),
        (2, "2026-06-16"),
        (3, "2026-06-17"),
    ]
    assert {(one["rows"], one["recipient"]["kbo"], one["repeats"]) for one in found} == {(1, GENT, None)}
    made.agrees()
    assert made.refused_by_the_recipient() == []
    for end in ("csv", "datapackage.json", "datapackage.json.sig", "GO"):
        (tmp_path / "fetched" / f"{made.notices[1].stem}.{end}").unlink()
    del made.proved[made.notices[1].stem], made.told[made.notices[1].stem]
    shutil.rmtree(made.view.path)
    assert made.refused_by_the_recipient() == [f"gap {made.notices[2].stem}"], "one that is missing shows"


def test_a_repeat_names_the_first_and_the_one_before_it(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    for reference in ("R0", "R1"):
        made.withdraw(reference)
        made.notify()
    second = made.notices[1]
    made.take_notice(but=[second.stem])
    made.process_pickups()
    made.wait(1)
    (repeat,) = made.notify(nights_later=1)
    said = manifest(made, repeat)
    assert (said["number"], said["repeats"], said["night"]) == (3, 1, "2026-06-16")
    assert said["previous_notice_sha256"] == second.manifest_sha256
    made.agrees()
    assert made.refused_by_the_recipient() == []


def test_one_that_a_later_one_overtook_is_said_again_under_another_number(tmp_path: Path) -> None:
    """Else the later one would name a manifest that nobody ever saw count."""
    made = followup_world(tmp_path)
    made.withdraw("R0")
    begin, cut = f"put {FIRST}", DeliveryTransient("cut")

    def cut_first(step: str) -> None:
        if step.startswith(begin):
            raise cut

    with pytest.raises(DeliveryTransient):
        made.notify(cut_first)
    made.withdraw("R1")
    with pytest.raises(DeliveryTransient):
        made.notify(cut_first)
    assert [one.step for one in made.notices] == [Step.INTENT, Step.PUBLISHED]
    made.notify()
    assert [(one.step, one.repeats) for one in made.notices] == [
        (Step.GONE, None),
        (Step.PUBLISHED, None),
        (Step.PUBLISHED, 1),
    ]
    assert made.references_told() == ["R0", "R1"]
    made.agrees()
    assert made.refused_by_the_recipient() == []


def test_without_its_key_nothing_is_put_and_what_was_signed_comes_to_count(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    with pytest.raises(SettingsError, match="signing_key"):
        notify_without_key(made)
    assert made.notices == () and not list(made.view.path.glob("INTREKKING*"))
    with pytest.raises(Killed):
        made.notify(dies_at("has recorded notice releasing"))
    notify_without_key(made)
    assert [one.step for one in made.notices] == [Step.PUBLISHED]
    made.agrees()


def test_one_whose_key_was_revoked_before_it_counted_is_signed_anew_with_another(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    with pytest.raises(Killed):
        made.notify(dies_at("has recorded notice releasing"))
    assert isinstance(made.ledger, MemoryLedger)
    made.ledger.keys = SigningKeyHistory((key_act(1, KeyAct.REVOKE, clock(), clock()),))
    with pytest.raises(SettingsError, match="was revoked"):
        made.notify()
    assert not list(made.view.path.glob("INTREKKING*.GO"))
    with delivery(made.host(Fuse()), made.ledger).task() as task:
        made.unproven.add(FIRST)
        notify(task, made.host(Fuse()), made.recipient, made.root / "notices", lambda: signing_key(7))
    (notice,) = made.notices
    assert (notice.step, notice.signed_by) == (Step.PUBLISHED, signing_key(7).fingerprint)
    (genuine,) = signed_notices(made.notices)
    assert (genuine.manifest_sha256, genuine.counted_at) == (notice.manifest_sha256, clock())


def notify_without_key(made: FollowupWorld) -> None:
    with delivery(made.host(Fuse()), made.ledger).task() as task:
        notify(task, made.host(Fuse()), made.recipient, made.root / "notices", jobs._no_signing_key)


def dies_at(step: str) -> Callable[[str], None]:
    def die(found: str) -> None:
        if found == step:
            raise Killed(step)

    return die


@pytest.mark.parametrize("taken", [".csv", ".datapackage.json", ".datapackage.json.sig", ".GO"])
def test_without_any_of_its_files_it_is_gone_and_nothing_of_it_stays(tmp_path: Path, taken: str) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    made.notify()
    made.unproven.add(FIRST)
    (made.view.path / f"{FIRST}{taken}").unlink()
    assert made.process_pickups().notices_gone == 1 and list(made.view.path.glob("INTREKKING*")) == []
    made.wait(1)
    (repeat,) = made.notify(nights_later=1)
    assert repeat.repeats == 1
    made.agrees()


def test_one_that_was_acknowledged_and_came_back_with_its_host_is_taken_away_whole(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    made.withdraw("R0")
    made.notify()
    there = {path: path.read_bytes() for path in made.view.path.glob("INTREKKING*")}
    assert len(there) == 4
    made.acknowledge(FIRST)
    assert made.process_pickups().notices_acknowledged == 1
    for path, content in there.items():
        path.write_bytes(content)
    made.process_pickups()
    assert list(made.view.path.glob("INTREKKING*")) == []


# From before notices had manifests


def begun_before(made: FollowupWorld, *steps: Step, counts: bool = False, taken: bool = False) -> None:
    """A notice of R0 without manifest came so far."""
    made.withdraw("R0")
    made.unproven.add(FIRST)
    lines = [NoticeLine(1, "R0", clock())]
    content = notice_bytes(lines)
    if not taken:
        (made.view.path / f"{FIRST}.csv").write_bytes(content)
    if counts:
        (made.view.path / f"{FIRST}.GO").write_bytes(b"")
    notice = Notice(GENT, 1, Step.INTENT, FIRST, f"{FIRST}.csv", sha256(content).hexdigest(), 1)
    with made.ledger.delivering(GENT) as log:
        for step in steps:
            log.record_notice(replace(notice, step=step).event("before", clock()), lines)


SENT = (Step.INTENT, Step.RELEASING, Step.PUBLISHED)


def test_one_that_did_not_count_before_is_made_anew_with_a_signature(tmp_path: Path) -> None:
    for number in (1, 2):
        with case(f"at {SENT[number - 1]}"):
            made = followup_world(tmp_path / str(number))
            begun_before(made, *SENT[:number])
            made.unproven.clear()
            made.notify()
            (notice,) = made.notices
            assert notice.step is Step.PUBLISHED and notice.signed_by == SIGNING_KEY.fingerprint
            assert made.references_told() == ["R0"]
            made.agrees()


def test_one_that_counted_before_ends_as_ever(tmp_path: Path) -> None:
    """Its signature is not missed: there never was one."""
    made = followup_world(tmp_path)
    begun_before(made, *SENT[:2], counts=True)
    assert len(made.notify()) == 1 and [one.step for one in made.notices] == [Step.PUBLISHED]
    assert made.process_pickups().notices_gone == 0
    made.withdraw("R1")
    (next_one,) = made.notify()
    assert manifest(made, next_one)["previous_notice_sha256"] is None, "the first that has a manifest"
    made.acknowledge(FIRST)
    assert made.process_pickups().notices_acknowledged == 1
    assert list(made.view.path.glob(f"{FIRST}*")) == []
    made.agrees()


def test_one_that_was_taken_before_is_said_again_with_a_signature(tmp_path: Path) -> None:
    made = followup_world(tmp_path)
    begun_before(made, *SENT[:2], taken=True)
    (repeat,) = made.notify()
    assert [one.step for one in made.notices] == [Step.GONE, Step.PUBLISHED] and repeat.is_signed
    made.agrees()
