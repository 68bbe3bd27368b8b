"""Whether the ledger is what was appended to it: every link made anew and held against what is on record. Pure.

What is found is named by table, link, night and recipient: a link commits to the lines of one transaction, so to one
drop's or one run's; which of its lines was touched only its holder's backup can tell. Never a person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from pipeline.core.model import Head
from pipeline.ledger.chain import Link, Share, commitment, hashed, share
from pipeline.ledger.suppression import kept_until

DISCLOSURE, WITHDRAWAL, REDACTION = "disclosure", "withdrawal", "redaction"
LOOK_UP, KEPT_NO, RETURNED_ROW = "look_up", "kept_no", "returned_row"
_NOWHERE, _NOTHING = (None, None), Share(0, "")


class ChainedLine(NamedTuple):
    """One line as it is on record: the number of its link, its table, its id and every column."""

    link: int
    table: str
    id: int
    row: Mapping[str, Any]


class StoredHead(NamedTuple):
    """A head stored outside the database: in an anchor, or in a manifest."""

    source: str
    head: Head


@dataclass(frozen=True)
class Problem:
    """What does not fit, where: a table, or what else the ledger was held against. No person's name or number."""

    where: str
    says: str
    link: int | None = None
    night: date | None = None
    kbo: str | None = None


@dataclass
class Audit:
    """`redacted`: by table, the columns that say whom a line is about. `today`: a redaction before its time shows, of
    a look-up within `look_up_days`, of a line of the suppression list as long as its parent may be in the population.

    After `problems` is exhausted the counts tell what was looked at.
    """

    redacted: Mapping[str, tuple[str, ...]]
    today: date
    look_up_days: float
    child_age_limit_years: int
    links: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Redacted lines, by table and recipient; a returned row names none."""
    _recorded: Counter[tuple[str, str]] = field(default_factory=Counter)

    def problems(
        self, links: Iterable[Link], lines: Iterable[ChainedLine], told: Iterable[StoredHead]
    ) -> Iterator[Problem]:
        """`links` by number, `lines` by link, table and id."""
        heads: dict[int, list[StoredHead]] = defaultdict(list)
        for each in told:
            heads[each.head.n].append(each)
        yield from _contradicted(Head(), heads.pop(0, ()))
        last = Head()
        entries: tuple[Iterable[Link | ChainedLine], ...] = (links, lines)
        for _, group in groupby(merge(*entries, key=_link_number), key=_link_number):
            first, *others = group
            own = [line for line in others if isinstance(line, ChainedLine)]
            if isinstance(first, ChainedLine):
                yield from _stray([first, *own])
                continue
            yield from self._link(last, first, own)
            last = Head(first.n, first.head)
            yield from _contradicted(last, heads.pop(first.n, ()))
        yield from _cut(last, heads)
        yield from self._redactions()

    def _link(self, last: Head, link: Link, lines: Sequence[ChainedLine]) -> Iterator[Problem]:
        """One link, and the lines that stand in it."""
        self.links += 1
        self.lines.update(line.table for line in lines)
        places = ((line.row.get("night"), line.row.get("kbo")) for line in lines)
        place = next((place for place in places if place != _NOWHERE), _NOWHERE)
        if link.n != last.n + 1:
            gone = f"links {last.n + 1} to {link.n - 1} are" if link.n - last.n > 2 else f"link {last.n + 1} is"
            yield Problem("link", f"{gone} gone", last.n + 1)
        elif not link.follows(last):
            yield Problem("link", "does not follow from the link before it: one of both was changed", link.n, *place)
        by_table = groupby(lines, key=lambda line: line.table)
        shares = {
            table: share(table, (hashed(line.row, self.redacted[table]) for line in own)) for table, own in by_table
        }
        for table in sorted({*link.shares, *shares}):
            says = _differs(link.shares.get(table, _NOTHING), shares.get(table, _NOTHING))
            if says:
                yield Problem(table, says, link.n, *place)
        for (table, says), count in sorted(self._wrong(lines).items()):
            yield Problem(table, f"{count} lines: {says}", link.n, *place)

    def _wrong(self, lines: Sequence[ChainedLine]) -> Counter[tuple[str, str]]:
        """How many lines of a table are wrong by themselves, and how; counts the redactions on record."""
        wrong: Counter[tuple[str, str]] = Counter()
        for _, table, _, row in lines:
            says = self._who(table, row, self.redacted[table]) if self.redacted[table] else None
            if says:
                wrong[table, says] += 1
            if table == REDACTION:
                self._recorded[DISCLOSURE, row["kbo"]] += row["disclosures"]
                self._recorded[WITHDRAWAL, row["kbo"]] += row["withdrawals"]
                self._recorded[RETURNED_ROW, ""] += row.get("returned_rows") or 0
        return wrong

    def _who(self, table: str, row: Mapping[str, Any], who: tuple[str, ...]) -> str | None:
        """What is wrong with whom a line is about, or with that it is about nobody any more."""
        if row["salt"] is not None:
            held = commitment(row["salt"], {name: row[name] for name in who}) == row["who_sha256"]
            return None if held else "whom it is about was changed"
        self.gone[table, row.get("kbo", "")] += 1
        if any(row[name] is not None for name in who):
            return "half redacted"
        if table == DISCLOSURE and not past_retention(row["night"], row["retention_days"], self.today):
            return "redacted within its retention"
        if table == KEPT_NO and kept_until(row["night"], self.child_age_limit_years) >= self.today:
            return "redacted within its retention"
        # In UTC: a day that is an hour longer in Brussels would make one that was redacted in time look early.
        if table == LOOK_UP and row["at"].astimezone(UTC).date() + timedelta(days=self.look_up_days) > self.today:
            return "redacted within its retention"
        return None

    def _redactions(self) -> Iterator[Problem]:
        counted = (DISCLOSURE, WITHDRAWAL, RETURNED_ROW)
        for table, kbo in sorted(each for each in {*self.gone, *self._recorded} if each[0] in counted):
            gone, recorded = self.gone[table, kbo], self._recorded[table, kbo]
            if gone != recorded:
                yield Problem(table, f"{gone} lines are redacted, {recorded} by a redaction on record", kbo=kbo or None)


def past_retention(night: date, retention_days: int | None, today: date) -> bool:
    """Whether a line of that night may be redacted; never where its retention is not known."""
    return retention_days is not None and night + timedelta(days=retention_days) < today


def _link_number(entry: Link | ChainedLine) -> int:
    return entry.n if isinstance(entry, Link) else entry.link


def _stray(lines: Iterable[ChainedLine]) -> Iterator[Problem]:
    """Lines of a link that is not there."""
    by_place = Counter((line.table, line.link, line.row.get("night"), line.row.get("kbo")) for line in lines)
    for (table, link, night, kbo), count in by_place.items():
        yield Problem(table, f"{count} lines stand in a link that is not there", link, night, kbo)


def _differs(were: Share, are: Share) -> str | None:
    """How the lines of one table in a link differ from those that the link commits to."""
    if are.lines != were.lines:
        act = "inserted" if are.lines > were.lines else "deleted"
        return f"{are.lines} lines where {were.lines} were appended: {act}, or moved"
    return f"of its {are.lines} lines one or more were changed or exchanged" if are.lines and are != were else None


def _contradicted(head: Head, told: Iterable[StoredHead]) -> Iterator[Problem]:
    for source, said in told:
        if said != head:
            yield Problem(source, "shows another head: the chain was made anew up to here", head.n)


def _cut(last: Head, beyond: Mapping[int, list[StoredHead]]) -> Iterator[Problem]:
    """Heads of links that the chain does not have; those within a gap were told of with it."""
    later = [each for n in sorted(beyond) if n > last.n for each in beyond[n]]
    if later:
        source, head = later[-1]
        says = f"the chain ends at link {last.n}, and this shows link {head.n}: its tail was cut off"
        others = f" ({len(later) - 1} more heads say so)" if len(later) > 1 else ""
        yield Problem(source, says + others, last.n + 1)
