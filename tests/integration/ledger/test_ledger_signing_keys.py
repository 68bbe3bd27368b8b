"""The ledger's lines of signing keys on both databases, and what `ledger verify` says of drops signed too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.errors import LedgerConflict, SettingsError
from pipeline.core.model import Kbo
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.ledger.notices import Notice, Step
from pipeline.ledger.signing_keys import KeyAct
from pipeline.ledger.verify import verify_ledger
from tests.support.signing import key_act, signing_key

GENT, NIGHT = Kbo("0212214125"), date(2026, 6, 15)
AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
KEY = signing_key(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerDb:
    if request.param == "sqlite":
        return open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return open_ledger(fresh())


def contents(sequence: int) -> Contents:
    manifest = f"S{sequence}.datapackage.json"
    return Contents(sequence, f"S{sequence}", 0, {}, manifest, f"m{sequence}", None, "aa" * 32, KEY.fingerprint)


def write(ledger: LedgerDb, sequence: int, *kinds: Kind) -> None:
    with ledger.delivering(GENT) as log:
        for kind in kinds:
            log.record(Event(GENT, NIGHT + timedelta(sequence), "run", kind, AT, contents(sequence)))


def says(ledger: LedgerDb, folder: Path) -> list[str]:
    found = verify_ledger(ledger, folder, (), NIGHT).problems
    return [each.says for each in found if each.where != "anchors"]


def test_a_key_is_used_once_revoked_for_good_and_the_chain_holds(ledger: LedgerDb, tmp_path: Path) -> None:
    records = SigningKeyRecords(ledger.engine)
    for _ in range(2):
        records.use(key_act(1, KeyAct.USE, AT))
    write(ledger, 1, Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)
    write(ledger, 2, Kind.INTENT, Kind.RELEASING)
    revoke = key_act(1, KeyAct.REVOKE, AT + timedelta(hours=1), AT)
    records.record(revoke)
    for refused in (revoke, key_act(1, KeyAct.END, AT), key_act(1, KeyAct.USE, AT)):
        with pytest.raises(LedgerConflict, match="cannot follow"):
            records.record(refused)
    with pytest.raises(SettingsError, match="was revoked on 2026-06-15 by An"):
        records.use(key_act(1, KeyAct.USE, AT))
    with ledger.delivering(GENT) as log, pytest.raises(SettingsError, match="was revoked"):
        log.require_usable_key(KEY.fingerprint)
    assert records.history().acts == (key_act(1, KeyAct.USE, AT), revoke)
    first, _ = ledger.recipient(GENT).delivery_state(NIGHT).drops
    assert first.contents == contents(1) and first.contents.hashes["S1.datapackage.json.sig"] == "aa" * 32
    write(ledger, 2, Kind.PUBLISHED)
    assert says(ledger, tmp_path) == [], "the second was on the way when its key was revoked"
    write(ledger, 3, Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)
    assert says(ledger, tmp_path) == [f"S3 is signed with {KEY.fingerprint}, which was ended or revoked before"]


def tell(ledger: LedgerDb, number: int, *steps: Step) -> None:
    begun = Notice(GENT, number, Step.INTENT, f"N{number}", "N.csv", "nn", 1, signed_by=KEY.fingerprint)
    with ledger.delivering(GENT) as log:
        for step in steps:
            log.record_notice(replace(begun, step=step).event("run", AT))


def test_a_notice_signed_too_late_is_told_as_a_drop_is(ledger: LedgerDb, tmp_path: Path) -> None:
    tell(ledger, 1, Step.INTENT, Step.RELEASING)
    records = SigningKeyRecords(ledger.engine)
    records.record(key_act(1, KeyAct.REVOKE, AT, AT))
    tell(ledger, 1, Step.PUBLISHED)
    assert says(ledger, tmp_path) == [], "it was on the way"
    tell(ledger, 2, Step.INTENT, Step.RELEASING, Step.PUBLISHED)
    assert says(ledger, tmp_path) == [f"N2 is signed with {KEY.fingerprint}, which was ended or revoked before"]
