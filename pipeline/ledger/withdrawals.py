"""What a recipient must be told to drop: whom it holds and the gate no longer releases to it. Pure.

An open withdrawal is only recorded here; how a recipient hears of it is another matter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from pipeline.core.model import Kbo, Reason
from pipeline.ledger.disclosures import Holding, Verdict, Withdrawal, no_longer_released
from pipeline.ledger.persons import LedgerKey, person_hashes

Keys = Callable[[str], LedgerKey]
"""The ledger's key of that id, in use or not; raises SettingsError when it cannot be had."""


@dataclass
class Verdicts:
    """Decisions (parent_id, kbo, reason), to be looked up by a person's hash under whatever key that was made with.

    `said_to_recipient`: the parents whom only a no that the recipient itself returned withholds. `told`: parent_id,
    kbo, reason and is_returned of the parents withheld for a protected address, as they are told it
    (pipeline/gate/alone.py); asked for only where such a parent is to be withdrawn.
    """

    decisions: pa.Table
    keys: Keys
    said_to_recipient: Collection[int] = frozenset()
    told: Callable[[], pa.Table] | None = None
    _by_key: dict[str, Mapping[bytes, Verdict]] = field(default_factory=dict)
    _told_by_key: dict[str, Mapping[bytes, Verdict]] = field(default_factory=dict)

    def under(self, key_id: str) -> Mapping[bytes, Verdict]:
        """Hashed once a key."""
        if key_id not in self._by_key:
            hashes = person_hashes(self.keys(key_id), self.decisions["parent_id"].to_pylist())
            self._by_key[key_id] = dict(zip(hashes, _verdicts(self.decisions, self.said_to_recipient), strict=True))
        return self._by_key[key_id]

    def told_under(self, key_id: str) -> Mapping[bytes, Verdict]:
        """Likewise, what the parents of `told` are told."""
        if self.told is not None and key_id not in self._told_by_key:
            told = self.told()
            hashes = person_hashes(self.keys(key_id), told["parent_id"].to_pylist())
            said = {row["parent_id"] for row in told.to_pylist() if row["is_returned"]}
            self._told_by_key[key_id] = dict(zip(hashes, _verdicts(told, said), strict=True))
        return self._told_by_key.get(key_id, {})


def _verdicts(decisions: pa.Table, said_to_recipient: Collection[int]) -> Iterable[Verdict]:
    made: dict[tuple[str | None, str | None, bool], Verdict] = {}
    parents, *columns = (decisions[name].to_pylist() for name in ("parent_id", "kbo", "reason"))
    for parent, kbo, reason in zip(parents, *columns, strict=True):
        key = kbo, reason, parent in said_to_recipient
        if key not in made:
            made[key] = Verdict(Kbo(kbo) if kbo else None, Reason(reason) if reason else None, key[2])
        yield made[key]


def withdrawals_due(
    kbo: Kbo, holdings: Sequence[Holding], verdicts: Verdicts, run: str, night: date, at: datetime
) -> list[Withdrawal]:
    """A withdrawal for each holding that is not released to this recipient any more, as found in this run at `at`."""
    by_key: dict[str, list[Holding]] = {}
    for holding in holdings:
        by_key.setdefault(holding.key_id, []).append(holding)

    def told(holding: Holding, cause: str) -> str | None:
        if cause != Reason.CONFIDENTIAL_ADDRESS:
            return None
        verdict = verdicts.told_under(holding.key_id).get(holding.person)
        return verdict.cause(kbo) if verdict else None

    return [
        Withdrawal(
            kbo,
            holding.reference,
            holding.person,
            key_id,
            cause,
            holding.sequence,
            run,
            night,
            at,
            told(holding, cause),
        )
        for key_id in sorted(by_key)
        for holding, cause in no_longer_released(kbo, by_key[key_id], verdicts.under(key_id))
    ]
