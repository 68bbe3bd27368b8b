"""The check step: trust a snapshot, hold it or refuse it (DOMAIN: checks before the gate).

Row checks set rows apart and count them; dataset checks stop the run. The SQL of sql/source/check/ counts, the suites
of expectations/ give the bounds, Great Expectations judges.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.rules import Facts, Rule
from expectations.suites import Suites, of_a_delivery, of_a_night
from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.ground import only_a_warning
from pipeline.core.model import CheckedSnapshot, Finding, HeldRule, HeldSnapshot, Moment, Snapshot
from pipeline.core.page_folder import page_folder, writing_page
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.check_page import checks_page
from pipeline.source.watermark import Watermark, compare_with_last_night, pack, prepare_watermark, unpack

_VIEWS = (
    "source/check/feed_row.sql",
    "source/check/row_impossible.sql",
    "source/check/row_parent.sql",
    "source/check/row_consent_event.sql",
    "source/check/row_stray.sql",
    "source/check/row_contact.sql",
    "gate/01_successor.sql",
    "gate/02_current_residence.sql",
)
PAGE = "checks.html"
_AGAIN = "then run this again"

AllFacts = dict[str, dict[str, float]]


@dataclass(frozen=True)
class CheckResult:
    """A snapshot that passed or is held, and the watermark for the next night's comparison once the snapshot passes."""

    checked: CheckedSnapshot | HeldSnapshot
    watermark: bytes


def check(
    snapshot: Snapshot, moment: Moment, now: datetime, settings: Settings, previous: bytes | None, docs: Path | None
) -> CheckResult:
    """Judge a night's snapshot; `previous` is last night's watermark, None when there is nothing to compare with.

    Builds the Data Docs and a page of all checks in the folder `docs`, also when a check fails. Volume rules alone hold
    the snapshot. Raises FeedError, in one sentence, when any other dataset check fails.
    """
    last = None if previous is None else _last_night(previous, snapshot)
    suites = of_a_night(settings, compared=last is not None)
    with _opened(snapshot, moment, settings) as run:
        findings = tuple(Finding(**row) for row in run.rows("source/check/findings.sql"))
        facts = _facts(run, suites, findings, now, settings)
        prepare_watermark(run)
        if last is not None:
            _add(facts, compare_with_last_night(run, last, settings).to_pylist())
        packed = pack(run, snapshot.read_at, settings)
    failed = _judged(suites, facts, docs)
    page = checks_page(suites, facts, failed, f"Checks of the feeds read at {snapshot.read_at:%Y-%m-%d %H:%M} UTC")
    report = None if docs is None else _put_page(docs.absolute(), page)
    passed = CheckedSnapshot(snapshot, findings, report)
    if held := _held(suites, facts, failed):
        return CheckResult(HeldSnapshot(passed, held), packed)
    _refuse(suites, facts, failed, report)
    return CheckResult(passed, packed)


def recheck(run: Engine, now: datetime, settings: Settings) -> None:
    """Judge the feeds of one recipient's delivery, without Great Expectations, shares or an earlier night.

    `run`: an engine that holds the feeds and is set up. Raises FeedError, in one sentence, when a dataset check fails.
    """
    suites = of_a_delivery(settings)
    run.define("source/check/feed_row.sql")
    facts = _zero_counts(suites)
    _add_facts_of_rows(facts, run, now, settings)
    failed = {(feed, rule.fact) for feed, rules in suites.items() for rule in rules if not rule.holds(facts[feed])}
    _refuse(suites, facts, failed, report=None)


@contextmanager
def _opened(snapshot: Snapshot, moment: Moment, settings: Settings) -> Iterator[Engine]:
    missing = [feed for feed in FEEDS if feed not in snapshot.feeds]
    if missing:
        raise FeedError(
            f"{len(missing)} of {len(FEEDS)} feeds are not in the snapshot ({', '.join(missing)}): "
            f"ask the agency to restore the table, {_AGAIN}"
        )
    with snapshot_engine(snapshot, moment, settings, local(snapshot.feeds["parent"]).parent) as run:
        for file in _VIEWS:
            run.define(file)
        yield run


