"""What became of a signing key: which acts follow, and which keys may sign."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.core.errors import SettingsError
from pipeline.ledger.signing_keys import KeyAct, SigningKeyHistory, key_act_may_follow
from tests.support.signing import key_act, signing_key

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
ONE, TWO = signing_key(1).fingerprint, signing_key(2).fingerprint
USE, END = key_act(1, KeyAct.USE, AT), key_act(1, KeyAct.END, AT)
REVOKE = key_act(1, KeyAct.REVOKE, AT, AT - timedelta(days=1))


@pytest.mark.parametrize(
    ("before", "may_follow"),
    [
        ((), {KeyAct.USE, KeyAct.REVOKE}),
        ((USE,), {KeyAct.END, KeyAct.REVOKE}),
        ((USE, END), {KeyAct.REVOKE}),
        ((USE, REVOKE), set()),
        ((USE, END, REVOKE), set()),
        ((key_act(2, KeyAct.USE, AT),), {KeyAct.USE, KeyAct.REVOKE}),
    ],
    ids=["nothing", "in use", "ended", "revoked", "ended and revoked", "another"],
)
def test_each_act_comes_once_and_a_key_never_comes_back(before: tuple[object, ...], may_follow: set[KeyAct]) -> None:
    history = SigningKeyHistory(before)  # type: ignore[arg-type]
    assert {act.act for act in (USE, END, REVOKE) if key_act_may_follow(act, history)} == may_follow


def test_a_revocation_may_reach_further_back_and_the_earliest_instant_counts() -> None:
    history = SigningKeyHistory((USE, REVOKE))
    further = key_act(1, KeyAct.REVOKE, AT, AT - timedelta(days=2))
    assert key_act_may_follow(further, history)
    assert not key_act_may_follow(key_act(1, KeyAct.REVOKE, AT, AT), history)
    assert SigningKeyHistory((USE, REVOKE, further)).revoked == {ONE: further.since}


def test_who_may_not_sign_any_more_is_named_with_who_decided_it() -> None:
    history = SigningKeyHistory((USE, key_act(2, KeyAct.USE, AT), END))
    assert history.usable() == [TWO] and history.require_usable(TWO) is None
    with pytest.raises(SettingsError, match="was ended on 2026-06-15 by fien, so nothing was signed with it: store"):
        history.require_usable(ONE)
    with pytest.raises(SettingsError, match="was revoked on 2026-06-15 by An"):
        SigningKeyHistory((USE, END, REVOKE)).require_usable(ONE)
