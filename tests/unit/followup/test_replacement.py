"""Who may be in a replacement: who was in the recalled drop and may go now, by lines made with whatever key."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.loads import AgencySource, KnownFeeds
from pipeline.core.model import Kbo
from pipeline.core.settings import Settings
from pipeline.followup.replace import still_allowed
from pipeline.gate.current import Basis, CurrentDecision, Question
from pipeline.gate.release import RecipientRelease
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.persons import LedgerKey, person_hashes
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from pipeline.source.extract import Shown
from pipeline.source.reading import RecipientScope

OLD, NEW = LedgerKey("old", bytes(32)), LedgerKey("new", bytes([1]) * 32)
AT = datetime(2026, 6, 15, tzinfo=UTC)
LISTED = SuppressionList(KEPT_NO.empty_table(), LIFTED_NO.empty_table(), (NEW,))
SHOWN = Shown({}, RecipientScope("0212214125"), pa.table({}))
BASIS = Basis(Question(Kbo("0212214125"), AgencySource(""), LISTED, Settings()), SHOWN, KnownFeeds(), AT)


def keys(key_id: str) -> LedgerKey:
    try:
        return {key.id: key for key in (OLD, NEW)}[key_id]
    except KeyError:
        raise SettingsError("not kept") from None


def lines(key: LedgerKey, *parents: int) -> list[Disclosure]:
    return [
        Disclosure(f"R{parent}", person, None, key.id, ("name",), ("A",), ("P",), 1, "v1", 30)
        for parent, person in zip(parents, person_hashes(key, parents), strict=True)
    ]


def seen(*parents: int) -> CurrentDecision:
    table = pa.table({"parent_id": pa.array(parents, pa.int64())})
    return CurrentDecision(0.0, AT, RecipientRelease(None, table, table), table, table, BASIS)


@pytest.mark.parametrize(
    ("now", "had", "expected"),
    [
        ((1, 2, 3), (1, 2, 3), [1, 2, 3]),
        ((1, 3), (1, 2, 3), [1, 3]),
        ((1, 2, 3, 4), (1, 2, 3), [1, 2, 3]),
        ((4,), (1,), []),
        ((), (1,), []),
        ((1,), (), []),
    ],
)
def test_both_then_and_now(now: tuple[int, ...], had: tuple[int, ...], expected: list[int]) -> None:
    assert still_allowed(seen(*now), lines(NEW, *had), keys).to_pylist() == expected


def test_lines_of_before_a_rotation_are_known_by_their_own_key() -> None:
    mixed = [*lines(OLD, 1), *lines(NEW, 2)]
    assert still_allowed(seen(1, 2, 3), mixed, keys).to_pylist() == [1, 2]


def test_a_hash_under_one_key_is_not_taken_for_one_under_another() -> None:
    (line,) = lines(OLD, 1)
    forged = Disclosure(**{**vars(line), "key_id": "new"})
    assert still_allowed(seen(1), [forged], keys).to_pylist() == []


def test_a_key_that_is_not_kept_is_an_error_and_lets_nobody_through() -> None:
    gone = lines(LedgerKey("gone", bytes([2]) * 32), 1)
    with pytest.raises(SettingsError, match="not kept"):
        still_allowed(seen(1), gone, keys)