def _facts(run: Engine, suites: Suites, findings: tuple[Finding, ...], now: datetime, settings: Settings) -> AllFacts:
    """Every fact of every feed."""
    facts = _zero_counts(suites)
    for finding in findings:
        facts[finding.feed][finding.rule] = float(finding.count)
    _add_facts_of_rows(facts, run, now, settings)
    for name in ("quarantined", "unknown_municipality"):
        _add(facts, run.rows(f"source/check/facts/{name}.sql", min_rows=settings.min_rows_for_shares))
    return facts


def _zero_counts(suites: Suites) -> AllFacts:
    """Facts that count rows begin at 0."""
    return {feed: {rule.fact: 0.0 for rule in rules if rule.absent_is_none} for feed, rules in suites.items()}


def _add_facts_of_rows(facts: AllFacts, run: Engine, now: datetime, settings: Settings) -> None:
    """The facts that hold for a part of the feeds too."""
    _add(facts, run.rows("source/check/facts/control.sql", feeds=list(FEEDS), now=now))
    skew = settings.max_clock_skew_minutes
    _add(facts, run.rows("source/check/facts/recorded_ahead.sql", now=now, skew_minutes=skew))
    for name in ("unparsable", "duplicate_keys", "unknown_recipient"):
        _add(facts, run.rows(f"source/check/facts/{name}.sql"))


def _add(facts: AllFacts, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        facts[row["feed"]][row["fact"]] = row["value"]


def _last_night(previous: bytes, snapshot: Snapshot) -> Watermark:
    last = unpack(previous)
    if snapshot.read_at < last.read_at:
        raise FeedError(
            f"the snapshot was read at {snapshot.read_at:%Y-%m-%d %H:%M} UTC, before the last night that was checked "
            f"({last.read_at:%Y-%m-%d %H:%M} UTC): clear the run from its first task, so that it reads anew"
        )
    return last


def _put_page(docs: Path, page: str) -> str | None:
    """Its address; None when it cannot be put there: nothing waits for a page."""
    with only_a_warning("no page of the checks"):
        with writing_page(page_folder(docs) / PAGE) as part:
            part.write_text(page, "utf-8")
        return (docs / PAGE).as_uri()
    return None


def _judged(suites: Suites, facts: AllFacts, docs: Path | None) -> set[tuple[str, str]]:
    from pipeline.source.judge import judge

    return judge(suites, facts, docs)


def _held(suites: Suites, facts: AllFacts, failed: set[tuple[str, str]]) -> tuple[HeldRule, ...]:
    """The volume rules that failed, which an approver may overrule; none when another rule failed too."""
    broken = _broken(suites, failed)
    if not all(rule.volume for _, rule in broken):
        return ()
    return tuple(_held_rule(feed, rule, facts[feed]) for feed, rule in broken)


def _held_rule(feed: str, rule: Rule, facts: Facts) -> HeldRule:
    """A rule on parents_change compares parents_last_night with parents_tonight; one on rows_lost, the rows."""
    what = rule.fact.partition("_")[0]
    counts = (int(facts[f"{what}_last_night"]), int(facts[f"{what}_tonight"]))
    return HeldRule(feed, rule.fact, rule.problem(facts), *counts, limit=rule.at_most or 0)


def _broken(suites: Suites, failed: set[tuple[str, str]]) -> list[tuple[str, Rule]]:
    return [(feed, rule) for feed, rules in suites.items() for rule in rules if (feed, rule.fact) in failed]


def _refuse(
    suites: Suites, facts: Mapping[str, Mapping[str, float]], failed: set[tuple[str, str]], report: str | None
) -> None:
    """Raises FeedError, one sentence for all that failed, when anything did."""
    broken = _broken(suites, failed)
    if not broken:
        return
    feeds_of: dict[str, list[str]] = {}
    for feed, rule in broken:
        feeds_of.setdefault(rule.problem(facts[feed]), []).append(feed)
    problems = "; ".join(
        f"{'feed' if len(feeds) == 1 else 'feeds'} {', '.join(feeds)}: {says}" for says, feeds in feeds_of.items()
    )
    remedies = " and ".join(dict.fromkeys(rule.remedy for _, rule in broken))
    see = f" (see {report})" if report else ""
    raise FeedError(f"{problems}; {remedies}, {_AGAIN}{see}")
