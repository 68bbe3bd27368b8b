"""After every step: the ledger, and what lies before the recipients, against the bookkeeping."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from pipeline.core.model import Kbo, Outcome
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.events import DISCLOSED, ON_HOST, UNFINISHED, Kind, NightDrop
from pipeline.ledger.notices import Notice, Step
from pipeline.ledger.verify import verify_ledger
from tests.support.nights_machine.agency import RECIPIENTS
from tests.support.nights_machine.history import History
from tests.support.nights_machine.nights import HourRun, NightRun
from tests.support.nights_machine.watcher import PARENT_OF, Seen

MOST_REPEATS = 3


def compare(history: History) -> list[str]:
    """What differs, whatever was done."""
    found = history.watcher.told()
    for kbo in RECIPIENTS:
        found += _of_recipient(history, kbo)
    problems = verify_ledger(history.nights.ledger, history.folder / "anchors", [], history.today).problems
    return [*found, *(f"the ledger: {problem}" for problem in problems)]


def _of_recipient(history: History, kbo: Kbo) -> Iterator[str]:
    records = history.nights.ledger.recipient(kbo)
    drops = {drop.contents.stem: drop for drop in records.delivery_state(history.today).drops}
    seen = {one.stem: one for one in history.watcher.drops(kbo)}
    for stem, one in seen.items():
        if stem not in drops or drops[stem].kind not in DISCLOSED:
            if kbo not in history.unsettled or stem not in drops or drops[stem].kind not in UNFINISHED:
                yield f"{stem} counted, and the ledger does not say so"
            continue
        yield from _drop(history, records, drops[stem], one)
    for stem, drop in drops.items():
        if drop.kind in DISCLOSED and stem not in seen:
            yield f"{stem} is {drop.kind} on record, and never counted"
    yield from _notices(history, records, kbo)


def _drop(history: History, records: RecipientRecords, drop: NightDrop, one: Seen) -> Iterator[str]:
    """ "Who had it", and where it is."""
    stem, watcher = one.stem, history.watcher
    lines = {PARENT_OF[one.kbo, line.reference] for line in records.disclosures(drop.contents.manifest_sha256)}
    if lines != set(one.parents):
        yield f"{stem} has {sorted(one.parents)}, and the ledger says {sorted(lines)}"
    if drop.kind is Kind.FETCHED and stem not in watcher.opened and watcher.gone.get(stem) != "host":
        yield f"{stem} is fetched on record, and its recipient did not take it"
    if Kind.ACKNOWLEDGED in drop.facts and stem not in watcher.acknowledged:
        yield f"{stem} is acknowledged on record, and its recipient did not since it counted"
    lies = f"{stem}.GO" in history.places.files(one.place)
    if drop.kind is Kind.PUBLISHED and not lies and watcher.gone.get(stem) == "we" and stem not in watcher.opened:
        yield f"{stem} lies there on record, and we took it away"
    if lies and drop.kind not in ON_HOST and stem not in watcher.put_back:
        yield f"{stem} is {drop.kind} on record, and lies there"


def _notices(history: History, records: RecipientRecords, kbo: Kbo) -> Iterator[str]:
    """A notice that counts on record was seen to count, with what the ledger says."""
    seen = {one.stem: one for one in history.watcher.seen.values() if one.kbo == kbo and not one.is_drop}
    notices = {notice.stem: notice for notice in records.notices()}
    for stem in seen.keys() - notices.keys():
        yield f"{stem} counted, and the ledger does not know of it"
    for stem, notice in notices.items():
        same = {other.stem for other in notices.values() if other.first == notice.first}
        if notice.step is Step.ACKNOWLEDGED and not same & history.watcher.acknowledged:
            yield f"{stem} is acknowledged on record, and its recipient did not"
        if notice.is_sent and stem not in seen:
            yield f"{stem} is told on record, and never counted"
        if stem in seen:
            lines = {PARENT_OF[kbo, line.reference] for line in records.notified(notice.first)}
            if lines != set(seen[stem].parents):
                yield f"{stem} tells of {sorted(seen[stem].parents)}, and the ledger says {sorted(lines)}"
            yield from _origin(notice, seen[stem], list(notices.values()), {one.number for one in seen.values()})


def _origin(notice: Notice, one: Seen, notices: Sequence[Notice], counted: Collection[int]) -> Iterator[str]:
    """What lay there is what is on record, and its manifest names the one that counted before it, or may have."""
    if (one.files | notice.hashes) != one.files or not notice.is_signed:
        yield f"{notice.stem} counted with other files than the ledger says"
    named = next((each.number for each in notices if each.manifest_sha256 == one.previous), 0)
    before = max((number for number in counted if number < notice.number), default=0)
    if not before <= named < notice.number:
        yield f"{notice.stem} names notice {named} as the one before it, and {before} was"


def after_night(history: History, run: NightRun, only: Kbo | None = None) -> Iterator[str]:
    """What a run's tasks owe once they ended, be it in red."""
    covered = history.book.covered(history.now)
    for kbo, made in run.publications.items():
        if only in (None, kbo):
            history.unsettled.discard(kbo)
            if made.outcome is Outcome.PUBLISHED:  # else nobody need have been at the host: the next hour is
                yield from _put_back(history, kbo)
            yield from _published(history, kbo, made.outcome, run.night, kbo in covered)
    if run.summary is not None and run.released is not None:
        for kbo in (set(run.released.recipients) & covered) - history.book.suspended:
            if not any(one.night >= run.night for one in history.watcher.drops(kbo)):
                yield f"{kbo}: the night is green, and it got nothing"


