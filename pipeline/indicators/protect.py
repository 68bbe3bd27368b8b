"""The counts that may be shown so that no child is recognised from everything that was ever shown. Pure.

Each line by itself (line.py), then against every sheet that was ever released of its territory, then against the
published indices of groups (docs/decisions/0018-small-cells.md). Each step only hides more, so the steps end; and each
decides by facts that an attacker knows too, so the choice of hidden counts tells him nothing.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.indicators.inference import narrow_counts
from pipeline.indicators.line import hidden_line, protect_line
from pipeline.indicators.linear_system import LATEST, CountKey, KnownLine, PublicKnowledge
from pipeline.indicators.model import Criterion, ExactCounts, ProtectedCounts
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Merger, Place, connected_places, place_of

LineKey = tuple[str, int]
"""NIS code and year."""


@dataclass(frozen=True)
class Protection:
    """Lines by NIS code and year. `given_away`: counts that earlier sheets or published figures narrow too far by
    themselves: no shown count could be hidden for them. `held`: those of them that only this edition, as a correction,
    narrows: it is to be held for a person."""

    lines: tuple[ProtectedCounts, ...]
    given_away: tuple[CountKey, ...]
    held: tuple[CountKey, ...] = ()


@dataclass(frozen=True)
class _Scope:
    """The lines taken together for inference; `year` None: all years, `criteria` empty: children and deprived alone."""

    place: Place
    year: int | None
    criteria: tuple[Criterion, ...]

    def covers(self, place: Place, year: int) -> bool:
        return self._areas.issuperset(place) and self.year in (None, year)

    @cached_property
    def _areas(self) -> frozenset[str]:
        return frozenset(self.place)


def protect(
    counted: Collection[ExactCounts],
    earlier: Sequence[ProtectedCounts],
    published: Collection[PublishedIndex],
    mergers: Collection[Merger],
    threshold: int,
) -> Protection:
    """The lines of one edition, of every municipality: one without a recipient today may go out later.

    `earlier`: every line of every released sheet, of all recipients, oldest edition first. `published`: the indices of
    municipalities and of groups. The same inputs give the same lines. Raises ValueError where a municipality is counted
    twice.
    """
    draft = _Draft(counted, earlier, published, mergers, threshold)
    scopes = draft.scopes()
    narrow: dict[_Scope, tuple[CountKey, ...]] = {}
    waiting = deque(scopes)
    while waiting:
        scope = waiting.popleft()
        narrow[scope] = narrow_counts(draft.knowledge(scope), scope.criteria)
        changed = draft.hide_more(narrow[scope][0], scope) if narrow[scope] else None
        if changed:
            waiting += [other for other in scopes if set(changed) & set(other.place) and other not in waiting]
    held = sorted({count for scope in scopes for count in draft.caused(narrow[scope], scope)})
    given_away = tuple(count for scope in scopes for count in narrow[scope])
    return Protection(tuple(draft.lines.values()), given_away, tuple(held))


class _Draft:
    """The lines as they stand, and the facts that inference needs."""

    def __init__(
        self,
        counted: Collection[ExactCounts],
        earlier: Sequence[ProtectedCounts],
        published: Collection[PublishedIndex],
        mergers: Collection[Merger],
        threshold: int,
    ) -> None:
        self._threshold = threshold
        self._exact = {(exact.nis_code, exact.year): exact for exact in counted}
        if len(self._exact) < len(counted):
            raise ValueError("a municipality is counted twice in one year")
        self._earlier = [(place_of(line.nis_code, line.codes_on, mergers), line) for line in earlier]
        self._places = {key: place_of(key[0], self._exact[key].codes_on, mergers) for key in sorted(self._exact)}
        self.lines = {key: protect_line(self._exact[key], threshold) for key in self._places}
        agreeing = []
        for index in published:
            areas = {area for code in index.nis_codes for area in place_of(code, index.codes_on, mergers)}
            if self._agrees(place := tuple(sorted(areas)), index):
                agreeing.append((place, index))
        shown = {*self._places.values(), *(place for place, _ in self._earlier)}
        self._of_one = {(place, index.year): index for place, index in agreeing if place in shown}
        self._of_groups = [(place, index) for place, index in agreeing if place not in shown]

    def knowledge(self, scope: _Scope) -> PublicKnowledge:
        """Everything that is known of a scope."""
        groups = ((place, index) for place, index in self._of_groups if scope.covers(place, index.year))
        return PublicKnowledge(tuple(self._known_lines(scope)), tuple(groups))

    def caused(self, narrow: Sequence[CountKey], scope: _Scope) -> Sequence[CountKey]:
        """Of these narrow counts, those of a correction that were not narrow before this edition."""
        knowledge = self.knowledge(scope)
        if not narrow or not knowledge.corrections:
            return ()
        lines = tuple(self._earlier_lines(scope))
        editions = Counter((known.place, known.line.year) for known in lines)
        before = narrow_counts(replace(knowledge, lines=lines), scope.criteria)

        def then(count: CountKey) -> CountKey:
            was_last = count.edition == editions[count.place, count.year] - 1
            return replace(count, edition=LATEST) if was_last else count

        return [count for count in narrow if then(count) not in before]

    def _earlier_lines(self, scope: _Scope) -> Iterator[KnownLine]:
        for place, line in self._earlier:
            if scope.covers(place, line.year):
                yield KnownLine(place, line, None, self._of_one.get((place, line.year)))

    def _known_lines(self, scope: _Scope) -> Iterator[KnownLine]:
        yield from self._earlier_lines(scope)
        for key, place in self._places.items():
            if scope.covers(place, key[1]):
                exact, line = self._exact[key], self.lines[key]
                yield KnownLine(place, line, (exact.children, exact.deprived), self._of_one.get((place, line.year)))

    def scopes(self) -> list[_Scope]:
        """Each territory over all years, without its criteria and then with them; and, in the years of these lines, the
        territories that the index of a group connects. Territories that were or will be merged are taken together."""
        alone = connected_places([*(place for place, _ in self._earlier), *self._places.values()])
        wide = [(at, index.year) for at, index in self._of_groups if not any(set(at) <= set(other) for other in alone)]
        scopes = [_Scope(place, None, ()) for place in alone]
        scopes += [_Scope(place, None, tuple(Criterion)) for place in alone]
        for year in sorted({year for _, year in self._exact}):
            scopes += [_Scope(place, year, ()) for place in connected_places(at for at, of in wide if of == year)]
        return scopes

    def hide_more(self, count: CountKey, scope: _Scope) -> Place | None:
        """Hide the smallest cell, or else line, that reveals the count; its place, or None when no line is shown.

        Chosen by what everybody sees, so that the choice gives nothing away.
        """
        shown = [
            key for key, place in self._places.items() if scope.covers(place, key[1]) and not self.lines[key].is_hidden
        ]
        cells = [(key, criterion) for key in shown for criterion in self._shown_criteria(key)] if count.is_weak else []
        if cells:
            key, criterion = min(cells, key=lambda cell: (cell[1] != count.part, self._size(*cell)))
            allowed = [other for other in self._shown_criteria(key) if other != criterion]
            self.lines[key] = protect_line(self._exact[key], self._threshold, allowed)
        elif shown:
            near = self._near(count, scope)
            key = min(shown, key=lambda key: (not near.issuperset(self._places[key]), self._size(key)))
            self.lines[key] = hidden_line(self._exact[key], self._threshold)
        return self._places[key] if shown else None

    def _near(self, count: CountKey, scope: _Scope) -> set[str]:
        """The smallest group with a published index that the count belongs to."""
        groups = [at for at, index in self._of_groups if index.year == count.year and set(count.place) <= set(at)]
        smallest: Place = min(groups, key=lambda at: (len(at), at), default=scope.place)
        return set(smallest)

    def _shown_criteria(self, key: LineKey) -> list[Criterion]:
        return [criterion for criterion in Criterion if not self.lines[key].weak[criterion].is_suppressed]

    def _size(self, key: LineKey, criterion: Criterion | None = None) -> tuple[int, int, LineKey, int]:
        """An order of shown counts by the loss of hiding them."""
        line = self.lines[key]
        shown = line.weak[criterion] if criterion else line.deprived
        return shown.value or 0, line.children.value or 0, key, list(Criterion).index(criterion) if criterion else 0

    def _agrees(self, place: Place, index: PublishedIndex) -> bool:
        """Whether an index can have been computed from these counts; one of other data says nothing of them."""
        inside = [key for key, part in self._places.items() if key[1] == index.year and set(part) <= set(place)]
        if {area for key in inside for area in self._places[key]} != set(place):
            return True  # of another year, or of more municipalities than are counted
        exact = [self._exact[key] for key in inside]
        return index.agrees(sum(each.children for each in exact), sum(each.deprived for each in exact))
