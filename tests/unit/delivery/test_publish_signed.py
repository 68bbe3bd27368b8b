"""No signature, no GO file: whatever is missing, nothing counts; and a changed signature shows like any other file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused, SettingsError
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.ledger.events import Kind
from pipeline.ledger.signing_keys import KeyAct, SigningKeyHistory
from tests.golden.example import AWKWARD, example
from tests.support.publishing import (
    Checked,
    Fuse,
    LocalHost,
    MemoryLedger,
    delivery,
    lines_of,
    rendered,
)
from tests.support.signing import SIGNING_KEY, key_act, signer_of

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)


def tried(folder: Path, ledger: MemoryLedger, *, is_signed: bool = True, act: Checked | None = None) -> None:
    job = delivery(LocalHost(folder / "out", Fuse()), ledger)
    planned = plan(job)
    assert isinstance(planned, Plan)
    drop = rendered(folder / "drop", planned, 3)
    drop = drop if is_signed else replace(drop, signature=None, signed_by=None)
    publish(job, drop, planned, act or Checked(), lines_of(drop))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_without_a_signature_nothing_is_put(out: Path) -> None:
    ledger = MemoryLedger()
    with pytest.raises(SettingsError, match="has no signature, so it was not sent: store the agency's signing key"):
        tried(out.parent, ledger, is_signed=False)
    assert list(out.iterdir()) == [] and ledger.history == []


def test_a_key_that_was_revoked_meanwhile_is_found_before_the_rename(out: Path) -> None:
    ledger = MemoryLedger()

    def revoke() -> None:
        ledger.keys = SigningKeyHistory((key_act(1, KeyAct.USE, AT), key_act(1, KeyAct.REVOKE, AT, AT)))

    with pytest.raises(SettingsError, match="was revoked on 2026-06-15 by An"):
        tried(out.parent, ledger, act=Checked(revoke))
    assert list(out.iterdir()) == [] and ledger.history[-1].kind is Kind.ABANDONED


def test_its_signature_is_on_record_and_one_that_was_changed_stops_the_recipient(out: Path) -> None:
    ledger = MemoryLedger()
    tried(out.parent, ledger)
    contents = ledger.history[-1].contents
    assert contents and contents.signed_by == SIGNING_KEY.fingerprint
    (signature,) = out.glob("*.sig")
    assert contents.hashes.keys() == {path.name for path in out.iterdir() if path.suffix != ".GO"}
    assert signer_of(signature.with_suffix("").read_bytes(), signature.read_bytes()) == SIGNING_KEY.fingerprint
    ledger.history = [event for event in ledger.history if event.kind is not Kind.PUBLISHED]
    signature.write_bytes(b"forged")
    with pytest.raises(DeliveryRefused, match=r"1 of its files differ from the ledger \(.*\.sig first\)"):
        plan(delivery(LocalHost(out, Fuse()), ledger))


def test_what_is_rendered_without_a_key_has_no_signature(tmp_path: Path) -> None:
    drop = example(tmp_path, AWKWARD, signing_key=None)
    assert drop.signature is None and drop.signed_by is None and not list(tmp_path.glob("*.sig"))
    assert b'"signing_key": null' in Path(drop.manifest.path).read_bytes()