def _published(history: History, kbo: Kbo, outcome: Outcome, night: date, is_covered: bool) -> Iterator[str]:
    """What a delivery says of itself."""
    nights, lying = {one.night for one in history.watcher.drops(kbo)}, history.watcher.lying(kbo)
    if len(lying) > 1:
        yield f"{kbo}: {len(lying)} drops lie there after a delivery that ended {outcome}"
    if outcome in (Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED) and night not in nights:
        yield f"{kbo}: {outcome}, and no drop of {night} counted"
    if outcome is Outcome.NOT_COVERED and (lying or (is_covered and not history.touched)):
        yield f"{kbo}: not covered, and {'it is' if is_covered else 'a drop lies there'}"
    if kbo in history.book.suspended and _not_put_back(history, kbo):
        yield f"{kbo}: suspended, and a drop lies there after a delivery that ended {outcome}"
    if outcome is Outcome.SUPERSEDED and not any(other >= night for other in nights):
        yield f"{kbo}: superseded, and nothing newer than {night} counted"


def _not_put_back(history: History, kbo: Kbo) -> list[Seen]:
    """The drops that lie there and were never gone."""
    return [one for one in history.watcher.lying(kbo) if one.stem not in history.watcher.put_back]


def _put_back(history: History, kbo: Kbo) -> Iterator[str]:
    """ "A host … restored from its backup … is seen and reported, and what may not lie there is taken away"."""
    if kbo in history.book.suspended:  # nothing is read there until it is resumed
        return
    records = history.nights.ledger.recipient(kbo)
    kinds = {drop.contents.stem: drop.kind for drop in records.delivery_state(history.today).drops}
    for one in history.watcher.lying(kbo):
        is_back = one.stem in history.watcher.put_back and one.place == history.nights.at_home(kbo)
        if is_back and kinds[one.stem] not in ON_HOST:
            yield f"{one.stem} is {kinds[one.stem]} on record, came back with its host, and still lies there"


def after_hour(history: History, run: HourRun) -> Iterator[str]:
    """ "A drop that lies unfetched with somebody who said no is taken away", and who is out is told."""
    if history.touched:
        return
    for kbo in run.results:
        yield from _put_back(history, kbo)
        if kbo in history.book.suspended and _not_put_back(history, kbo):
            yield f"{kbo}: suspended, and a drop lies there after an hour"
    yield from _seen_noes(history, run)
    yield from _returned_noes(history, run)
    if not history.agency.is_whole or not _is_accepted(history):
        return
    allowed = history.book.allowed(history.now)
    for kbo in run.results:
        history.unsettled.discard(kbo)
        for one in history.watcher.lying(kbo):
            out = [parent for parent in one.parents if (kbo, parent) not in allowed]
            if out:
                yield f"{one.stem} lies there after an hour with {out}, who may not be used"


def _seen_noes(history: History, run: HourRun) -> Iterator[str]:
    """ "A no that is seen is acted on … whatever the state of the night"."""
    for kbo in run.results:
        seen = history.book.seen_noes(kbo)
        for one in history.watcher.lying(kbo):
            out = [parent for parent in one.parents if seen.get(parent, 0) > one.step]
            if out:
                yield f"{one.stem} lies there after an hour with {out}, who said no since"


def _returned_noes(history: History, run: HourRun) -> Iterator[str]:
    """ "No contact is a no for that recipient": acted on without the agency, in any state of the night."""
    for kbo in run.results:
        for one in history.watcher.lying(kbo):
            out = [parent for parent in one.parents if history.book.returned.get((kbo, parent), 0) > one.step]
            if out:
                yield f"{one.stem} lies there after an hour with {out}, of whom its recipient said no since"


def _is_accepted(history: History) -> bool:
    accepted = history.nights.ledger.last_accepted()
    return accepted is not None and accepted[1] >= history.today


def at_the_end(history: History, night: NightRun, hour: HourRun) -> Iterator[str]:
    """Everything was mended, a night and an hour went by: all is as the law has it, exactly."""
    for name, error in {**night.errors, **hour.errors}.items():
        yield f"{name} is red although all was mended: {type(error).__name__}: {error}"
    allowed, covered = history.book.allowed(history.now), history.book.covered(history.now)
    for kbo in sorted(covered):
        expected = {parent: fields for (to, parent), fields in allowed.items() if to == kbo}
        newest = max(history.watcher.drops(kbo), key=lambda one: (one.night, one.number), default=None)
        if newest is None or newest.night != night.night:
            yield f"{kbo}: has no drop of the last night"
        elif dict(newest.parents) != expected:
            yield f"{newest.stem} has {_told(newest.parents)}, and should have {_told(expected)}"
    for kbo in RECIPIENTS:
        yield from _unsaid(history, kbo)
    to_tell = sorted(history.book.to_tell(history.now))
    if to_tell:
        yield f"{to_tell} are out, and their recipients were not told"


def _unsaid(history: History, kbo: Kbo) -> Iterator[str]:
    """A notice "that disappears before its acknowledgement … is repeated … once a day and three times at most"."""
    watcher, a_day_ago = history.watcher, history.now - timedelta(days=1, hours=1)
    for notices in watcher.unanswered(kbo):
        last = max(watcher.counted_at[one.stem] for one in notices)
        are_gone = all(one.stem in watcher.gone for one in notices)
        if are_gone and len(notices) <= MOST_REPEATS and last < a_day_ago:
            yield f"{notices[0].stem} counted last at {last}, is gone unanswered, and was not said again"


def _told(parents: object) -> str:
    return str({parent: sorted(fields) for parent, fields in sorted(dict(parents).items())})  # type: ignore[call-overload]
