"""A recipient's revocation list: what was ours before the theft, drop and notice alike, and nothing since."""

from datetime import UTC, date, datetime, timedelta

from pipeline.core.model import Kbo
from pipeline.delivery.revocation_list import revocation_list, signed_drops, signed_notices
from pipeline.ledger.events import Contents, Kind, NightDrop
from pipeline.ledger.notices import Notice, Step
from pipeline.ledger.signing_keys import KeyAct, SigningKeyHistory
from tests.support.signing import key_act, signing_key

GENT = Kbo("0212214125")
THEFT = datetime(2026, 6, 15, 12, tzinfo=UTC)
BEFORE, SINCE = THEFT - timedelta(seconds=1), THEFT
STOLEN, OTHER = signing_key(1), signing_key(2)


def drop(name: str, kind: Kind, at: datetime | None, signer: str | None = STOLEN.fingerprint) -> NightDrop:
    contents = Contents(1, name, 1, {}, f"{name}.json", f"of {name}", None, "aa", signer)
    return NightDrop(GENT, date(2026, 6, 15), kind, contents, frozenset(), at)


def notice(name: str, step: Step, at: datetime | None, signer: str | None = STOLEN.fingerprint) -> Notice:
    return Notice(GENT, 1, step, name, "f", "s", 1, at, manifest_sha256=f"of {name}", signed_by=signer)


def test_only_what_counted_before_the_theft_by_our_record_is_genuine() -> None:
    drops = signed_drops([
        drop("taken", Kind.FETCHED, BEFORE),
        drop("lying", Kind.PUBLISHED, SINCE),
        drop("begun", Kind.RELEASING, None),
        drop("never", Kind.ABANDONED, None),
        drop("other key", Kind.PUBLISHED, BEFORE, OTHER.fingerprint),
        drop("unsigned", Kind.PUBLISHED, BEFORE, None),
    ])  # fmt: skip
    notices = signed_notices([
        notice("told", Step.ACKNOWLEDGED, BEFORE),
        notice("told since", Step.PUBLISHED, SINCE),
        notice("unseen", Step.GONE, None),
        notice("old", Step.PUBLISHED, BEFORE, None),
    ])  # fmt: skip
    items, history = drops + notices, SigningKeyHistory((key_act(1, KeyAct.REVOKE, THEFT, THEFT),))
    of_key = [item for item in items if item.signed_by == STOLEN.fingerprint]
    suspect = [item.stem for item in of_key if not item.is_ours(THEFT)]
    assert suspect == ["lying", "begun", "told since", "unseen"]
    lines = revocation_list(GENT, history, items, THEFT).splitlines()
    assert [line for line in lines if not line.startswith("# ")] == [
        f"{STOLEN.public_line} ingetrokken-sinds-2026-06-15T12:00:00+00:00"
    ]
    assert [line for line in lines if line.startswith("# echt ")] == ["# echt of taken taken", "# echt of told told"]
