"""What of the counts may be shown, so that nobody is recognised from everything that was ever shown. Pure.

Each line by itself (line.py), then against every sheet that was ever released of its territory, then against the
indices that are published of groups (docs/decisions/0018-small-cells.md). Each step only hides more, so it ends; and it
decides by nothing but what an attacker knows too, so what is hidden tells him nothing.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.indicators.inference import Narrow, narrow
from pipeline.indicators.line import Rules, by_itself, hidden
from pipeline.indicators.linear_system import Count, Known, Told
from pipeline.indicators.model import Counted, Criterion, Protected
from pipeline.indicators.published import Published
from pipeline.indicators.territory import Merger, Place, place, tied

Key = tuple[str, int]
"""NIS code and year."""


@dataclass(frozen=True)
class Protection:
    """Lines by NIS code and year. `given_away`: counts that earlier sheets or published figures narrow too far by
    themselves: nothing that could be hidden for them is shown."""

    lines: tuple[Protected, ...]
    given_away: tuple[Narrow, ...]


@dataclass(frozen=True)
class _Scope:
    """What is audited together; `year` None: all years, `criteria` empty: children and deprived alone."""

    place: Place
    year: int | None
    criteria: tuple[Criterion, ...]


def protect(
    counted: Collection[Counted],
    earlier: Sequence[Protected],
    published: Collection[Published],
    mergers: Collection[Merger],
    rules: Rules,
) -> Protection:
    """The lines of one edition, of every municipality: one that no recipient gets today may go out later.

    `earlier`: every line of every sheet that was released, of all recipients, oldest edition first. `published`: the
    indices of municipalities and of groups. The same inputs give the same lines. Raises ValueError where a municipality
    is counted twice.
    """
    draft = _Draft(counted, earlier, published, mergers, rules)
    scopes = draft.scopes()
    given_away: dict[_Scope, tuple[Narrow, ...]] = {}
    waiting = deque(scopes)
    while waiting:
        scope = waiting.popleft()
        given_away[scope] = found = narrow(draft.known(scope), scope.criteria)
        if changed := found and draft.hide_more(found[0], scope):
            waiting += [one for one in scopes if set(changed) & set(one.place) and one not in waiting]
    return Protection(tuple(draft.lines.values()), tuple(one for scope in scopes for one in given_away[scope]))


class _Draft:
    """The lines as they stand, and what they are audited with."""

    def __init__(
        self,
        counted: Collection[Counted],
        earlier: Sequence[Protected],
        published: Collection[Published],
        mergers: Collection[Merger],
        rules: Rules,
    ) -> None:
        self._rules = rules
        self._exact = {(one.nis_code, one.year): one for one in counted}
        if len(self._exact) < len(counted):
            raise ValueError("a municipality is counted twice in one year")
        self._earlier = [(place(line.nis_code, line.codes_on, mergers), line) for line in earlier]
        self._places = {key: place(key[0], rules.codes_on, mergers) for key in sorted(self._exact)}
        self.lines = {key: by_itself(self._exact[key], rules) for key in self._places}
        agreeing = [(at, one) for one in published if self._agrees(at := _group(one, mergers), one)]
        told = {*self._places.values(), *(at for at, _ in self._earlier)}
        self._alone = {(at, one.year): one for at, one in agreeing if at in told}
        self._published = [(at, one) for at, one in agreeing if at not in told]

    def known(self, scope: _Scope) -> Known:
        """Everything that is known of a scope."""
        inside = set(scope.place)
        told = [
            Told(at, line, exact, self._alone.get((at, line.year)))
            for at, line, exact in self._every_line()
            if inside.issuperset(at) and scope.year in (None, line.year)
        ]
        return Known(
            tuple(told),
            tuple((at, one) for at, one in self._published if inside.issuperset(at) and scope.year in (None, one.year)),
        )

    def _every_line(self) -> Iterator[tuple[Place, Protected, tuple[int, int] | None]]:
        yield from ((at, line, None) for at, line in self._earlier)
        for key, line in self.lines.items():
            yield self._places[key], line, (self._exact[key].children, self._exact[key].deprived)

    def scopes(self) -> list[_Scope]:
        """Each territory over all years, what was or will be merged taken together, with its own indices and then with
        its criteria; and, in the years of these lines, the territories that an index of a group ties together."""
        alone = tied([*(at for at, _ in self._earlier), *self._places.values()])
        years = sorted({year for _, year in self._exact})
        wide = [(at, one.year) for at, one in self._published if not any(set(at) <= set(other) for other in alone)]
        groups = [_Scope(at, year, ()) for year in years for at in tied(at for at, of in wide if of == year)]
        return [_Scope(at, None, criteria) for criteria in ((), tuple(Criterion)) for at in alone] + groups

    def hide_more(self, found: Narrow, scope: _Scope) -> Place | None:
        """Hide the smallest cell, or else line, that has to do with what was found; where, or None: nothing is shown.

        Chosen by what everybody sees, so that the choice gives nothing away.
        """
        count = found.count
        inside = [key for key, at in self._places.items() if set(at) <= set(scope.place)]
        shown = [key for key in inside if scope.year in (None, key[1]) and not self.lines[key].is_hidden]
        cells = [(key, c) for key in shown for c in self._criteria(key)] if count.is_weak else []
        if cells:
            key, criterion = min(cells, key=lambda cell: (cell[1] != count.part, self._size(*cell)))
            allowed = [other for other in self._criteria(key) if other != criterion]
            self.lines[key] = by_itself(self._exact[key], self._rules, allowed)
        elif shown:
            near = self._near(count, scope)
            key = min(shown, key=lambda key: (not near.issuperset(self._places[key]), self._size(key)))
            self.lines[key] = hidden(self._exact[key], self._rules)
        return self._places[key] if shown else None

    def _near(self, count: Count, scope: _Scope) -> set[str]:
        """The smallest group with a published index that it belongs to."""
        groups = [at for at, one in self._published if one.year == count.year and set(count.place) <= set(at)]
        return set(sorted(groups, key=lambda at: (len(at), at))[0] if groups else scope.place)

    def _criteria(self, key: Key) -> list[Criterion]:
        """The criteria that are shown."""
        return [criterion for criterion in Criterion if not self.lines[key].weak[criterion].is_suppressed]

    def _size(self, key: Key, criterion: Criterion | None = None) -> tuple[int, int, Key, int]:
        """An order of what is shown by how much is lost with it."""
        line = self.lines[key]
        shown = line.weak[criterion] if criterion else line.deprived
        return shown.value or 0, line.children.value or 0, key, list(Criterion).index(criterion) if criterion else 0

    def _agrees(self, at: Place, one: Published) -> bool:
        """Whether an index can have been computed from these counts; one that was not tells nothing of them."""
        inside = [key for key, part in self._places.items() if key[1] == one.year and set(part) <= set(at)]
        if {area for key in inside for area in self._places[key]} != set(at):
            return True  # of another year, or of more than is counted
        exact = [self._exact[key] for key in inside]
        return one.agrees(sum(each.children for each in exact), sum(each.deprived for each in exact))


def _group(one: Published, mergers: Collection[Merger]) -> Place:
    return tuple(sorted({area for code in one.nis_codes for area in place(code, one.codes_on, mergers)}))
