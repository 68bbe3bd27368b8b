"""Whether the ledger is what was appended to it: every link made anew and held against what is on record. Pure.

What is found is named by table, link, night and recipient: a link commits to the lines of one transaction, so to one
drop's or one run's; which of its lines was touched only its holder's backup can tell. Never a person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from pipeline.core.model import Head
from pipeline.ledger.chain import Digest, Link, commitment

DISCLOSURE, WITHDRAWAL, REDACTION, LOOK_UP = "disclosure", "withdrawal", "redaction", "look_up"


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
    a look-up within `look_up_days`.

    After `problems` is exhausted the counts tell what was looked at.
    """

    redacted: Mapping[str, tuple[str, ...]]
    today: date
    look_up_days: float
    links: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Redacted lines, by table and recipient."""
    _recorded: Counter[tuple[str, str]] = field(default_factory=Counter)

    def problems(
        self, links: Iterable[Link], lines: Iterable[ChainedLine], told: Iterable[StoredHead]
    ) -> Iterator[Problem]:
        """`links` by number, `lines` by link, table and id."""
        heads: dict[int, list[StoredHead]] = defaultdict(list)
        for each in told:
            heads[each.head.n].append(each)
        yield from _contradicted(Head(), heads.pop(0, ()))
        yield from self._links(links, groupby(lines, key=lambda line: line.link), heads)
        yield from self._redactions()

    def _links(
        self,
        links: Iterable[Link],
        groups: Iterator[tuple[int, Iterator[ChainedLine]]],
        heads: dict[int, list[StoredHead]],
    ) -> Iterator[Problem]:
        last, group = Head(), next(groups, None)
        for link in links:
            while group and group[0] < link.n:
                yield from self._stray(group[1])
                group = next(groups, None)
            here = group[1] if group and group[0] == link.n else iter(())
            yield from self._link(last, link, here)
            if here is (group and group[1]):
                group = next(groups, None)
            last = Head(link.n, link.head)
            yield from _contradicted(last, heads.pop(link.n, ()))
        while group:
            yield from self._stray(group[1])
            group = next(groups, None)
        yield from _cut(last, heads)

    def _link(self, last: Head, link: Link, lines: Iterator[ChainedLine]) -> Iterator[Problem]:
        """One link, and the lines that stand in it."""
        self.links += 1
        shares, place, wrong = self._shares(lines)
        if link.n != last.n + 1:
            gone = f"links {last.n + 1} to {link.n - 1} are" if link.n - last.n > 2 else f"link {last.n + 1} is"
            yield Problem("link", f"{gone} gone", last.n + 1)
        elif not link.follows(last):
            yield Problem("link", "does not follow from the link before it: one of both was changed", link.n, *place)
        for table in sorted({*link.shares, *shares}):
            says = _differs(link, table, shares)
            if says:
                yield Problem(table, says, link.n, *place)
        for (table, says), count in sorted(wrong.items()):
            yield Problem(table, f"{count} lines: {says}", link.n, *place)

    def _shares(
        self, lines: Iterator[ChainedLine]
    ) -> tuple[dict[str, Digest], tuple[date | None, str | None], Counter[tuple[str, str]]]:
        """By table what stands in one link; its night and recipient; what is wrong with lines by themselves."""
        shares: dict[str, Digest] = {}
        place: tuple[date | None, str | None] = (None, None)
        wrong: Counter[tuple[str, str]] = Counter()
        for line in lines:
            table, row = line.table, line.row
            if place == (None, None):
                place = row.get("night"), row.get("kbo")
            who = self.redacted[table]
            left_out = {"link", "salt", *who} if who else {"link"}
            shares.setdefault(table, Digest(table)).add({name: row[name] for name in row if name not in left_out})
            says = self._who(table, row, who) if who else None
            if says:
                wrong[table, says] += 1
            if table == REDACTION:
                self._recorded[DISCLOSURE, row["kbo"]] += row["disclosures"]
                self._recorded[WITHDRAWAL, row["kbo"]] += row["withdrawals"]
            self.lines[table] += 1
        return shares, place, wrong

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
        if table == LOOK_UP and row["at"].date() + timedelta(days=self.look_up_days) > self.today:
            return "redacted within its retention"
        return None

    def _stray(self, lines: Iterator[ChainedLine]) -> Iterator[Problem]:
        """Lines of a link that is not there."""
        by_place = Counter((line.table, line.link, line.row.get("night"), line.row.get("kbo")) for line in lines)
        for (table, link, night, kbo), count in by_place.items():
            yield Problem(table, f"{count} lines stand in a link that is not there", link, night, kbo)

    def _redactions(self) -> Iterator[Problem]:
        for table, kbo in sorted(each for each in {*self.gone, *self._recorded} if each[0] in (DISCLOSURE, WITHDRAWAL)):
            gone, recorded = self.gone[table, kbo], self._recorded[table, kbo]
            if gone != recorded:
                yield Problem(table, f"{gone} lines are redacted, {recorded} by a redaction on record", kbo=kbo)


def past_retention(night: date, retention_days: int | None, today: date) -> bool:
    """Whether a line of that night may be redacted; never where its retention is not known."""
    return retention_days is not None and night + timedelta(days=retention_days) < today


def _differs(link: Link, table: str, found: Mapping[str, Digest]) -> str | None:
    """What one table has in a link, against what the link commits to."""
    wanted, there = link.shares.get(table), found.get(table)
    lines, were = (there.lines if there else 0), (wanted.lines if wanted else 0)
    if lines != were:
        return f"{lines} lines where {were} were appended: {'inserted' if lines > were else 'deleted'}, or moved"
    if there and wanted and there.share != wanted:
        return f"of its {lines} lines one or more were changed or exchanged"
    return None


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
