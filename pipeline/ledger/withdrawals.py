"""What a recipient must be told to drop: whom it holds and the gate no longer releases to it. Pure.

An open withdrawal is only recorded here; how a recipient hears of it is another matter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache

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
    kbo, reason and is_returned of the parents who are told another decision (pipeline/gate/alone.py).
    """

    decisions: pa.Table
    keys: Keys
    said_to_recipient: Collection[int] = frozenset()
    told: pa.Table | None = None
    _by_key: dict[str, Mapping[bytes, Verdict]] = field(default_factory=dict)

    def under(self, key_id: str) -> Mapping[bytes, Verdict]:
        """Hashed once a key."""
        if key_id not in self._by_key:
            hashes = person_hashes(self.keys(key_id), self.decisions["parent_id"].to_pylist())
            self._by_key[key_id] = dict(zip(hashes, self._verdicts(), strict=True))
        return self._by_key[key_id]

    def _verdicts(self) -> Iterable[Verdict]:
        told = {row["parent_id"]: row for row in self.told.to_pylist()} if self.told is not None else {}
        parents, *columns = (self.decisions[name].to_pylist() for name in ("parent_id", "kbo", "reason"))
        for parent, kbo, reason in zip(parents, *columns, strict=True):
            verdict = _verdict(kbo, reason, parent in self.said_to_recipient)
            other = told.get(parent)
            yield (
                replace(verdict, told=_verdict(other["kbo"], other["reason"], other["is_returned"]))
                if other
                else verdict
            )


@cache
def _verdict(kbo: str | None, reason: str | None, is_returned: bool) -> Verdict:
    return Verdict(Kbo(kbo) if kbo else None, Reason(reason) if reason else None, is_returned)


def withdrawals_due(
    kbo: Kbo, holdings: Sequence[Holding], verdicts: Verdicts, run: str, night: date, at: datetime
) -> list[Withdrawal]:
    """A withdrawal for each holding that is not released to this recipient any more, as found in this run at `at`."""
    by_key: dict[str, list[Holding]] = {}
    for holding in holdings:
        by_key.setdefault(holding.key_id, []).append(holding)

    def told(holding: Holding) -> str | None:
        verdict = verdicts.under(holding.key_id).get(holding.person)
        return verdict.told.cause(kbo) if verdict and verdict.told else None

    return [
        Withdrawal(
            kbo, holding.reference, holding.person, key_id, cause, holding.sequence, run, night, at, told(holding)
        )
        for key_id in sorted(by_key)
        for holding, cause in no_longer_released(kbo, by_key[key_id], verdicts.under(key_id))
    ]
